/*
** Bonds. Every item is hashed with its length, and numbers with their most
** significant byte first, so that no two contexts of different demands give the
** same bytes and no machine gives others. The function on_verify is not in it:
** it cannot be compared, and is asked again instead.
*/

#include "bond.h"

#include "random.h"

#include <mbedtls/sha256.h>
#include <string.h>

typedef struct Hash {
  mbedtls_sha256_context state;
  int rc; /* the first error */
} Hash;

static void add_raw(Hash *hash, const void *bytes, size_t len) {
  if (hash->rc == 0 && len > 0)
    hash->rc = mbedtls_sha256_update(&hash->state, bytes, len);
}

static void add_number(Hash *hash, int number) {
  unsigned char bytes[4];
  int i;
  for (i = 0; i < 4; i++)
    bytes[i] = (unsigned char)((unsigned)number >> 8 * (3 - i));
  add_raw(hash, bytes, sizeof(bytes));
}

static void add_bytes(Hash *hash, const void *bytes, size_t len) {
  add_number(hash, (int)len);
  add_raw(hash, bytes, len);
}

static void add_chain(Hash *hash, const mbedtls_x509_crt *crt) {
  for (; crt != NULL && crt->raw.p != NULL; crt = crt->next)
    add_bytes(hash, crt->raw.p, crt->raw.len);
  add_number(hash, 0);
}

static void add_policies(Hash *hash, const LtlsPolicyInputs *inputs) {
  size_t i;
  add_number(hash, inputs->require_explicit);
  add_number(hash, inputs->inhibit_mapping);
  add_number(hash, inputs->inhibit_any);
  add_number(hash, (int)inputs->initial_count);
  for (i = 0; i < inputs->initial_count; i++)
    add_bytes(hash, inputs->initial[i].p, inputs->initial[i].len);
}

static void add_terms(Hash *hash, const LtlsTerms *terms) {
  const char *suffixes = terms->suffixes != NULL ? terms->suffixes : "";
  add_number(hash, (int)terms->profile);
  add_number(hash, terms->common_name);
  add_bytes(hash, suffixes, strlen(suffixes));
  add_policies(hash, &terms->policies);
}

static void add_list(Hash *hash, const uint16_t *list) {
  for (; *list != 0; list++)
    add_number(hash, *list);
  add_number(hash, 0);
}

static void add_offer(Hash *hash, const LtlsOffer *offer) {
  const int *suite;
  if (offer->is_datagram) add_number(hash, offer->is_datagram);
  add_number(hash, offer->low);
  add_number(hash, offer->high);
  for (suite = offer->suites; *suite != 0; suite++)
    add_number(hash, *suite);
  add_number(hash, 0);
  add_list(hash, offer->groups);
  add_list(hash, offer->signatures);
}

static void add_own(Hash *hash, const LtlsCredentials *own) {
  size_t i;
  for (i = 0; i < own->count; i++)
    add_chain(hash, own->list[i].chain);
}

void ltls_bond_make(const LtlsBondTerms *terms, unsigned char bond[LTLS_BOND]) {
  Hash hash;
  mbedtls_sha256_init(&hash.state);
  hash.rc = mbedtls_sha256_starts(&hash.state, 0);
  add_number(&hash, terms->is_client);
  add_number(&hash, terms->authmode);
  add_number(&hash, terms->skip_verify);
  add_number(&hash, terms->skip_name);
  add_terms(&hash, terms->terms);
  add_offer(&hash, terms->offer);
  add_chain(&hash, terms->trust);
  add_own(&hash, terms->own);
  if (hash.rc == 0) hash.rc = mbedtls_sha256_finish(&hash.state, bond);
  mbedtls_sha256_free(&hash.state);
  if (hash.rc != 0 || terms->is_sole)
    (void)ltls_random_fill(NULL, bond, LTLS_BOND);
}
