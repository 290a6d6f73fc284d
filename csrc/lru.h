/*
** A bounded memory of byte strings by their id: when it is full, what was not
** used for the longest time goes.
*/

#ifndef LUATLS_LRU_H
#define LUATLS_LRU_H

#include "hello.h"

#include <stdint.h>

#define LTLS_LRU_ID   32   /* bytes at most */
#define LTLS_LRU_MOST 4096 /* entries by default */

typedef struct LtlsLruEntry LtlsLruEntry;

/* Zeroed memory is an empty one, but for 'most'. */
typedef struct LtlsLru {
  int most;              /* entries there may be */
  LtlsLruEntry *entries; /* owned: so many, or NULL */
  int *buckets;          /* owned: index of the first entry + 1 */
  int count;
  uint64_t uses; /* a clock that ticks with every use */
} LtlsLru;

/* The bytes of 'id', 1 to LTLS_LRU_ID bytes; 'p' NULL when there are none. They
** stay where they are until the next call. */
LtlsSpan ltls_lru_get(LtlsLru *lru, LtlsSpan id);

/* Keep a copy of 'bytes', in the place of an older one; 0 without memory. */
int ltls_lru_set(LtlsLru *lru, LtlsSpan id, LtlsSpan bytes);

void ltls_lru_remove(LtlsLru *lru, LtlsSpan id);
void ltls_lru_free(LtlsLru *lru);

#endif
