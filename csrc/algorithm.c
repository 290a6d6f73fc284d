/*
** What can be negotiated: tables in order of preference, and their look-ups.
** RC4, 3DES, DES, NULL, MD5, export, anonymous suites and SHA-1 signatures are
** in none of them.
*/

#include "algorithm.h"

#include "mbed.h"
#include "options.h"

#include <lauxlib.h>
#include <mbedtls/ecp.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <string.h>
#include <strings.h>

#define FIRST_FFDHE 256 /* groups of a finite field: RFC 7919, 2 */

/* AES-128 stands first: it is the fastest with hardware help, and strong
** enough. AEAD stands before CBC, forward secrecy before all. */
static const LtlsAlgorithm suites[] = {
    {0x1301, LTLS_TIER_TLS13, "TLS_AES_128_GCM_SHA256", NULL, NULL},
    {0x1302, LTLS_TIER_TLS13, "TLS_AES_256_GCM_SHA384", NULL, NULL},
    {0x1303, LTLS_TIER_TLS13, "TLS_CHACHA20_POLY1305_SHA256", NULL, NULL},
    {0x1304, LTLS_TIER_NAMED, "TLS_AES_128_CCM_SHA256", NULL, NULL},
    {0x1305, LTLS_TIER_NAMED, "TLS_AES_128_CCM_8_SHA256", NULL, NULL},
    {0xCCAC, LTLS_TIER_PSK, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
     "ECDHE-PSK-CHACHA20-POLY1305", NULL},
    {0xC02B, LTLS_TIER_TLS12, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
     "ECDHE-ECDSA-AES128-GCM-SHA256", NULL},
    {0xC02F, LTLS_TIER_TLS12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
     "ECDHE-RSA-AES128-GCM-SHA256", NULL},
    {0xC02C, LTLS_TIER_TLS12, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
     "ECDHE-ECDSA-AES256-GCM-SHA384", NULL},
    {0xC030, LTLS_TIER_TLS12, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
     "ECDHE-RSA-AES256-GCM-SHA384", NULL},
    {0xCCA9, LTLS_TIER_TLS12, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
     "ECDHE-ECDSA-CHACHA20-POLY1305", NULL},
    {0xCCA8, LTLS_TIER_TLS12, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
     "ECDHE-RSA-CHACHA20-POLY1305", NULL},
    {0xC0AC, LTLS_TIER_NAMED, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
     "ECDHE-ECDSA-AES128-CCM", NULL},
    {0xC0AD, LTLS_TIER_NAMED, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
     "ECDHE-ECDSA-AES256-CCM", NULL},
    {0xC0AE, LTLS_TIER_NAMED, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
     "ECDHE-ECDSA-AES128-CCM8", NULL},
    {0xC0AF, LTLS_TIER_NAMED, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
     "ECDHE-ECDSA-AES256-CCM8", NULL},
    {0x009E, LTLS_TIER_LEGACY, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
     "DHE-RSA-AES128-GCM-SHA256", NULL},
    {0x009F, LTLS_TIER_LEGACY, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
     "DHE-RSA-AES256-GCM-SHA384", NULL},
    {0xCCAA, LTLS_TIER_LEGACY, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
     "DHE-RSA-CHACHA20-POLY1305", NULL},
    {0xC023, LTLS_TIER_LEGACY, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
     "ECDHE-ECDSA-AES128-SHA256", NULL},
    {0xC027, LTLS_TIER_LEGACY, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
     "ECDHE-RSA-AES128-SHA256", NULL},
    {0xC024, LTLS_TIER_LEGACY, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
     "ECDHE-ECDSA-AES256-SHA384", NULL},
    {0xC028, LTLS_TIER_LEGACY, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
     "ECDHE-RSA-AES256-SHA384", NULL},
    {0xC009, LTLS_TIER_LEGACY, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
     "ECDHE-ECDSA-AES128-SHA", NULL},
    {0xC013, LTLS_TIER_LEGACY, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
     "ECDHE-RSA-AES128-SHA", NULL},
    {0xC00A, LTLS_TIER_LEGACY, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
     "ECDHE-ECDSA-AES256-SHA", NULL},
    {0xC014, LTLS_TIER_LEGACY, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
     "ECDHE-RSA-AES256-SHA", NULL},
    {0x0067, LTLS_TIER_LEGACY, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
     "DHE-RSA-AES128-SHA256", NULL},
    {0x006B, LTLS_TIER_LEGACY, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
     "DHE-RSA-AES256-SHA256", NULL},
    {0x0033, LTLS_TIER_LEGACY, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
     "DHE-RSA-AES128-SHA", NULL},
    {0x0039, LTLS_TIER_LEGACY, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
     "DHE-RSA-AES256-SHA", NULL},
    {0x009C, LTLS_TIER_STATIC_RSA, "TLS_RSA_WITH_AES_128_GCM_SHA256",
     "AES128-GCM-SHA256", NULL},
    {0x009D, LTLS_TIER_STATIC_RSA, "TLS_RSA_WITH_AES_256_GCM_SHA384",
     "AES256-GCM-SHA384", NULL},
    {0x003C, LTLS_TIER_STATIC_RSA, "TLS_RSA_WITH_AES_128_CBC_SHA256",
     "AES128-SHA256", NULL},
    {0x003D, LTLS_TIER_STATIC_RSA, "TLS_RSA_WITH_AES_256_CBC_SHA256",
     "AES256-SHA256", NULL},
    {0x002F, LTLS_TIER_STATIC_RSA, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA",
     NULL},
    {0x0035, LTLS_TIER_STATIC_RSA, "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA",
     NULL},
    {0x00AA, LTLS_TIER_LEGACY_PSK, "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256",
     "DHE-PSK-AES128-GCM-SHA256", NULL},
    {0x00AB, LTLS_TIER_LEGACY_PSK, "TLS_DHE_PSK_WITH_AES_256_GCM_SHA384",
     "DHE-PSK-AES256-GCM-SHA384", NULL},
    {0xCCAD, LTLS_TIER_LEGACY_PSK, "TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
     "DHE-PSK-CHACHA20-POLY1305", NULL},
    {0xC0A6, LTLS_TIER_NAMED, "TLS_DHE_PSK_WITH_AES_128_CCM",
     "DHE-PSK-AES128-CCM", NULL},
    {0xC0A7, LTLS_TIER_NAMED, "TLS_DHE_PSK_WITH_AES_256_CCM",
     "DHE-PSK-AES256-CCM", NULL},
    {0xC037, LTLS_TIER_LEGACY_PSK, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256",
     "ECDHE-PSK-AES128-CBC-SHA256", NULL},
    {0xC038, LTLS_TIER_LEGACY_PSK, "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384",
     "ECDHE-PSK-AES256-CBC-SHA384", NULL},
    {0xC035, LTLS_TIER_LEGACY_PSK, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA",
     "ECDHE-PSK-AES128-CBC-SHA", NULL},
    {0xC036, LTLS_TIER_LEGACY_PSK, "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA",
     "ECDHE-PSK-AES256-CBC-SHA", NULL},
    {0x00B2, LTLS_TIER_LEGACY_PSK, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA256",
     "DHE-PSK-AES128-CBC-SHA256", NULL},
    {0x00B3, LTLS_TIER_LEGACY_PSK, "TLS_DHE_PSK_WITH_AES_256_CBC_SHA384",
     "DHE-PSK-AES256-CBC-SHA384", NULL},
    {0x0090, LTLS_TIER_LEGACY_PSK, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA",
     "DHE-PSK-AES128-CBC-SHA", NULL},
    {0x0091, LTLS_TIER_LEGACY_PSK, "TLS_DHE_PSK_WITH_AES_256_CBC_SHA",
     "DHE-PSK-AES256-CBC-SHA", NULL},
    {0x00A8, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_128_GCM_SHA256",
     "PSK-AES128-GCM-SHA256", NULL},
    {0x00A9, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_256_GCM_SHA384",
     "PSK-AES256-GCM-SHA384", NULL},
    {0xCCAB, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256",
     "PSK-CHACHA20-POLY1305", NULL},
    {0xC0A4, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_128_CCM", "PSK-AES128-CCM",
     NULL},
    {0xC0A5, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_256_CCM", "PSK-AES256-CCM",
     NULL},
    {0xC0A8, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_128_CCM_8",
     "PSK-AES128-CCM8", NULL},
    {0xC0A9, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_256_CCM_8",
     "PSK-AES256-CCM8", NULL},
    {0x00AE, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_128_CBC_SHA256",
     "PSK-AES128-CBC-SHA256", NULL},
    {0x00AF, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_256_CBC_SHA384",
     "PSK-AES256-CBC-SHA384", NULL},
    {0x008C, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_128_CBC_SHA",
     "PSK-AES128-CBC-SHA", NULL},
    {0x008D, LTLS_TIER_STATIC_PSK, "TLS_PSK_WITH_AES_256_CBC_SHA",
     "PSK-AES256-CBC-SHA", NULL},
};

/* RFC 8422, RFC 7919. X25519 stands first: the fastest, and in constant time
** by its design. */
static const LtlsAlgorithm groups[] = {
    {29, LTLS_TIER_TLS13, "x25519", NULL, NULL},
    {23, LTLS_TIER_TLS13, "secp256r1", "P-256", "prime256v1"},
    {24, LTLS_TIER_TLS13, "secp384r1", "P-384", NULL},
    {25, LTLS_TIER_TLS13, "secp521r1", "P-521", NULL},
    {30, LTLS_TIER_NAMED, "x448", NULL, NULL},
#if defined(PSA_WANT_DH_RFC7919_2048)
    {256, LTLS_TIER_LEGACY, "ffdhe2048", NULL, NULL},
    {257, LTLS_TIER_LEGACY, "ffdhe3072", NULL, NULL},
    {258, LTLS_TIER_NAMED, "ffdhe4096", NULL, NULL},
    {259, LTLS_TIER_NAMED, "ffdhe6144", NULL, NULL},
    {260, LTLS_TIER_NAMED, "ffdhe8192", NULL, NULL},
#endif
};

/* RFC 8446, 4.2.3. In TLS 1.3 the last three are for certificates only. */
static const LtlsAlgorithm signatures[] = {
    {0x0403, LTLS_TIER_TLS13, "ecdsa_secp256r1_sha256", "ECDSA+SHA256", NULL},
    {0x0503, LTLS_TIER_TLS13, "ecdsa_secp384r1_sha384", "ECDSA+SHA384", NULL},
    {0x0603, LTLS_TIER_TLS13, "ecdsa_secp521r1_sha512", "ECDSA+SHA512", NULL},
    {0x0804, LTLS_TIER_TLS13, "rsa_pss_rsae_sha256", "RSA-PSS+SHA256",
     "PSS+SHA256"},
    {0x0805, LTLS_TIER_TLS13, "rsa_pss_rsae_sha384", "RSA-PSS+SHA384",
     "PSS+SHA384"},
    {0x0806, LTLS_TIER_TLS13, "rsa_pss_rsae_sha512", "RSA-PSS+SHA512",
     "PSS+SHA512"},
    {0x0401, LTLS_TIER_TLS13, "rsa_pkcs1_sha256", "RSA+SHA256", NULL},
    {0x0501, LTLS_TIER_TLS13, "rsa_pkcs1_sha384", "RSA+SHA384", NULL},
    {0x0601, LTLS_TIER_TLS13, "rsa_pkcs1_sha512", "RSA+SHA512", NULL},
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

const LtlsRegistry ltls_algorithm_suites = {"cipher_suites", suites,
                                            COUNT(suites)};
const LtlsRegistry ltls_algorithm_groups = {"groups", groups, COUNT(groups)};
const LtlsRegistry ltls_algorithm_signatures = {"signature_algorithms",
                                                signatures, COUNT(signatures)};

int ltls_algorithm_is_built(const LtlsRegistry *registry,
                            const LtlsAlgorithm *row) {
  if (registry == &ltls_algorithm_suites)
    return mbedtls_ssl_ciphersuite_from_id(row->id) != NULL;
  if (registry == &ltls_algorithm_groups && row->id < FIRST_FFDHE)
    return mbedtls_ecp_curve_info_from_tls_id((uint16_t)row->id) != NULL;
  return 1; /* the others are in the tables of those builds only that have them */
}

static int is_named(const LtlsAlgorithm *row, const char *word) {
  return strcasecmp(word, row->name) == 0 ||
         (row->alias != NULL && strcasecmp(word, row->alias) == 0) ||
         (row->second_alias != NULL &&
          strcasecmp(word, row->second_alias) == 0);
}

const LtlsAlgorithm *ltls_algorithm_find(const LtlsRegistry *registry,
                                         const char *word) {
  size_t i;
  for (i = 0; i < registry->count; i++)
    if (is_named(&registry->rows[i], word) &&
        ltls_algorithm_is_built(registry, &registry->rows[i]))
      return &registry->rows[i];
  return NULL;
}

const LtlsAlgorithm *ltls_algorithm_row(const LtlsRegistry *registry, int id) {
  size_t i;
  for (i = 0; i < registry->count; i++)
    if (registry->rows[i].id == id) return &registry->rows[i];
  return NULL;
}

const char *ltls_algorithm_name(const LtlsRegistry *registry, int id) {
  const LtlsAlgorithm *row = ltls_algorithm_row(registry, id);
  return row != NULL ? row->name : NULL;
}

const char *ltls_algorithm_nearest(const LtlsRegistry *registry,
                                   const char *word) {
  const char *words[3 * LTLS_MOST_ALGORITHMS + 1];
  size_t i, n = 0;
  for (i = 0; i < registry->count; i++) {
    const LtlsAlgorithm *row = &registry->rows[i];
    words[n++] = row->name;
    if (row->alias != NULL) words[n++] = row->alias;
    if (row->second_alias != NULL) words[n++] = row->second_alias;
  }
  words[n] = NULL;
  return ltls_options_nearest(word, words);
}

int ltls_algorithm_is_tls13(int suite) {
  return suite >> 8 == 0x13;
}

int ltls_algorithm_is_psk(int suite) {
  const char *name = ltls_algorithm_name(&ltls_algorithm_suites, suite);
  return name != NULL && strstr(name, "PSK_WITH_") != NULL;
}

unsigned ltls_algorithm_scheme(int is_rsa, int is_tls13, unsigned hash) {
  if (!is_rsa) return hash << 8 | 3;
  return is_tls13 ? 0x0804 + hash - LTLS_SHA256 : hash << 8 | 1;
}

static void set_part(lua_State *L, const char *field, const char *text,
                     size_t len) {
  lua_pushlstring(L, text, len);
  lua_setfield(L, -2, field);
}

/* "ECDHE_RSA", or "RSA", where one word says both. */
static void set_exchange(lua_State *L, const char *text, size_t len) {
  const char *split = memchr(text, '_', len);
  size_t first = split != NULL ? (size_t)(split - text) : len;
  size_t skipped = split != NULL ? first + 1 : 0;
  set_part(L, "key_exchange", text, first);
  set_part(L, "authentication", text + skipped, len - skipped);
}

/* "AES_128_GCM_SHA256"; CCM suites do not name their hash (RFC 6655, 3). */
static void set_cipher(lua_State *L, const char *text) {
  const char *hash = strstr(text, "_SHA");
  set_part(L, "encryption", text,
           hash != NULL ? (size_t)(hash - text) : strlen(text));
  if (hash == NULL) hash = "_SHA256";
  set_part(L, "hash", hash + 1, strlen(hash + 1));
}

void ltls_algorithm_set_parts(lua_State *L, const char *suite) {
  const char *with = strstr(suite, "_WITH_");
  suite += strlen("TLS_");
  if (with == NULL) {
    set_cipher(L, suite);
    return;
  }
  set_exchange(L, suite, (size_t)(with - suite));
  set_cipher(L, with + strlen("_WITH_"));
}
