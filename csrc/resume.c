/*
** Resuming, as Lua sees it. A session is offered only where a full handshake
** could not end otherwise: to the same peer, by a context that demands the
** same, while the peer's certificates are valid and on_verify agrees.
*/

#include "resume.h"

#include "chain.h"
#include "object.h"
#include "options.h"
#include "state.h"

#include <string.h>

/* Does on_verify still accept the peer? What it raises is not lost: it will
** raise it again in the full handshake. Stack: …, session. */
static int user_accepts(lua_State *L, const LtlsEngine *engine, int conn) {
  int top = lua_gettop(L), is_good;
  if (!engine->context->has_on_verify) return 1;
  lua_getiuservalue(L, conn, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_ON_VERIFY);
  lua_getiuservalue(L, top, LTLS_SESSION_CHAIN);
  lua_pushstring(L, engine->name);
  is_good = lua_pcall(L, 2, 1, 0) == LUA_OK && lua_toboolean(L, -1);
  lua_settop(L, top);
  return is_good;
}

/* Was the session made with the same names? Stack: …, session. */
static int has_same_names(lua_State *L, const LtlsEngine *engine, int conn) {
  int top = lua_gettop(L), is_same;
  lua_getiuservalue(L, top, LTLS_SESSION_NAME);
  lua_getiuservalue(L, conn, LTLS_PIN_NAME);
  lua_getiuservalue(L, top, LTLS_SESSION_SERVER_NAME);
  lua_pushstring(L, engine->server_name);
  is_same = lua_rawequal(L, -1, -2) && lua_rawequal(L, -3, -4);
  lua_settop(L, top);
  return is_same;
}

static int has_same_bond(const LtlsEngine *engine, const LtlsSession *session) {
  return memcmp(ltls_context_bond(engine->context), session->bond,
                sizeof(session->bond)) == 0;
}

/* With a session of TLS 1.2 mbedTLS offers nothing newer, without our patch. */
static int has_fitting_version(const LtlsEngine *engine,
                               const LtlsSession *session) {
#if defined(LUATLS_MIXED_SESSIONS)
  (void)engine, (void)session;
  return 1;
#else
  return ltls_state_is_tls13(&session->state) ||
         ltls_offer_fits_tls12(&engine->context->offer);
#endif
}

void ltls_resume_offer(lua_State *L, int arg, LtlsEngine *engine) {
  const LtlsSession *session;
  int conn = lua_gettop(L);
  if (!ltls_options_has(L, arg, "session")) return;
  session = ltls_session_test(L, -1);
  if (session == NULL) {
    ltls_options_bad(L, "session", "luatls.session expected");
    return;
  }
  if (engine->context->is_client && engine->context->psk == LTLS_PSK_NONE &&
      has_same_names(L, engine, conn) && has_same_bond(engine, session) &&
      has_fitting_version(engine, session) &&
      ltls_session_expiry(session) > ltls_mbed_time_of_day() / 1000 &&
      (!session->origin.is_verified || user_accepts(L, engine, conn)) &&
      mbedtls_ssl_set_session(&engine->ssl, &session->state) == 0) {
    ltls_object_pin(L, conn, LTLS_PIN_SESSION, -1);
    engine->offered = session;
  }
  lua_settop(L, conn);
}

/* In TLS 1.2 mbedTLS tells nobody that there is one. */
static const LtlsTicket *next_session(LtlsEngine *engine) {
  if (!ltls_engine_is_over(engine) || !engine->context->is_client ||
      engine->context->psk != LTLS_PSK_NONE)
    return NULL;
  if (mbedtls_ssl_get_version_number(&engine->ssl) ==
      MBEDTLS_SSL_VERSION_TLS1_2)
    ltls_wallet_add(&engine->wallet, &engine->ssl);
  return ltls_wallet_top(&engine->wallet);
}

static LtlsOrigin origin_of(const LtlsEngine *engine,
                            const LtlsTicket *ticket) {
  const LtlsOrigin *inherited = ltls_engine_origin(engine);
  LtlsOrigin origin = engine->visit.origin;
  uint64_t made = ticket->made;
  if (inherited != NULL) {
    origin = *inherited;
    /* A ticket of TLS 1.2 that is used again grows old. */
    if (ltls_state_same_ticket(&engine->offered->state, &ticket->state))
      made = inherited->made;
  } else
    origin.is_bound = engine->transport.heard.is_tls13 ||
                      engine->transport.heard.has_extended_master_secret;
  origin.made = made;
  return origin;
}

int ltls_resume_push_session(lua_State *L, LtlsEngine *engine) {
  const LtlsTicket *ticket = next_session(engine);
  LtlsSession *session;
  if (ticket == NULL) return 0;
  lua_settop(L, LTLS_SELF);
  session = ltls_session_new(L); /* stack: conn, session */
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_NAME);
  ltls_object_pin(L, 2, LTLS_SESSION_NAME, -1);
  lua_pushstring(L, engine->server_name);
  ltls_object_pin(L, 2, LTLS_SESSION_SERVER_NAME, -1);
  if (ltls_resume_push_chain(L, engine) == 1)
    ltls_object_pin(L, 2, LTLS_SESSION_CHAIN, -1);
  lua_settop(L, 2);
  /* Last, when nothing can raise any more: it is given out once. */
  session->origin = origin_of(engine, ticket);
  memcpy(session->bond, ltls_context_bond(engine->context),
         sizeof(session->bond));
  ltls_wallet_take(&engine->wallet, &session->state);
  return 1;
}

int ltls_resume_push_chain(lua_State *L, const LtlsEngine *engine) {
  const mbedtls_x509_crt *crt = engine->visit.chain;
  if (ltls_engine_origin(engine) == NULL)
    crt = ltls_mbed_peer_chain(&engine->ssl);
  else if (engine->context->is_client) {
    lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_SESSION);
    if (lua_getiuservalue(L, -1, LTLS_SESSION_CHAIN) == LUA_TNIL) return 0;
    return 1;
  }
  if (crt == NULL) return 0;
  return ltls_chain_push_copy(L, crt) ? 1 : -1;
}
