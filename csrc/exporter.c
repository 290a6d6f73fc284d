/*
** Secrets for other protocols. What mbedTLS would compute wrongly, or what
** would not belong to this connection alone, is refused; nothing is ever made
** up in its place.
*/

#include "exporter.h"

#include "chain.h"
#include "connection.h"
#include "engine.h"
#include "failure.h"
#include "object.h"
#include "outcome.h"
#include "resume.h"

#include <lauxlib.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <string.h>

#define MAX_LENGTH  8160  /* bytes: 255 blocks of SHA-256 (RFC 5869, 2.3) */
#define MAX_LABEL   249   /* bytes: HkdfLabel has 255, "tls13 " takes 6 */
#define MAX_CONTEXT 65535 /* bytes: RFC 5705, 4 */

#define BINDING_LABEL  "EXPORTER-Channel-Binding" /* RFC 9266, 2 */
#define BINDING_LENGTH 32

typedef struct Request {
  const char *label, *context;
  size_t label_len, context_len, len;
  int has_context; /* in TLS 1.2 "" is another context than none */
} Request;

static int refuse(lua_State *L, const char *text, const char *hint) {
  ltls_failure_push(L, "config", "%s", text);
  if (hint != NULL) ltls_failure_detail(L, "hint", hint);
  return ltls_fail_top(L);
}

static int is_tls12(const LtlsEngine *engine) {
  return mbedtls_ssl_get_version_number(&engine->ssl) ==
         MBEDTLS_SSL_VERSION_TLS1_2;
}

/* RFC 7627, 5.4: without the extended master secret, nothing may be exported:
** somebody in the middle can have the same secret on two connections. A session
** that is resumed must have begun with it. */
static int is_bound(const LtlsEngine *engine) {
  const LtlsOrigin *origin = ltls_engine_origin(engine);
  const LtlsTap *server = engine->context->is_client ? &engine->transport.heard
                                                     : &engine->transport.said;
  return !is_tls12(engine) ||
         (server->has_extended_master_secret &&
          (server->is_full || (origin != NULL && origin->is_bound)));
}

/* The connection, after its handshake; NULL and 'pushed' results when it has
** ended. */
static LtlsEngine *check_ready(lua_State *L, int *pushed) {
  LtlsEngine *engine = ltls_connection_idle(L);
  *pushed = ltls_outcome_ended(L, engine);
  if (*pushed != 0) return NULL;
  if (!ltls_engine_is_over(engine))
    luaL_error(L, "the handshake is not done: there is nothing to export");
  return engine;
}

/* In TLS 1.2 mbedTLS takes the hash of the suite's MAC for that of its PRF.
** They differ where the MAC is HMAC-SHA1: there the PRF has SHA-256 (RFC 5246,
** 5). */
static int is_wrong_prf(const LtlsEngine *engine) {
  const mbedtls_ssl_ciphersuite_t *suite = mbedtls_ssl_ciphersuite_from_id(
      mbedtls_ssl_get_ciphersuite_id_from_ssl(&engine->ssl));
  return suite == NULL ||
         (suite->mac != MBEDTLS_MD_SHA256 && suite->mac != MBEDTLS_MD_SHA384);
}

#if defined(MBEDTLS_SSL_KEYING_MATERIAL_EXPORT)

static int export_material(lua_State *L, LtlsEngine *engine,
                           const Request *request) {
  unsigned char material[MAX_LENGTH];
  int rc;
  if (!is_bound(engine))
    return refuse(L,
                  "nothing can be exported: this TLS 1.2 connection has no "
                  "extended master secret of its own (RFC 7627)",
                  "use TLS 1.3");
  if (is_wrong_prf(engine))
    return refuse(L,
                  "nothing can be exported: mbedTLS computes it wrongly for "
                  "the cipher suite",
                  "use a suite with AEAD, or TLS 1.3");
  ltls_mbed_prepare_export(&engine->ssl, 0);
  rc = mbedtls_ssl_export_keying_material(
      &engine->ssl, material, request->len, request->label, request->label_len,
      (const unsigned char *)request->context, request->context_len,
      request->has_context);
  ltls_mbed_prepare_export(&engine->ssl, 1);
  if (rc != 0) return ltls_fail(L, "internal", "cannot export", rc);
  lua_pushlstring(L, (const char *)material, request->len);
  mbedtls_platform_zeroize(material, request->len);
  return 1;
}

#else

static int export_material(lua_State *L, LtlsEngine *engine,
                           const Request *request) {
  (void)engine;
  (void)request;
  return refuse(L,
                "this mbedTLS is built without "
                "MBEDTLS_SSL_KEYING_MATERIAL_EXPORT",
                NULL);
}

#endif

/* Labels that TLS uses itself (RFC 5705, 6; RFC 7627, 4). */
static int is_reserved(const char *label, size_t len) {
  static const char *const reserved[] = {
      "client finished", "server finished",        "master secret",
      "key expansion",   "extended master secret", NULL};
  int i;
  for (i = 0; reserved[i] != NULL; i++)
    if (strlen(reserved[i]) == len && memcmp(reserved[i], label, len) == 0)
      return 1;
  return 0;
}

/* conn:export(label, length[, context]) -> string | nil, err */
static int connection_export(lua_State *L) {
  Request request = {0};
  LtlsEngine *engine;
  lua_Integer len;
  int pushed;
  request.label = luaL_checklstring(L, 2, &request.label_len);
  len = luaL_checkinteger(L, 3);
  request.has_context = !lua_isnoneornil(L, 4);
  request.context = luaL_optlstring(L, 4, "", &request.context_len);
  luaL_argcheck(L, request.label_len >= 1 && request.label_len <= MAX_LABEL, 2,
                "1 to 249 bytes expected");
  luaL_argcheck(L, !is_reserved(request.label, request.label_len), 2,
                "TLS uses this label itself");
  luaL_argcheck(L, len >= 1 && len <= MAX_LENGTH, 3, "1 to 8160 expected");
  luaL_argcheck(L, request.context_len <= MAX_CONTEXT, 4,
                "at most 65535 bytes expected");
  request.len = (size_t)len;
  engine = check_ready(L, &pushed);
  return engine != NULL ? export_material(L, engine, &request) : pushed;
}

/* RFC 9266, 2: the context is there, and empty. */
static int push_exporter(lua_State *L, LtlsEngine *engine) {
  Request request = {0};
  request.label = BINDING_LABEL;
  request.label_len = sizeof(BINDING_LABEL) - 1;
  request.context = "";
  request.has_context = 1;
  request.len = BINDING_LENGTH;
  return export_material(L, engine, &request);
}

/* The server's certificate, as either side has it; NULL when it is not known: a
** server with several does not know which one a session began with. */
static const mbedtls_x509_crt *server_certificate(lua_State *L,
                                                  const LtlsEngine *engine) {
  const LtlsCredentials *credentials = &engine->context->credentials;
  if (!engine->context->is_client)
    return credentials->count == 1 ? credentials->list[0].chain : engine->own;
  return ltls_resume_push_chain(L, engine) == 1
             ? ltls_chain_check(L, lua_gettop(L))
             : NULL;
}

/* RFC 5929, 4.1: the certificate's hash by the hash of its signature, but
** SHA-256 where that is MD5 or SHA-1. */
static int push_end_point(lua_State *L, LtlsEngine *engine) {
  const mbedtls_x509_crt *crt = server_certificate(L, engine);
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  const mbedtls_md_info_t *info;
  mbedtls_md_type_t type;
  if (crt == NULL)
    return refuse(L, "the server's certificate is not known on this connection",
                  NULL);
  type = crt->sig_md;
  if (type == MBEDTLS_MD_MD5 || type == MBEDTLS_MD_SHA1)
    type = MBEDTLS_MD_SHA256;
  info = mbedtls_md_info_from_type(type);
  if (info == NULL || mbedtls_md(info, crt->raw.p, crt->raw.len, hash) != 0)
    return refuse(L,
                  "tls-server-end-point is not defined for the signature of "
                  "the server's certificate",
                  NULL);
  lua_pushlstring(L, (const char *)hash, mbedtls_md_get_size(info));
  return 1;
}

/* RFC 5929, 3.1: the first Finished message: the client's in a full handshake,
** the server's where a session is resumed. It too needs the extended master
** secret (RFC 7627, 1). */
static int push_unique(lua_State *L, LtlsEngine *engine) {
  size_t len;
  int is_clients = ltls_engine_origin(engine) == NULL;
  const unsigned char *finished = ltls_mbed_finished(
      &engine->ssl, engine->context->is_client == is_clients, &len);
  if (!is_tls12(engine))
    return refuse(L, "there is no tls-unique in TLS 1.3 (RFC 8446, C.5)",
                  "use tls-exporter");
  if (!is_bound(engine) || finished == NULL)
    return refuse(L,
                  "tls-unique would not be unique on this connection: it "
                  "has no extended master secret of its own (RFC 7627)",
                  "use TLS 1.3 and tls-exporter");
  lua_pushlstring(L, (const char *)finished, len);
  return 1;
}

/* conn:channel_binding(type) -> string | nil, err */
static int connection_channel_binding(lua_State *L) {
  static const char *const types[] = {"tls-exporter", "tls-server-end-point",
                                      "tls-unique", NULL};
  static int (*const pushers[])(lua_State *, LtlsEngine *) = {
      push_exporter, push_end_point, push_unique};
  int type = luaL_checkoption(L, 2, NULL, types), pushed;
  LtlsEngine *engine = check_ready(L, &pushed);
  return engine != NULL ? pushers[type](L, engine) : pushed;
}

void ltls_exporter_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"export", connection_export},
      {"channel_binding", connection_channel_binding}};
  ltls_class_extend(L, "luatls.connection", &methods[0]);
  ltls_class_extend(L, "luatls.connection", &methods[1]);
}
