/*
** Pools: the record buffers of connections that have nothing to do, 33 KB each,
** for those that have. A connection keeps a few bytes in their place. Likewise
** the memory for what a descriptor receives.
*/

#ifndef LUATLS_POOL_H
#define LUATLS_POOL_H

#include "bytes.h"
#include "mbed.h"

enum { LTLS_POOL_PAIRS = 4, LTLS_POOL_POINTERS = 5 };

/* One connection's buffers for incoming and outgoing records. */
typedef struct LtlsBuffers {
  unsigned char *in, *out; /* owned */
  size_t in_len, out_len;  /* bytes of each */
} LtlsBuffers;

/* Spare buffers; the rest is freed. All zero: none. */
typedef struct LtlsPool {
  LtlsBuffers spare[LTLS_POOL_PAIRS];
  size_t count;
  LtlsBuffer ahead; /* empty, for the next that receives; or without memory */
} LtlsPool;

/* What a connection needs to go on with other buffers. */
typedef struct LtlsRest {
  size_t in_offsets[LTLS_POOL_POINTERS]; /* of mbedTLS' pointers into them */
  size_t out_offsets[LTLS_POOL_POINTERS];
  unsigned char counter[8]; /* sequence number of incoming records */
  size_t in_len, out_len;
  int is_resting;
} LtlsRest;

/* Give the buffers of a connection to the pool if nothing lies in them. The first
** 'used' bytes for incoming records may hold data and are wiped. */
void ltls_pool_rest(LtlsPool *pool, LtlsRest *rest, mbedtls_ssl_context *ssl,
                    size_t used);

/* Give it buffers again, if it has none; 0 when there is no memory. */
int ltls_pool_wake(LtlsPool *pool, LtlsRest *rest, mbedtls_ssl_context *ssl);

/* Give memory that is empty to the pool, or take it from there. */
void ltls_pool_keep(LtlsPool *pool, LtlsBuffer *ahead);
void ltls_pool_lend(LtlsPool *pool, LtlsBuffer *ahead);

void ltls_pool_free(LtlsPool *pool);

#endif
