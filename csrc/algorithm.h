/*
** What can be negotiated: cipher suites, groups and signature algorithms under
** the names of IANA's registries, and those of OpenSSL and NIST. What is not
** here does not exist for luatls, whatever mbedTLS could do.
*/

#ifndef LUATLS_ALGORITHM_H
#define LUATLS_ALGORITHM_H

#include <lua.h>
#include <stddef.h>

/* Which policies have it. A policy has several; a row has one. */
enum {
  LTLS_TIER_TLS13 = 1,  /* for TLS 1.3, or for both versions */
  LTLS_TIER_TLS12 = 2,  /* for TLS 1.2: forward secrecy, AEAD (RFC 9325, 4.2) */
  LTLS_TIER_LEGACY = 4, /* CBC, finite-field DHE */
  LTLS_TIER_STATIC_RSA = 8, /* RSA key exchange: no forward secrecy */
  LTLS_TIER_NAMED = 16,     /* sound, but only for who names it */
  LTLS_TIER_PSK = 32,       /* as TLS12, with a pre-shared key */
  LTLS_TIER_LEGACY_PSK = 64,
  LTLS_TIER_STATIC_PSK = 128 /* nothing but the key: no forward secrecy */
};

typedef struct LtlsAlgorithm {
  int id;                           /* on the wire */
  int tier;                         /* LTLS_TIER_… */
  const char *name;                 /* IANA's */
  const char *alias, *second_alias; /* what others call it, or NULL */
} LtlsAlgorithm;

/* One registry; the best stands first. */
typedef struct LtlsRegistry {
  const char *option; /* that lists names of it */
  const LtlsAlgorithm *rows;
  size_t count;
} LtlsRegistry;

extern const LtlsRegistry ltls_algorithm_suites, ltls_algorithm_groups,
    ltls_algorithm_signatures;

#define LTLS_MOST_ALGORITHMS 64 /* rows of the longest registry, at least */

/* Does the mbedTLS that we are built with have it? */
int ltls_algorithm_is_built(const LtlsRegistry *registry,
                            const LtlsAlgorithm *row);

/* The row of a name or alias, in any case of letters; NULL: none that is
** built. */
const LtlsAlgorithm *ltls_algorithm_find(const LtlsRegistry *registry,
                                         const char *word);

/* The row of a number; NULL: none. */
const LtlsAlgorithm *ltls_algorithm_row(const LtlsRegistry *registry, int id);

/* The name of a number; NULL: none. */
const char *ltls_algorithm_name(const LtlsRegistry *registry, int id);

/* The name or alias that looks most like 'word'. */
const char *ltls_algorithm_nearest(const LtlsRegistry *registry,
                                   const char *word);

/* Is it for TLS 1.3? For suites only. */
int ltls_algorithm_is_tls13(int suite);

/* Does it need a pre-shared key? For suites of TLS 1.2. */
int ltls_algorithm_is_psk(int suite);

/* HashAlgorithm (RFC 5246, 7.4.1.4.1). */
enum { LTLS_SHA256 = 4, LTLS_SHA384, LTLS_SHA512 };

/* What mbedTLS signs with: SignatureScheme of a key's kind and a hash. RSA is
** PKCS #1 v1.5 in TLS 1.2 and RSA-PSS in TLS 1.3. */
unsigned ltls_algorithm_scheme(int is_rsa, int is_tls13, unsigned hash);

/* Set what the parts of a suite are, in the words of its IANA name, in the
** table on top: 'key_exchange', 'authentication' (both of TLS 1.2 only: later
** versions do not tie them to the suite), 'encryption', 'hash'. [-0, +0, m] */
void ltls_algorithm_set_parts(lua_State *L, const char *suite);

#endif
