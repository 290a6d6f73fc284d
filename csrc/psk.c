/*
** Pre-shared keys.
*/

#include "psk.h"

#include "options.h"
#include "random.h"

#include <lauxlib.h>
#include <mbedtls/platform_util.h>
#include <string.h>

/* Raise if an option is there that only certificates give a meaning to: who set
** it expects a check that would never happen. */
static void refuse_options_of_certificates(lua_State *L, int arg,
                                           const char *remedy) {
  static const char *const names[] = {"trust",
                                      "certificate",
                                      "certificates",
                                      "key",
                                      "password",
                                      "client_auth",
                                      "on_verify",
                                      "profile",
                                      "policies",
                                      "require_policy",
                                      "inhibit_policy_mapping",
                                      "inhibit_any_policy",
                                      "public_suffixes",
                                      "signature_algorithms",
                                      "client_ca_names",
                                      "on_certificate_request",
                                      "insecure_common_name",
                                      "insecure_skip_verify",
                                      "insecure_skip_name",
                                      NULL};
  int i;
  luaL_checkstack(L, (int)(sizeof(names) / sizeof(names[0])), NULL);
  for (i = 0; names[i] != NULL; i++) {
    lua_getfield(L, arg, names[i]);
    if (!lua_toboolean(L, -1)) continue;
    lua_pushfstring(L,
                    "it is for certificates, and option psk takes their "
                    "place; %s",
                    remedy);
    ltls_options_bad(L, names[i], lua_tostring(L, -1));
  }
}

static LtlsPskMode client_mode(lua_State *L, int arg) {
  static const char *const known[] = {"identity", "key", "or_certificate",
                                      NULL};
  int both;
  if (!lua_istable(L, -1)) ltls_options_bad(L, "psk", "table expected");
  ltls_options_check(L, lua_gettop(L), known);
  both = ltls_options_flag(L, lua_gettop(L), "or_certificate");
  if (both) return LTLS_PSK_OR_CERTIFICATE;
  refuse_options_of_certificates(
      L, arg, "set or_certificate in psk to take a certificate too");
  return LTLS_PSK_ONLY;
}

/* A client that comes with a key sends no certificate: what holds for those that
** come without must be said. */
static LtlsPskMode server_mode(lua_State *L, int arg) {
  if (!lua_istable(L, -1) && !lua_isfunction(L, -1))
    ltls_options_bad(L, "psk", "function or table expected");
  if (!ltls_options_has(L, arg, "certificate") &&
      !ltls_options_has(L, arg, "certificates")) {
    refuse_options_of_certificates(
        L, arg, "give a certificate to serve clients without a key too");
    return LTLS_PSK_ONLY;
  }
  if (!ltls_options_string(L, arg, "client_auth"))
    ltls_options_bad(L, "psk",
                     "with a certificate, clients may come without a key: say "
                     "so with client_auth = \"none\" or \"optional\"");
  if (strcmp(lua_tostring(L, -1), "required") == 0)
    ltls_options_bad(L, "client_auth",
                     "clients that come with a key of option psk send no "
                     "certificate: nothing could be required of them");
  return LTLS_PSK_OR_CERTIFICATE;
}

LtlsPskMode ltls_psk_mode(lua_State *L, int arg, int is_client) {
  int top = lua_gettop(L);
  LtlsPskMode mode = LTLS_PSK_NONE;
  if (!ltls_options_has(L, arg, "psk")) return mode;
  mode = is_client ? client_mode(L, arg) : server_mode(L, arg);
  lua_settop(L, top);
  return mode;
}

static int is_identity(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TSTRING && lua_rawlen(L, index) >= 1 &&
         lua_rawlen(L, index) <= LTLS_PSK_IDENTITY;
}

static int is_key(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TSTRING &&
         lua_rawlen(L, index) >= LTLS_PSK_LEAST &&
         lua_rawlen(L, index) <= MBEDTLS_PSK_MAX_LEN;
}

static void check_entry(lua_State *L, int identity, int key) {
  if (!is_identity(L, identity))
    ltls_options_bad(L, "psk", "an identity is a string of 1 to 128 bytes");
  if (is_key(L, key)) return;
  lua_pushfstring(L, "a key is a string of %d to %d random bytes",
                  LTLS_PSK_LEAST, MBEDTLS_PSK_MAX_LEN);
  ltls_options_bad(L, "psk", lua_tostring(L, -1));
}

static int read_client(lua_State *L, mbedtls_ssl_config *conf) {
  int options = lua_gettop(L);
  lua_getfield(L, options, "key");
  lua_getfield(L, options, "identity"); /* stack: psk, key, identity */
  check_entry(L, -1, -2);
  lua_replace(L, options);
  return mbedtls_ssl_conf_psk(
      conf, (const unsigned char *)lua_tostring(L, options + 1),
      lua_rawlen(L, options + 1),
      (const unsigned char *)lua_tostring(L, options), lua_rawlen(L, options));
}

/* A copy of the table on top, which its owner may change. */
static void copy_keys(lua_State *L) {
  int given = lua_gettop(L);
  lua_newtable(L); /* stack: given, ours */
  lua_pushnil(L);
  if (lua_next(L, given) == 0) ltls_options_bad(L, "psk", "it is empty");
  do {
    check_entry(L, -2, -1);
    lua_pushvalue(L, -2);
    lua_insert(L, -2); /* stack: given, ours, identity, identity, key */
    lua_rawset(L, given + 1);
  } while (lua_next(L, given) != 0);
  lua_replace(L, given);
}

int ltls_psk_read(lua_State *L, int arg, mbedtls_ssl_config *conf) {
  int rc = 0, top = lua_gettop(L) + 1;
  lua_getfield(L, arg, "psk");
  if (lua_isnil(L, -1)) return 0;
  if (conf->endpoint == MBEDTLS_SSL_IS_CLIENT)
    rc = read_client(L, conf);
  else if (lua_istable(L, -1))
    copy_keys(L);
  lua_settop(L, top);
  return rc;
}

void ltls_psk_find(lua_State *L, LtlsPskSearch *search) {
  int source = lua_gettop(L);
  lua_pushlstring(L, (const char *)search->identity, search->identity_len);
  lua_pushvalue(L, -1); /* stack: source, identity, identity */
  if (lua_istable(L, source))
    lua_rawget(L, source);
  else {
    lua_pushvalue(L, source);
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    if (!lua_isnil(L, -1) && !is_key(L, -1))
      luaL_error(L, "a key of %d to %d bytes, or nil, expected", LTLS_PSK_LEAST,
                 MBEDTLS_PSK_MAX_LEN);
  }
  if (!lua_isnil(L, -1)) {
    search->key_len = lua_rawlen(L, -1);
    memcpy(search->key, lua_tostring(L, -1), search->key_len);
  }
  lua_pop(L, 1);
  lua_remove(L, source);
}

/* RFC 4279, 2: in TLS 1.2 an unknown identity may be answered as a wrong key
** would be, so that nobody learns which ones exist. In TLS 1.3 mbedTLS must know,
** for the client may have offered another one too. */
int ltls_psk_use(mbedtls_ssl_context *ssl, LtlsPskSearch *search) {
  int rc = 0;
  if (search->key_len == 0) {
    if (mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3)
      return MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY;
    search->key_len = LTLS_PSK_LEAST;
    rc = ltls_random_fill(NULL, search->key, search->key_len);
  }
  if (rc == 0) rc = mbedtls_ssl_set_hs_psk(ssl, search->key, search->key_len);
  mbedtls_platform_zeroize(search->key, sizeof(search->key));
  return rc;
}
