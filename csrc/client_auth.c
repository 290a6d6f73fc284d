/*
** Reading what a server asks of its clients.
*/

#include "client_auth.h"

#include "chain.h"
#include "failure.h"
#include "options.h"

/* Bytes of names that are sent unless somebody wants more: a private authority
** or a few, but not the world's, which would tell clients nothing and go with
** every handshake. */
#define USUAL_NAMES 4096

/* Bytes of names that one message holds beside the rest: mbedTLS does not cut a
** message into records. */
#define MOST_NAMES (MBEDTLS_SSL_OUT_CONTENT_LEN - 256)

int ltls_client_auth_read(lua_State *L, int arg, int is_client) {
  static const char *const words[] = {"none", "optional", "required", NULL};
  static const int modes[] = {MBEDTLS_SSL_VERIFY_NONE,
                              MBEDTLS_SSL_VERIFY_OPTIONAL,
                              MBEDTLS_SSL_VERIFY_REQUIRED};
  if (is_client && ltls_options_has(L, arg, "client_auth"))
    ltls_options_bad(L, "client_auth", "it is for servers");
  return modes[ltls_options_word(L, arg, "client_auth", words,
                                 is_client ? 2 : 0)];
}

/* Bytes that the names take in a message. */
static size_t size_of(const mbedtls_x509_crt *crt) {
  size_t size = 0;
  for (; crt != NULL && crt->raw.p != NULL; crt = crt->next)
    size += 2 + crt->subject_raw.len;
  return size;
}

/* Send the names of 'list', which somebody asked for. */
static int name(lua_State *L, mbedtls_ssl_config *conf,
                const mbedtls_x509_crt *list) {
  if (size_of(list) <= MOST_NAMES) {
    mbedtls_ssl_conf_dn_hints(conf, list);
    return 1;
  }
  ltls_failure_push(L, "config",
                    "the names of so many authorities do not fit into a "
                    "message: they have %I bytes, and %d are possible",
                    (lua_Integer)size_of(list), MOST_NAMES);
  ltls_failure_detail(L, "hint",
                      "give fewer of them as option client_ca_names, or false");
  return 0;
}

int ltls_client_auth_name(lua_State *L, int arg, mbedtls_ssl_config *conf,
                          const mbedtls_x509_crt *trust) {
  int has = ltls_options_has(L, arg, "client_ca_names");
  if (!has) lua_pushnil(L);
  if (has && conf->endpoint == MBEDTLS_SSL_IS_CLIENT)
    ltls_options_bad(L, "client_ca_names", "it is for servers");
  if (has && conf->authmode == MBEDTLS_SSL_VERIFY_NONE)
    ltls_options_bad(L, "client_ca_names", "client_auth is \"none\"");
  if (!has ? size_of(trust) > USUAL_NAMES
           : lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
    mbedtls_ssl_conf_cert_req_ca_list(conf,
                                      MBEDTLS_SSL_CERT_REQ_CA_LIST_DISABLED);
    return 1;
  }
  if (!has || lua_isboolean(L, -1)) return name(L, conf, trust);
  if (ltls_chain_option(L, arg, "client_ca_names") == 0) return 0;
  return name(L, conf, ltls_chain_check(L, lua_gettop(L)));
}
