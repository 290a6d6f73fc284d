/*
** Sessions. Its chain and name are user values: TLS 1.3 sessions of mbedTLS have
** no certificate, those of TLS 1.2 only the leaf.
*/

#include "session.h"

#include "object.h"
#include "state.h"

/* RFC 5246, F.1.4, where the server does not say; RFC 8446, 4.6.1 at most. */
enum { USUAL_LIFETIME = 86400, MOST_LIFETIME = 604800 }; /* seconds */

static const LtlsClass session_class;

LtlsSession *ltls_session_check(lua_State *L, int arg) {
  return ltls_object_check(L, arg, &session_class);
}

static void session_free(void *self) {
  mbedtls_ssl_session_free(&((LtlsSession *)self)->state);
}

/* session:name() -> string | nil, who the peer is */
static int session_name(lua_State *L) {
  (void)ltls_session_check(L, 1);
  lua_getiuservalue(L, 1, LTLS_SESSION_NAME);
  return 1;
}

/* session:peer_chain() -> chain | nil */
static int session_peer_chain(lua_State *L) {
  (void)ltls_session_check(L, 1);
  lua_getiuservalue(L, 1, LTLS_SESSION_CHAIN);
  return 1;
}

/* session:version() -> "TLS 1.2" | "TLS 1.3" */
static int session_version(lua_State *L) {
  const LtlsSession *session = ltls_session_check(L, 1);
  lua_pushstring(L,
                 ltls_state_is_tls13(&session->state) ? "TLS 1.3" : "TLS 1.2");
  return 1;
}

uint64_t ltls_session_expiry(const LtlsSession *session) {
  const LtlsOrigin *origin = &session->origin;
  uint64_t lifetime = ltls_state_lifetime(&session->state), expiry;
  if (lifetime == 0 && !ltls_state_is_tls13(&session->state))
    lifetime = USUAL_LIFETIME;
  if (lifetime > MOST_LIFETIME) lifetime = MOST_LIFETIME;
  expiry = origin->made / 1000 + lifetime;
  return origin->is_verified && origin->good_until < expiry ? origin->good_until
                                                            : expiry;
}

/* session:expiry() -> integer, Unix seconds */
static int session_expiry(lua_State *L) {
  uint64_t expiry = ltls_session_expiry(ltls_session_check(L, 1));
  lua_pushinteger(L, (lua_Integer)expiry);
  return 1;
}

static const luaL_Reg methods[] = {
    {"name", session_name},
    {"expiry", session_expiry},
    {"peer_chain", session_peer_chain},
    {"version", session_version},
    {NULL, NULL},
};

/* tostring(session): "luatls.session (www.example.org)" */
static int session_tostring(lua_State *L) {
  (void)ltls_session_check(L, 1);
  lua_getiuservalue(L, 1, LTLS_SESSION_NAME);
  lua_pushfstring(L, "luatls.session (%s)", luaL_tolstring(L, -1, NULL));
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__tostring", session_tostring},
    {NULL, NULL},
};

static const LtlsClass session_class = {
    .name = "luatls.session",
    .size = sizeof(LtlsSession),
    .pins = LTLS_SESSION_PINS,
    .free = session_free,
    .methods = methods,
    .metamethods = metamethods,
};

void ltls_session_register(lua_State *L) {
  ltls_class_register(L, &session_class);
}

const LtlsSession *ltls_session_test(lua_State *L, int index) {
  return ltls_object_test(L, index, &session_class);
}

LtlsSession *ltls_session_new(lua_State *L) {
  LtlsSession *session = ltls_object_new(L, &session_class);
  mbedtls_ssl_session_init(&session->state);
  return session;
}
