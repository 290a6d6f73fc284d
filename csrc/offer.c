/*
** What a context offers and accepts. Whatever a user asks for is a mistake
** when it cannot be done: nothing is left out in silence.
*/

#include "offer.h"

#include "options.h"

#include <lauxlib.h>
#include <mbedtls/dhm.h>
#include <string.h>

/* RFC 9325, 4.1: shorter ones are refused (Logjam). */
#define LEAST_DH_BITS 2048

typedef struct Policy {
  const char *name;
  int tiers;
  int is_tls13_only;
} Policy;

/* The last date of a policy is what its plain name means; a date never changes
** what it means, so that who names one decides when to follow. */
static const Policy policies[] = {
    {"modern-2026-11", LTLS_TIER_TLS13, 1},
    {"default-2026-11", LTLS_TIER_TLS13 | LTLS_TIER_TLS12, 0},
    {"compatible-2026-11", LTLS_TIER_TLS13 | LTLS_TIER_TLS12 | LTLS_TIER_LEGACY,
     0},
};

static const char *const policy_words[] = {
    "modern",
    "default",
    "compatible",
    "modern-2026-11",
    "default-2026-11",
    "compatible-2026-11",
    NULL,
};

static const Policy *read_policy(lua_State *L, int arg) {
  static const int meant[] = {0, 1, 2, 0, 1, 2};
  return &policies[meant[ltls_options_word(L, arg, "policy", policy_words, 1)]];
}

static void read_versions(lua_State *L, int arg, const Policy *policy,
                          LtlsOffer *offer) {
  static const char *const words[] = {"1.2", "1.3", NULL};
  int least = policy->is_tls13_only;
  int low = ltls_options_word(L, arg, "min_version", words, least);
  int high =
      ltls_options_word(L, arg, "max_version", words, !offer->is_datagram);
  if (offer->is_datagram && (least > 0 || low > 0 || high > 0))
    ltls_options_bad(L, "transport",
                     "datagrams are for DTLS 1.2, and TLS 1.3 is asked for");
  if (low < least || high < least)
    ltls_options_bad(L, low < least ? "min_version" : "max_version",
                     "policy \"modern\" is for TLS 1.3 only");
  if (low > high) ltls_options_bad(L, "min_version", "higher than max_version");
  offer->low = MBEDTLS_SSL_VERSION_TLS1_2 + low;
  offer->high = MBEDTLS_SSL_VERSION_TLS1_2 + high;
}

/* Is it one of those that were broken for good? Their nearest neighbour by name
** would be no help. */
static int is_broken(const char *word) {
  static const char *const marks[] = {"RC4", "3DES", "DES-", "DES_",  "NULL",
                                      "EXP", "anon", "ADH",  "AECDH", "MD5",
                                      "RC2", "IDEA", "SHA1", "sha1",  NULL};
  int i;
  for (i = 0; marks[i] != NULL; i++)
    if (strstr(word, marks[i]) != NULL) return 1;
  return 0;
}

static void unknown(lua_State *L, const LtlsRegistry *registry,
                    const char *word) {
  if (is_broken(word))
    lua_pushfstring(L, "\"%s\" is broken, and not supported", word);
  else
    lua_pushfstring(L, "\"%s\" is unknown or not supported; nearest: \"%s\"",
                    word, ltls_algorithm_nearest(registry, word));
  ltls_options_bad(L, registry->option, lua_tostring(L, -1));
}

static int is_listed(const int *ids, int id) {
  while (*ids != 0 && *ids != id)
    ids++;
  return *ids != 0;
}

/* Append the algorithm that the name on top means. */
static void add_name(lua_State *L, const LtlsRegistry *registry, int *ids,
                     size_t n) {
  const LtlsAlgorithm *row;
  if (lua_type(L, -1) != LUA_TSTRING)
    ltls_options_bad(L, registry->option, "array of names expected");
  row = ltls_algorithm_find(registry, lua_tostring(L, -1));
  if (row == NULL) {
    unknown(L, registry, lua_tostring(L, -1));
    return;
  }
  if (is_listed(ids, row->id)) {
    lua_pushfstring(L, "%s is named twice", row->name);
    ltls_options_bad(L, registry->option, lua_tostring(L, -1));
  }
  ids[n] = row->id;
}

/* The numbers of an option's names, in their order; 0 when it is absent. */
static int read_names(lua_State *L, int arg, const LtlsRegistry *registry,
                      int *ids) {
  size_t i, count;
  if (!ltls_options_has(L, arg, registry->option)) return 0;
  if (!lua_istable(L, -1))
    ltls_options_bad(L, registry->option, "array of names expected");
  count = lua_rawlen(L, -1);
  if (count == 0) ltls_options_bad(L, registry->option, "it is empty");
  for (i = 0; i < count; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    add_name(L, registry, ids, i); /* no name twice: there is room */
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return 1;
}

/* mbedTLS binds external keys to SHA-256, what RFC 8446, 4.2.11 assumes: a suite
** with another hash could only go with a certificate. */
static int is_useless(const LtlsOffer *offer, const LtlsAlgorithm *row) {
  return !offer->has_chains && ltls_algorithm_is_tls13(row->id) &&
         strstr(row->name, "_SHA256") == NULL;
}

static void take_tiers(const LtlsRegistry *registry, int tiers, int *ids) {
  size_t i, n = 0;
  for (i = 0; i < registry->count; i++)
    if ((registry->rows[i].tier & tiers) &&
        ltls_algorithm_is_built(registry, &registry->rows[i]))
      ids[n++] = registry->rows[i].id;
}

static void take_suites(int tiers, LtlsOffer *offer) {
  int *from = offer->suites, *to = offer->suites;
  take_tiers(&ltls_algorithm_suites, tiers, offer->suites);
  for (; *from != 0; from++)
    if (!is_useless(offer, ltls_algorithm_row(&ltls_algorithm_suites, *from)))
      *to++ = *from;
  *to = 0;
}

/* The 16-bit numbers of option or policy. */
static void read_registry(lua_State *L, int arg, const LtlsRegistry *registry,
                          int tiers, uint16_t *out) {
  int ids[LTLS_MOST_ALGORITHMS + 1] = {0};
  size_t i;
  if (!read_names(L, arg, registry, ids)) take_tiers(registry, tiers, ids);
  for (i = 0; ids[i] != 0; i++)
    out[i] = (uint16_t)ids[i];
}

/* Why a suite that was named cannot be had; NULL: it can. RFC 9325, 4.1: without
** forward secrecy who steals the key can read all that was ever recorded, and
** Bleichenbacher's attack on RSA's key exchange has come back many times. */
static const char *objection(const LtlsOffer *offer, const LtlsAlgorithm *row) {
  if (row->tier == LTLS_TIER_STATIC_RSA && !offer->static_rsa)
    return "has no forward secrecy: it needs option insecure_static_rsa";
  if (row->tier == LTLS_TIER_STATIC_PSK && !offer->static_psk)
    return "has no forward secrecy: it needs option insecure_static_psk";
  if (is_useless(offer, row))
    return "is not for pre-shared keys: their hash is SHA-256";
  if (ltls_algorithm_is_tls13(row->id)) return NULL;
  if (!offer->has_psk && ltls_algorithm_is_psk(row->id))
    return "needs a pre-shared key, and there is no option psk";
  if (!offer->has_chains && !ltls_algorithm_is_psk(row->id))
    return "needs a certificate, and option psk takes its place";
  return NULL;
}

static void check_named(lua_State *L, const LtlsOffer *offer) {
  size_t i;
  for (i = 0; offer->suites[i] != 0; i++) {
    const LtlsAlgorithm *row =
        ltls_algorithm_row(&ltls_algorithm_suites, offer->suites[i]);
    const char *why = objection(offer, row);
    if (why == NULL) continue;
    lua_pushfstring(L, "%s %s", row->name, why);
    ltls_options_bad(L, "cipher_suites", lua_tostring(L, -1));
  }
}

/* Every version that is allowed must have a suite: to offer it without one
** would fail at the peer, or silently be no offer at all. */
static void check_suites(lua_State *L, const LtlsOffer *offer) {
  int has[2] = {0, 0}, version;
  size_t i;
  for (i = 0; offer->suites[i] != 0; i++)
    has[ltls_algorithm_is_tls13(offer->suites[i])] = 1;
  for (version = offer->low; version <= offer->high; version++) {
    int minor = version - MBEDTLS_SSL_VERSION_TLS1_2;
    if (has[minor]) continue;
    ltls_options_bad(L, "cipher_suites",
                     minor ? "none of them is for TLS 1.3: name one, or set "
                             "max_version = \"1.2\""
                           : "none of them is for TLS 1.2: name one, or set "
                             "min_version = \"1.3\"");
  }
}

/* Do all the identifiers have this in the byte that 'shift' leads to? */
static int all_have(const uint16_t *id, int shift, int byte) {
  while (*id != 0 && (*id >> shift & 0xff) == byte)
    id++;
  return *id == 0;
}

/* For RSA-PSS, mbedTLS must offer TLS 1.3 as well. */
int ltls_offer_fits_tls12(const LtlsOffer *offer) {
  return !all_have(offer->signatures, 8, 0x08);
}

/* RFC 8446, 4.2.3: TLS 1.3 signs no handshake with PKCS#1 v1.5. */
static void check_signatures(lua_State *L, const LtlsOffer *offer) {
  int is_tls12 = offer->high == MBEDTLS_SSL_VERSION_TLS1_2;
  if (is_tls12 && !ltls_offer_fits_tls12(offer))
    ltls_options_bad(L, "signature_algorithms",
                     "TLS 1.2 alone needs others than rsa_pss_…");
  if (!is_tls12 && all_have(offer->signatures, 0, 0x01))
    ltls_options_bad(L, "signature_algorithms",
                     "TLS 1.3 needs others than rsa_pkcs1_…");
}

/* A policy's tiers of suites. */
static int tiers_of(const Policy *policy, const LtlsOffer *offer) {
  int tiers = policy->tiers;
  if (offer->static_rsa) tiers |= LTLS_TIER_STATIC_RSA;
  if (offer->has_psk && (tiers & LTLS_TIER_TLS12)) tiers |= LTLS_TIER_PSK;
  if (offer->has_psk && (tiers & LTLS_TIER_LEGACY))
    tiers |= LTLS_TIER_LEGACY_PSK;
  if (offer->static_psk && (tiers & LTLS_TIER_LEGACY))
    tiers |= LTLS_TIER_STATIC_PSK;
  if (!offer->has_chains)
    tiers &= ~(LTLS_TIER_TLS12 | LTLS_TIER_LEGACY | LTLS_TIER_STATIC_RSA);
  return tiers;
}

static void read_suites(lua_State *L, int arg, const Policy *policy,
                        LtlsOffer *offer) {
  offer->static_rsa = ltls_options_flag(L, arg, "insecure_static_rsa");
  offer->static_psk = ltls_options_flag(L, arg, "insecure_static_psk");
  if (offer->static_psk && !offer->has_psk)
    ltls_options_bad(L, "insecure_static_psk", "there is no option psk");
  if (read_names(L, arg, &ltls_algorithm_suites, offer->suites)) {
    check_named(L, offer);
    check_suites(L, offer);
    return;
  }
  if (offer->static_rsa && !(policy->tiers & LTLS_TIER_LEGACY))
    ltls_options_bad(
        L, "insecure_static_rsa",
        "it belongs to policy \"compatible\", or to cipher_suites");
  take_suites(tiers_of(policy, offer), offer);
}

#if defined(MBEDTLS_DHM_C)

static int set_dh(mbedtls_ssl_config *conf) {
  static const unsigned char prime[] = MBEDTLS_DHM_RFC7919_FFDHE2048_P_BIN;
  static const unsigned char generator[] = MBEDTLS_DHM_RFC7919_FFDHE2048_G_BIN;
  mbedtls_ssl_conf_dhm_min_bitlen(conf, LEAST_DH_BITS);
  return mbedtls_ssl_conf_dh_param_bin(conf, prime, sizeof(prime), generator,
                                       sizeof(generator));
}

#else

static int set_dh(mbedtls_ssl_config *conf) {
  (void)conf;
  return 0;
}

#endif

/* RFC 8449, 4: at least 64 bytes, at most a whole record, in TLS 1.3 with its
** type. */
static void read_record_size(lua_State *L, int arg, const LtlsOffer *offer,
                             mbedtls_ssl_config *conf) {
  static const char key[] = "record_size_limit";
  LtlsRange sizes = {64, 16385, 0};
  lua_Integer limit = ltls_options_integer(L, arg, key, sizes);
  if (limit != 0 && offer->is_datagram)
    ltls_options_bad(L, key, "it is not for datagrams: see option mtu");
  if (limit != 0 && !LTLS_HAS_RECORD_SIZES)
    ltls_options_bad(L, key, "this mbedTLS asks for whole records only");
  ltls_mbed_record_limit(conf, (unsigned)limit);
}

int ltls_offer_read(lua_State *L, int arg, LtlsOffer *offer,
                    mbedtls_ssl_config *conf) {
  const Policy *policy = read_policy(L, arg);
  int follows = ltls_options_flag(L, arg, "prefer_client_order");
  if (follows && conf->endpoint == MBEDTLS_SSL_IS_CLIENT)
    ltls_options_bad(L, "prefer_client_order", "it is for servers");
  read_versions(L, arg, policy, offer);
  read_suites(L, arg, policy, offer);
  read_registry(L, arg, &ltls_algorithm_groups, policy->tiers, offer->groups);
  read_registry(L, arg, &ltls_algorithm_signatures, policy->tiers,
                offer->signatures);
  check_signatures(L, offer);
  read_record_size(L, arg, offer, conf);
  mbedtls_ssl_conf_min_tls_version(conf,
                                   (mbedtls_ssl_protocol_version)offer->low);
  mbedtls_ssl_conf_max_tls_version(conf,
                                   (mbedtls_ssl_protocol_version)offer->high);
  mbedtls_ssl_conf_ciphersuites(conf, offer->suites);
  mbedtls_ssl_conf_groups(conf, offer->groups);
  mbedtls_ssl_conf_sig_algs(conf, offer->signatures);
  mbedtls_ssl_conf_preference_order(
      conf, follows ? MBEDTLS_SSL_SRV_CIPHERSUITE_ORDER_CLIENT
                    : MBEDTLS_SSL_SRV_CIPHERSUITE_ORDER_SERVER);
  return set_dh(conf);
}
