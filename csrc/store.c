/*
** Stores: a hash table over subjects.
*/

#include "store.h"

#include <mbedtls/platform.h>
#include <string.h>

int ltls_store_length(const mbedtls_x509_crt *list) {
  int count = 0;
  for (; list != NULL && list->raw.p != NULL; list = list->next)
    count++;
  return count;
}

static int allocate(LtlsStore *store, int count) {
  size_t n = (size_t)count, buckets = 1;
  while (buckets < n)
    buckets *= 2;
  store->mask = (unsigned)buckets - 1;
  store->facts = mbedtls_calloc(n, sizeof(LtlsFacts));
  store->next = mbedtls_calloc(n, sizeof(int));
  store->buckets = mbedtls_calloc(buckets, sizeof(int));
  if (store->facts == NULL || store->next == NULL || store->buckets == NULL)
    return 0;
  memset(store->buckets, -1, buckets * sizeof(int));
  return 1;
}

static int add(LtlsStore *store, int i, const mbedtls_x509_crt *list) {
  for (; list != NULL && list->raw.p != NULL; list = list->next)
    ltls_facts_read(&store->facts[i++], list);
  return i;
}

int ltls_store_fill(LtlsStore *store, const mbedtls_x509_crt *list,
                    const mbedtls_x509_crt *more) {
  int count = ltls_store_length(list) + ltls_store_length(more), i;
  if (count == 0) return 1;
  if (!allocate(store, count)) {
    ltls_store_free(store);
    return 0;
  }
  store->count = count;
  add(store, add(store, 0, list), more);
  for (i = count - 1; i >= 0; i--) { /* so that a bucket has the list's order */
    unsigned bucket = store->facts[i].subject_hash & store->mask;
    store->next[i] = store->buckets[bucket];
    store->buckets[bucket] = i;
  }
  return 1;
}

static int first_of(const LtlsStore *store, uint32_t hash) {
  return store->count > 0 ? store->buckets[hash & store->mask] : -1;
}

const LtlsFacts *ltls_store_issuer(const LtlsStore *store,
                                   const LtlsFacts *facts,
                                   const LtlsFacts *after) {
  int i = after != NULL ? store->next[after - store->facts]
                        : first_of(store, facts->issuer_hash);
  for (; i >= 0; i = store->next[i])
    if (ltls_facts_is_issuer(&store->facts[i], facts)) return &store->facts[i];
  return NULL;
}

const LtlsFacts *ltls_store_find(const LtlsStore *store,
                                 const LtlsFacts *facts) {
  const mbedtls_x509_buf *raw = &facts->crt->raw;
  int i = first_of(store, facts->subject_hash);
  for (; i >= 0; i = store->next[i]) {
    const mbedtls_x509_buf *other = &store->facts[i].crt->raw;
    if (raw->len == other->len && memcmp(raw->p, other->p, raw->len) == 0)
      return &store->facts[i];
  }
  return NULL;
}

void ltls_store_free(LtlsStore *store) {
  mbedtls_free(store->facts);
  mbedtls_free(store->next);
  mbedtls_free(store->buckets);
  memset(store, 0, sizeof(*store));
}
