/*
** Sessions. Its chain and name are user values: TLS 1.3 sessions of mbedTLS have
** no certificate, those of TLS 1.2 only the leaf.
*/

#include "session.h"

#include "object.h"

static const LtlsClass session_class;

static LtlsSession *session_check(lua_State *L, int arg) {
  return ltls_object_check(L, arg, &session_class);
}

static void session_free(void *self) {
  mbedtls_ssl_session_free(&((LtlsSession *)self)->state);
}

/* session:name() -> string | nil, who the peer is */
static int session_name(lua_State *L) {
  (void)session_check(L, 1);
  lua_getiuservalue(L, 1, LTLS_SESSION_NAME);
  return 1;
}

/* session:peer_chain() -> chain | nil */
static int session_peer_chain(lua_State *L) {
  (void)session_check(L, 1);
  lua_getiuservalue(L, 1, LTLS_SESSION_CHAIN);
  return 1;
}

/* session:version() -> "TLS 1.2" | "TLS 1.3" */
static int session_version(lua_State *L) {
  lua_pushstring(L, session_check(L, 1)->state.tls_version ==
                            MBEDTLS_SSL_VERSION_TLS1_3
                        ? "TLS 1.3"
                        : "TLS 1.2");
  return 1;
}

static const luaL_Reg methods[] = {
    {"name", session_name},
    {"peer_chain", session_peer_chain},
    {"version", session_version},
    {NULL, NULL},
};

/* tostring(session): "luatls.session (www.example.org)" */
static int session_tostring(lua_State *L) {
  (void)session_check(L, 1);
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
