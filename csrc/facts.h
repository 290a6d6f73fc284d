/*
** Facts: what a certificate says, decoded for the verifier. Points into the
** certificate's own bytes; owns nothing.
*/

#ifndef LUATLS_FACTS_H
#define LUATLS_FACTS_H

#include "der.h"

#include <mbedtls/x509_crt.h>

/* Extensions that the verifier knows (RFC 5280, 4.2). */
typedef enum LtlsExtensionId {
  LTLS_EXT_SUBJECT_KEY_ID,
  LTLS_EXT_KEY_USAGE,
  LTLS_EXT_SUBJECT_ALT_NAME,
  LTLS_EXT_ISSUER_ALT_NAME,
  LTLS_EXT_BASIC_CONSTRAINTS,
  LTLS_EXT_NAME_CONSTRAINTS,
  LTLS_EXT_CRL_POINTS,
  LTLS_EXT_POLICIES,
  LTLS_EXT_POLICY_MAPPINGS,
  LTLS_EXT_AUTHORITY_KEY_ID,
  LTLS_EXT_POLICY_CONSTRAINTS,
  LTLS_EXT_PURPOSES,
  LTLS_EXT_INHIBIT_ANY_POLICY,
  LTLS_EXT_AUTHORITY_INFO,
  LTLS_EXT_COUNT
} LtlsExtensionId;

/* Bits of LtlsFacts.purposes: extended key usages. */
enum {
  LTLS_PURPOSE_SERVER = 1,
  LTLS_PURPOSE_CLIENT = 2,
  LTLS_PURPOSE_ANY = 4,
  LTLS_PURPOSE_OTHER = 8
};

typedef struct LtlsFacts {
  const mbedtls_x509_crt *crt;
  LtlsSlice subject, issuer;          /* names, for 'directory' */
  LtlsSlice key_id, authority_key_id; /* or absent */
  LtlsSlice authority_issuer; /* of the issuer's certificate, or absent */
  LtlsSlice authority_serial; /* likewise its number */
  LtlsSlice extension[LTLS_EXT_COUNT]; /* their values, by id */
  uint32_t subject_hash, issuer_hash;  /* of the names */
  unsigned critical;                   /* bit 1 << id */
  unsigned purposes;                   /* 0: no such extension */
  unsigned is_self_issued : 1;         /* subject and issuer are the same */
  unsigned has_duplicate : 1;          /* an extension stands there twice */
  unsigned has_malformed : 1;          /* one cannot be decoded */
  unsigned names_issuer_serial : 1;    /* besides the issuer's key */
  unsigned has_unknown_critical : 1;   /* one is not in the list above */
} LtlsFacts;

/* Decode. Never fails: what is wrong with the certificate is a fact. */
void ltls_facts_read(LtlsFacts *facts, const mbedtls_x509_crt *crt);

int ltls_facts_has(const LtlsFacts *facts, LtlsExtensionId id);
int ltls_facts_is_critical(const LtlsFacts *facts, LtlsExtensionId id);

/* Could 'issuer' have issued 'subject', by their names? */
int ltls_facts_is_issuer(const LtlsFacts *issuer, const LtlsFacts *subject);

int ltls_facts_same_key(const LtlsFacts *a, const LtlsFacts *b);

/* Has it an RSA key with a public exponent so large that to check a signature
** would take seconds? Whoever sends certificates chooses it. */
int ltls_facts_has_huge_exponent(const mbedtls_x509_crt *crt);

/* Is it one certificate, or the same name with the same key? */
int ltls_facts_same_entity(const LtlsFacts *a, const LtlsFacts *b);

/* Where the certificate of its issuer can be fetched; 0 when it does not say
** (RFC 5280, 4.2.2.1: caIssuers). */
int ltls_facts_issuer_url(const LtlsFacts *facts, LtlsSlice *url);

#endif
