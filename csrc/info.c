/*
** What a connection tells about itself. Every field is set from the live
** engine when it is asked for; what is not known yet is absent.
*/

#include "info.h"

#include "names.h"

#include <lauxlib.h>
#include <string.h>

#define FIRST_FFDHE 256 /* groups of a finite field: RFC 7919, 2 */

static void set_text(lua_State *L, const char *field, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

static void set_flag(lua_State *L, const char *field, int flag) {
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, field);
}

static void set_count(lua_State *L, const char *field, uint64_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  lua_setfield(L, -2, field);
}

/* What the server says goes in plaintext until the keys are agreed on. */
static const LtlsTap *server_tap(const LtlsEngine *engine) {
  return engine->context->is_client ? &engine->transport.heard
                                    : &engine->transport.said;
}

/* The algorithm that the server signed the handshake with; NULL: none, or not
** known. */
static const char *signature(const LtlsEngine *engine) {
  unsigned id = server_tap(engine)->signature;
  if (id == 0) id = ltls_mbed_signature(&engine->ssl);
  return ltls_algorithm_name(&ltls_algorithm_signatures, (int)id);
}

/* In TLS 1.3 the suite does not say how keys are agreed on and who signs. */
static void set_tls13_parts(lua_State *L, const LtlsEngine *engine) {
  const LtlsTap *tap = server_tap(engine);
  const char *signer = signature(engine);
  const char *exchange = tap->has_psk ? "PSK" : NULL;
  if (tap->has_exchange) exchange = tap->group >= FIRST_FFDHE ? "DHE" : "ECDHE";
  set_text(L, "key_exchange", exchange);
  if (tap->has_psk)
    set_text(L, "authentication", "PSK");
  else if (signer != NULL)
    set_text(L, "authentication",
             strncmp(signer, "rsa", 3) == 0 ? "RSA" : "ECDSA");
}

/* Could only this connection have made its keys? RSA's key exchange and sessions
** that are resumed without another one depend on a secret that is kept. */
static void set_forward_secrecy(lua_State *L, const LtlsEngine *engine) {
  const char *exchange;
  lua_getfield(L, -1, "key_exchange");
  exchange = lua_tostring(L, -1);
  lua_pop(L, 1);
  set_flag(L, "forward_secrecy",
           server_tap(engine)->has_exchange && exchange != NULL &&
               strstr(exchange, "DHE") != NULL);
}

static void set_suite(lua_State *L, const LtlsEngine *engine) {
  const char *suite = mbedtls_ssl_get_ciphersuite(&engine->ssl);
  if (suite == NULL) return;
  ltls_names_push_suite(L, suite);
  lua_pushvalue(L, -2);
  ltls_algorithm_set_parts(L, lua_tostring(L, -2));
  lua_pop(L, 1);
  lua_setfield(L, -2, "cipher_suite");
}

/* The server knows the last one that was looked for, the client its own. */
static void set_identity(lua_State *L, const LtlsEngine *engine) {
  if (engine->context->is_client) {
    lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CONTEXT);
    lua_getiuservalue(L, -1, LTLS_PIN_PSK);
    lua_remove(L, -2);
  } else
    lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_IDENTITY);
  lua_setfield(L, -2, "psk_identity");
}

static void set_peer_limit(lua_State *L, const LtlsEngine *engine) {
  unsigned limit = ltls_mbed_peer_limit(&engine->ssl);
  if (limit != 0) set_count(L, "peer_record_size_limit", limit);
}

/* What the handshake agreed on; absent while it is under way. */
static void set_agreed(lua_State *L, const LtlsEngine *engine) {
  int version = (int)mbedtls_ssl_get_version_number(&engine->ssl);
  set_text(L, "version", ltls_engine_version(engine));
  set_suite(L, engine);
  if (version == MBEDTLS_SSL_VERSION_TLS1_3) set_tls13_parts(L, engine);
  set_forward_secrecy(L, engine);
  set_text(L, "signature_algorithm", signature(engine));
  set_text(L, "group", ltls_names_group(server_tap(engine)->group));
  if (ltls_engine_is_psk(engine)) set_identity(L, engine);
  set_text(L, "alpn", mbedtls_ssl_get_alpn_protocol(&engine->ssl));
  set_count(L, "round_trips", engine->round_trips);
  set_peer_limit(L, engine);
}

/* What became of the client's certificate. In a session that was resumed it was
** judged before. */
static void set_client_certificate(lua_State *L, const LtlsEngine *engine) {
  int is_asked = engine->has_selected, is_sent = engine->shown.chain != NULL;
  if (ltls_engine_origin(engine) != NULL) return;
  if (!engine->context->is_client) {
    is_asked = engine->context->wants_peer;
    is_sent = mbedtls_ssl_get_peer_cert(&engine->ssl) != NULL;
  } else if (!LTLS_HAS_REQUESTS)
    return;
  if (!is_asked)
    set_text(L, "client_certificate", "not_requested");
  else
    set_text(L, "client_certificate", is_sent ? "sent" : "none");
}

/* A server knows before its handshake is done. */
static void set_early(lua_State *L, const LtlsEngine *engine) {
  const LtlsEarly *early = &engine->early;
  int is_known =
      ltls_engine_is_over(engine) || early->state != LTLS_EARLY_NOT_SENT;
  if ((early->is_wanted || engine->context->reuse.tickets.early_data > 0) &&
      is_known)
    set_text(L, "early_data", ltls_early_word(early));
}

/* Danger that is in force must be visible. */
static void set_insecure(lua_State *L, const LtlsContext *context) {
  const struct {
    int is_on;
    const char *name;
  } options[] = {
      {context->skip_verify, "insecure_skip_verify"},
      {context->skip_name, "insecure_skip_name"},
      {context->terms.common_name, "insecure_common_name"},
      {context->offer.static_rsa, "insecure_static_rsa"},
      {context->offer.static_psk, "insecure_static_psk"},
  };
  lua_Integer n = 0;
  size_t i;
  lua_newtable(L);
  for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    if (!options[i].is_on) continue;
    lua_pushstring(L, options[i].name);
    lua_rawseti(L, -2, ++n);
  }
  if (n > 0)
    lua_setfield(L, -2, "insecure");
  else
    lua_pop(L, 1);
}

/* Was everything checked that there is to check, and found good? Not before
** the handshake is done: anybody can send a good chain, but only its owner can
** finish. */
static int is_verified(const LtlsEngine *engine) {
  const LtlsContext *context = engine->context;
  if (context->skip_verify || (context->is_client && context->skip_name))
    return 0;
  return ltls_verdict_is_good(&engine->verdict);
}

void ltls_info_push(lua_State *L, const LtlsEngine *engine) {
  int over = engine->is_open && ltls_engine_is_connected(engine);
  lua_createtable(L, 0, 28);
  set_text(L, "role", engine->context->is_client ? "client" : "server");
  if (engine->context->is_datagram && !engine->context->is_client) {
    set_text(L, "peer", engine->peer);
    set_flag(L, "reachable", engine->is_open && !engine->visit.is_unproven);
  }
  set_flag(L, "handshake_done", over);
  if (over) {
    set_agreed(L, engine);
    set_client_certificate(L, engine);
  }
  set_text(L, "server_name", engine->server_name);
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_NAME);
  lua_setfield(L, -2, "name");
  set_early(L, engine);
  if (over) set_flag(L, "resumed", ltls_engine_origin(engine) != NULL);
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CACHE_ERROR);
  lua_setfield(L, -2, "session_cache_error");
  set_flag(L, "verified", over && is_verified(engine));
  set_insecure(L, engine->context);
  set_count(L, "bytes_in", engine->transport.bytes_in);
  set_count(L, "bytes_out", engine->transport.bytes_out);
  set_count(L, "records_in", engine->transport.records_in.count);
  set_count(L, "records_out", engine->transport.records_out.count);
  set_count(L, "renegotiations", engine->renegotiations);
  set_count(L, "key_updates_in", engine->rekey.received);
  set_count(L, "key_updates_out", engine->rekey.sent);
}
