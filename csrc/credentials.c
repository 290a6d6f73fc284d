/*
** Reading the options certificate, key, password and certificates. That a key
** fits its certificate is checked here, before anybody connects.
*/

#include "credentials.h"

#include "chain.h"
#include "failure.h"
#include "options.h"
#include "random.h"

#include <mbedtls/oid.h>
#include <string.h>

/* Push the key that the options give. 1; 0 and an error object is pushed; -1
** when there is none, and nothing is pushed. */
static int key_option(lua_State *L, int arg) {
  int found, key;
  if (!ltls_options_has(L, arg, "key")) return -1;
  key = lua_gettop(L);
  lua_getfield(L, arg, "password"); /* stack: key, password */
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
    ltls_options_bad(L, "password", "string expected");
  if (lua_type(L, key) != LUA_TSTRING && !lua_isuserdata(L, key))
    ltls_options_bad(L, "key", "key, PEM text or path expected");
  found = ltls_key_source(L, key, key + 1);
  if (!found) ltls_failure_option(L, "key");
  lua_replace(L, key);
  lua_settop(L, key);
  return found;
}

/* Is it the private key of 'leaf', or stands for it? */
static int fits(const mbedtls_x509_crt *leaf, const LtlsKey *key) {
  if (key->is_external) return ltls_key_is_same(&leaf->pk, &key->pk);
  return key->is_private && mbedtls_pk_check_pair(&leaf->pk, &key->pk,
                                                  ltls_random_fill, NULL) == 0;
}

/* Push the chain and the key that the options at 'arg' give. 1; 0 and an error
** object is pushed; -1 when there is no certificate, and nothing is pushed. */
static int read_one(lua_State *L, int arg, LtlsCredential *credential) {
  int found = ltls_chain_option(L, arg, "certificate");
  if (found <= 0) return found;
  credential->chain = ltls_chain_check(L, lua_gettop(L));
  found = key_option(L, arg);
  if (found == 0) return 0;
  if (found < 0) {
    ltls_failure_push(L, "config", "there is a certificate but no key");
    ltls_failure_detail(L, "hint", "give option key");
    return 0;
  }
  credential->key = ltls_key_check(L, lua_gettop(L));
  if (fits(credential->chain, credential->key)) return 1;
  ltls_failure_push(L, "config", "the key is not the certificate's: %s",
                    credential->key->is_private || credential->key->is_external
                        ? "the public halves differ"
                        : "it is a public key");
  return 0;
}

/* Read the options at 'arg' into the array at 'pins'; results as above. */
static int add_one(lua_State *L, int arg, int pins,
                   LtlsCredentials *credentials) {
  lua_Integer last = (lua_Integer)lua_rawlen(L, pins);
  int found = read_one(L, arg, &credentials->list[credentials->count]);
  if (found <= 0) return found;
  lua_rawseti(L, pins, last + 2); /* the key */
  lua_rawseti(L, pins, last + 1);
  credentials->count++;
  return 1;
}

/* options.certificates: the array at 'list'. 1, or 0 with an error pushed. */
static int add_list(lua_State *L, int list, int pins,
                    LtlsCredentials *credentials) {
  static const char *const known[] = {"certificate", "key", "password", NULL};
  lua_Integer i, count = (lua_Integer)lua_rawlen(L, list);
  if (count < 1 || count > LTLS_MOST_CREDENTIALS)
    ltls_options_bad(L, "certificates", "1 to 8 expected");
  for (i = 1; i <= count; i++) {
    int element, found;
    if (lua_rawgeti(L, list, i) != LUA_TTABLE)
      ltls_options_bad(L, "certificates", "tables expected");
    element = lua_gettop(L);
    ltls_options_check(L, element, known);
    found = add_one(L, element, pins, credentials);
    if (found == 0) return 0;
    if (found < 0)
      ltls_options_bad(L, "certificates",
                       "option \"certificate\" is missing in one of them");
    lua_settop(L, element - 1);
  }
  return 1;
}

int ltls_credentials_read(lua_State *L, int arg, LtlsCredentials *credentials) {
  int pins, found;
  memset(credentials, 0, sizeof(*credentials));
  lua_newtable(L);
  pins = lua_gettop(L);
  found = add_one(L, arg, pins, credentials);
  if (found < 0 && ltls_options_has(L, arg, "key")) {
    ltls_failure_push(L, "config", "there is a key but no certificate");
    ltls_failure_detail(L, "hint", "give option certificate");
    return 0;
  }
  if (found != 0 && ltls_options_has(L, arg, "certificates")) {
    if (found > 0)
      ltls_options_bad(L, "certificates", "there is a certificate already");
    if (!lua_istable(L, -1))
      ltls_options_bad(L, "certificates", "array expected");
    found = add_list(L, pins + 1, pins, credentials);
  }
  if (found == 0) return 0;
  lua_settop(L, pins);
  return 1;
}

void ltls_credentials_push_key(lua_State *L, int index, const LtlsKey *key) {
  lua_Integer i = 2;
  while (lua_rawgeti(L, index, i) != LUA_TNIL &&
         ltls_key_check(L, lua_gettop(L)) != key) {
    lua_pop(L, 1);
    i += 2;
  }
}

const LtlsKey *ltls_credentials_key(const LtlsCredentials *credentials,
                                    const mbedtls_x509_crt *leaf) {
  size_t i;
  for (i = 0; i < credentials->count; i++)
    if (credentials->list[i].chain == leaf) return credentials->list[i].key;
  return NULL;
}

int ltls_credentials_are_external(const LtlsCredentials *credentials) {
  size_t i;
  for (i = 0; i < credentials->count; i++)
    if (credentials->list[i].key->is_external) return 1;
  return 0;
}

/* mbedTLS' server would not use such a certificate, and tell nobody why. */
static int is_for_servers(lua_State *L, const mbedtls_x509_crt *leaf) {
  if (mbedtls_x509_crt_check_extended_key_usage(
          leaf, MBEDTLS_OID_SERVER_AUTH,
          MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) == 0)
    return 1;
  ltls_failure_push(L, "config",
                    "the certificate is not for servers: its "
                    "extended key usage lacks serverAuth");
  return 0;
}

/* Does mbedTLS ask a key outside, wherever this configuration needs it? */
static int check_external(lua_State *L, const LtlsCredentials *credentials,
                          const mbedtls_ssl_config *conf) {
  int is_client = conf->endpoint == MBEDTLS_SSL_IS_CLIENT;
  int is_tls13 = conf->max_tls_version >= MBEDTLS_SSL_VERSION_TLS1_3;
  if (!ltls_credentials_are_external(credentials) ||
      ltls_mbed_signs_outside(is_client, is_tls13))
    return 1;
  ltls_failure_push(L, "config",
                    "this mbedTLS takes external keys in TLS 1.2 servers at "
                    "most");
  ltls_failure_detail(L, "hint",
                      ltls_mbed_signs_outside(is_client, 0)
                          ? "set max_version = \"1.2\", or use the one that "
                            "luatls builds"
                          : "use the one that luatls builds");
  return 0;
}

int ltls_credentials_show(lua_State *L, const LtlsCredentials *credentials,
                          mbedtls_ssl_config *conf) {
  int is_client = conf->endpoint == MBEDTLS_SSL_IS_CLIENT;
  size_t i;
  if (credentials->count == 0 && !is_client) {
    ltls_failure_push(L, "config", "a server needs a certificate");
    ltls_failure_detail(L, "hint", "give options certificate and key");
    return 0;
  }
  for (i = 0; i < credentials->count; i++) {
    const LtlsCredential *credential = &credentials->list[i];
    if (!is_client && !is_for_servers(L, credential->chain)) return 0;
    /* A client's is chosen when a server asks for one. */
    if (is_client && LTLS_HAS_REQUESTS) continue;
    if (mbedtls_ssl_conf_own_cert(conf, credential->chain,
                                  &credential->key->pk) == 0)
      continue;
    ltls_failure_push(L, "memory", "not enough memory");
    return 0;
  }
  return check_external(L, credentials, conf);
}
