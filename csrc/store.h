/*
** Stores: certificates found by their subject, of which a verifier takes
** issuers. The certificates belong to a list that must outlive the store.
*/

#ifndef LUATLS_STORE_H
#define LUATLS_STORE_H

#include "facts.h"

typedef struct LtlsStore {
  LtlsFacts *facts; /* owned, in the order of the list */
  int count;
  int *next;    /* owned: of the same bucket, -1 at the end */
  int *buckets; /* owned: first of each, a power of two of them */
  unsigned mask;
} LtlsStore;

/* How many certificates a list has. */
int ltls_store_length(const mbedtls_x509_crt *list);

/* Fill a zeroed store with the certificates of two lists, either of which may
** be NULL; 0 without memory. */
int ltls_store_fill(LtlsStore *store, const mbedtls_x509_crt *list,
                    const mbedtls_x509_crt *more);

/* The first certificate whose subject could be the issuer of 'facts', or the
** one that follows 'after'; NULL when there is none. */
const LtlsFacts *ltls_store_issuer(const LtlsStore *store,
                                   const LtlsFacts *facts,
                                   const LtlsFacts *after);

/* The same certificate, byte for byte; or NULL. */
const LtlsFacts *ltls_store_find(const LtlsStore *store,
                                 const LtlsFacts *facts);

void ltls_store_free(LtlsStore *store);

#endif
