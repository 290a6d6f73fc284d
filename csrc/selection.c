/*
** What a client answers a CertificateRequest with. Of its certificates the first
** that can sign what the server takes, and among those one of an authority that
** the server names; or what on_certificate_request says, as a question.
*/

#include "selection.h"

#include "engine.h"
#include "failure.h"
#include "names.h"
#include "question.h"
#include "request.h"

#include <lauxlib.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <string.h>

enum { INTERNAL_ERROR = 80 };
enum { RSA_SIGN = 1, ECDSA_SIGN = 64 }; /* ClientCertificateType */

static int is_tls13(const LtlsEngine *engine) {
  return mbedtls_ssl_get_version_number(&engine->ssl) ==
         MBEDTLS_SSL_VERSION_TLS1_3;
}

static int read_request(const LtlsEngine *engine, LtlsRequest *request) {
  LtlsSpan body = {engine->request.data, ltls_buffer_length(&engine->request)};
  return ltls_request_parse(request, body, is_tls13(engine));
}

/* Will both sides have it? */
static int is_common(const LtlsEngine *engine, const LtlsRequest *request,
                     unsigned scheme) {
  const uint16_t *own = engine->context->offer.signatures;
  while (*own != 0 && *own != scheme)
    own++;
  return *own != 0 && ltls_request_has_algorithm(request, scheme);
}

/* In TLS 1.2 mbedTLS has hashed the messages by the suite's hash alone. */
static int fits_tls12(const LtlsEngine *engine, const LtlsRequest *request,
                      int is_rsa) {
  const mbedtls_ssl_ciphersuite_t *suite =
      mbedtls_ssl_ciphersuite_from_id(ltls_mbed_suite(&engine->ssl));
  int is_long = suite != NULL && suite->mac == MBEDTLS_MD_SHA384;
  unsigned hash = is_long ? LTLS_SHA384 : LTLS_SHA256;
  return ltls_request_has_type(request, is_rsa ? RSA_SIGN : ECDSA_SIGN) &&
         is_common(engine, request, ltls_algorithm_scheme(is_rsa, 0, hash));
}

/* RFC 8446, 4.2.3: RSA-PSS with any hash, ECDSA with that of the curve. */
static int fits_tls13(const LtlsEngine *engine, const LtlsRequest *request,
                      const mbedtls_pk_context *pk) {
  size_t bits = mbedtls_pk_get_bitlen(pk);
  int is_rsa = mbedtls_pk_get_type(pk) == MBEDTLS_PK_RSA;
  unsigned first = LTLS_SHA256, last = LTLS_SHA512;
  if (!is_rsa && bits > 256) first = bits > 384 ? LTLS_SHA512 : LTLS_SHA384;
  if (!is_rsa) last = first;
  for (; first <= last; first++)
    if (is_common(engine, request, ltls_algorithm_scheme(is_rsa, 1, first)))
      return 1;
  return 0;
}

/* Can we sign with it what the server takes? */
static int fits(const LtlsEngine *engine, const LtlsRequest *request,
                const LtlsCredential *credential) {
  const mbedtls_pk_context *pk = &credential->key->pk;
  if (is_tls13(engine)) return fits_tls13(engine, request, pk);
  return fits_tls12(engine, request, mbedtls_pk_get_type(pk) == MBEDTLS_PK_RSA);
}

/* Names of authorities order what fits; they never keep it back, as Go would:
** many servers name too few (RFC 8446, 4.4.2.3 says SHOULD). */
static void choose(LtlsEngine *engine, const LtlsRequest *request) {
  const LtlsCredentials *own = &engine->context->credentials;
  size_t i;
  for (i = own->count; i > 0; i--)
    if (fits(engine, request, &own->list[i - 1]))
      engine->shown = own->list[i - 1];
  for (i = own->count; i > 0; i--)
    if (fits(engine, request, &own->list[i - 1]) &&
        ltls_request_names(request, own->list[i - 1].chain))
      engine->shown = own->list[i - 1];
}

/* Push on_certificate_request(request). */
static int ask(lua_State *L, LtlsEngine *engine) {
  LtlsRequest request;
  (void)read_request(engine, &request);
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_ON_REQUEST);
  ltls_request_push(L, &request);
  lua_pushstring(
      L, ltls_names_version((int)mbedtls_ssl_get_version_number(&engine->ssl)));
  lua_setfield(L, -2, "version");
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_NAME);
  lua_setfield(L, -2, "name");
  return 1;
}

/* read(chain, key, credentials) -> array | nil, err; raises what the options
** certificate and key would raise. */
static int read(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "certificate");
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "key");
  if (ltls_credentials_read(L, 4, lua_touserdata(L, 3))) return 1;
  return ltls_fail_top(L);
}

/* Replace what explains why a choice is none, on top, by an error object. */
static int refuse(lua_State *L) {
  const char *why = ltls_failure_text(L, -1);
  ltls_failure_push(L, "internal",
                    "what on_certificate_request returned cannot be used: %s",
                    why);
  return INTERNAL_ERROR;
}

/* The function's results, chain and key, are on top. */
static int take_choice(lua_State *L, LtlsEngine *engine) {
  LtlsCredentials credentials;
  LtlsRequest request;
  lua_pushcfunction(L, read);
  lua_insert(L, -3);
  lua_pushlightuserdata(L, &credentials);
  if (lua_pcall(L, 3, 2, 0) != LUA_OK || lua_isnil(L, -2)) return refuse(L);
  (void)read_request(engine, &request);
  if (!fits(engine, &request, &credentials.list[0])) {
    lua_pushliteral(L, "its key cannot sign by an algorithm that the server "
                       "takes");
    return refuse(L);
  }
  lua_pop(L, 1);
  lua_setiuservalue(L, LTLS_SELF, LTLS_PIN_SHOWN);
  engine->shown = credentials.list[0];
  engine->has_selected = 1;
  return 0;
}

static int answer(lua_State *L, LtlsEngine *engine) {
  if (lua_toboolean(L, -2)) return take_choice(L, engine);
  engine->has_selected = 1;
  return 0;
}

static const LtlsQuestion question = {"on_certificate_request", ask, answer};

/* f_cert_request */
static int heard(mbedtls_ssl_context *ssl, const unsigned char *body,
                 size_t len) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  LtlsRequest request;
  ltls_buffer_free(&engine->request);
  if (!ltls_buffer_append(&engine->request, body, len))
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  return read_request(engine, &request) ? 0 : MBEDTLS_ERR_SSL_DECODE_ERROR;
}

/* f_client_cert */
static int choose_now(mbedtls_ssl_context *ssl) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  LtlsRequest request;
  if (!engine->has_selected && engine->context->has_on_request) {
    engine->question = &question;
    return LTLS_WANT_ANSWER;
  }
  if (!engine->has_selected && read_request(engine, &request))
    choose(engine, &request);
  engine->has_selected = 1;
  ltls_buffer_free(&engine->request);
  if (engine->shown.chain == NULL) return 0;
  return mbedtls_ssl_set_hs_own_cert(ssl, engine->shown.chain,
                                     &engine->shown.key->pk);
}

void ltls_selection_attach(LtlsContext *context) {
  if (context->is_client)
    ltls_mbed_on_request(&context->conf, heard, choose_now);
}
