/*
** A bounded memory. Its entries are an array, so that the one to go is found by
** looking at all: once per entry that is added to a full memory.
*/

#include "lru.h"

#include <mbedtls/platform.h>
#include <string.h>

struct LtlsLruEntry {
  unsigned char id[LTLS_LRU_ID];
  size_t id_len;
  unsigned char *bytes; /* owned */
  size_t len;
  uint64_t used; /* when, by the clock of uses */
  int next;      /* index + 1 of the next one in the bucket; 0: none */
};

/* Ids are random: the first of their bytes will do. */
static int *bucket_of(const LtlsLru *lru, LtlsSpan id) {
  unsigned hash = 0;
  size_t i;
  for (i = 0; i < id.len && i < sizeof(hash); i++)
    hash = hash << 8 | id.p[i];
  return &lru->buckets[hash % (unsigned)lru->most];
}

/* Where the index of an entry stands; where it would, when there is none. */
static int *place_of(const LtlsLru *lru, LtlsSpan id) {
  int *place = bucket_of(lru, id);
  while (*place != 0) {
    LtlsLruEntry *entry = &lru->entries[*place - 1];
    if (entry->id_len == id.len && memcmp(entry->id, id.p, id.len) == 0) break;
    place = &entry->next;
  }
  return place;
}

static LtlsSpan id_of(const LtlsLruEntry *entry) {
  LtlsSpan id;
  id.p = entry->id;
  id.len = entry->id_len;
  return id;
}

LtlsSpan ltls_lru_get(LtlsLru *lru, LtlsSpan id) {
  LtlsSpan found = {NULL, 0};
  LtlsLruEntry *entry;
  int *place;
  if (lru->entries == NULL) return found;
  place = place_of(lru, id);
  if (*place == 0) return found;
  entry = &lru->entries[*place - 1];
  entry->used = ++lru->uses;
  found.p = entry->bytes;
  found.len = entry->len;
  return found;
}

/* The last entry takes the place of the one that goes. */
void ltls_lru_remove(LtlsLru *lru, LtlsSpan id) {
  LtlsLruEntry *entry, *last;
  int *place;
  if (lru->entries == NULL) return;
  place = place_of(lru, id);
  if (*place == 0) return;
  entry = &lru->entries[*place - 1];
  last = &lru->entries[--lru->count];
  mbedtls_free(entry->bytes);
  *place = entry->next;
  if (entry == last) return;
  place = place_of(lru, id_of(last));
  *entry = *last;
  *place = (int)(entry - lru->entries) + 1;
}

static void remove_oldest(LtlsLru *lru) {
  const LtlsLruEntry *oldest = lru->entries;
  int i;
  for (i = 1; i < lru->count; i++)
    if (lru->entries[i].used < oldest->used) oldest = &lru->entries[i];
  ltls_lru_remove(lru, id_of(oldest));
}

static int prepare(LtlsLru *lru) {
  if (lru->entries != NULL) return 1;
  lru->entries = mbedtls_calloc((size_t)lru->most, sizeof(*lru->entries));
  lru->buckets = mbedtls_calloc((size_t)lru->most, sizeof(*lru->buckets));
  if (lru->entries != NULL && lru->buckets != NULL) return 1;
  ltls_lru_free(lru);
  return 0;
}

int ltls_lru_set(LtlsLru *lru, LtlsSpan id, LtlsSpan bytes) {
  LtlsLruEntry *entry;
  unsigned char *copy;
  if (!prepare(lru)) return 0;
  copy = mbedtls_calloc(1, bytes.len > 0 ? bytes.len : 1);
  if (copy == NULL) return 0;
  if (bytes.len > 0) memcpy(copy, bytes.p, bytes.len);
  ltls_lru_remove(lru, id);
  if (lru->count == lru->most) remove_oldest(lru);
  entry = &lru->entries[lru->count++];
  memcpy(entry->id, id.p, id.len);
  entry->id_len = id.len;
  entry->bytes = copy;
  entry->len = bytes.len;
  entry->used = ++lru->uses;
  entry->next = *bucket_of(lru, id);
  *bucket_of(lru, id) = lru->count;
  return 1;
}

void ltls_lru_free(LtlsLru *lru) {
  int i;
  for (i = 0; lru->entries != NULL && i < lru->count; i++)
    mbedtls_free(lru->entries[i].bytes);
  mbedtls_free(lru->entries);
  mbedtls_free(lru->buckets);
  lru->entries = NULL;
  lru->buckets = NULL;
  lru->count = 0;
}
