/*
** Renewing a connection that lives long. What cannot be renewed is refused with
** a reason, and the connection goes on as it is.
*/

#include "renewal.h"

#include "connection.h"
#include "failure.h"
#include "flow.h"
#include "object.h"
#include "outcome.h"

#include <lauxlib.h>

static int refuse(lua_State *L, const char *text, const char *hint) {
  ltls_failure_push(L, "config", "%s", text);
  ltls_failure_detail(L, "hint", hint);
  return ltls_fail_top(L);
}

static int refuse_update(lua_State *L, const LtlsEngine *engine) {
  if (mbedtls_ssl_get_version_number(&engine->ssl) ==
      MBEDTLS_SSL_VERSION_TLS1_3)
    return refuse(L, "this mbedTLS cannot renew keys",
                  "build luatls with its own mbedTLS");
  return refuse(L, "TLS 1.2 cannot renew its keys",
                "use TLS 1.3, or open another connection");
}

/* conn:update_keys([request_peer]) -> true | false, want | nil, err */
static int connection_update_keys(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  int request = lua_toboolean(L, 2);
  int rc = ltls_connection_decided(L, engine);
  if (rc != 0) return rc;
  if (engine->has_shut_down) return ltls_outcome_shut_down(L, engine);
  ltls_connection_enter(L, engine);
  rc = ltls_flow_update_keys(engine, request);
  ltls_connection_leave(engine);
  if (rc == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE)
    return refuse_update(L, engine);
  if (rc < 0) return ltls_connection_outcome(L, engine, LTLS_PHASE_WRITE, rc);
  lua_pushboolean(L, 1);
  return ltls_connection_tell(L, engine, 1);
}

static int refuse_renegotiation(lua_State *L, const LtlsEngine *engine) {
  int is_tls13 = mbedtls_ssl_get_version_number(&engine->ssl) ==
                 MBEDTLS_SSL_VERSION_TLS1_3;
  return refuse(L, ltls_flow_no_renegotiation(engine),
                is_tls13 ? "use update_keys"
                         : "set option renegotiation on both sides, or open "
                           "another connection");
}

/* conn:renegotiate() -> true | false, want | nil, err */
static int connection_renegotiate(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  int rc = ltls_connection_decided(L, engine);
  if (rc != 0) return rc;
  if (engine->has_shut_down) return ltls_outcome_shut_down(L, engine);
  ltls_connection_enter(L, engine);
  rc = ltls_flow_renegotiate(engine);
  ltls_connection_leave(engine);
  if (rc == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE)
    return refuse_renegotiation(L, engine);
  if (rc < 0)
    return ltls_connection_outcome(L, engine, LTLS_PHASE_HANDSHAKE, rc);
  lua_pushboolean(L, 1);
  return ltls_connection_tell(L, engine, 1);
}

void ltls_renewal_register(lua_State *L) {
  static const luaL_Reg update = {"update_keys", connection_update_keys};
  static const luaL_Reg renegotiate = {"renegotiate", connection_renegotiate};
  ltls_class_extend(L, "luatls.connection", &update);
  ltls_class_extend(L, "luatls.connection", &renegotiate);
}
