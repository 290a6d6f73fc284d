/*
** What a connection sends. A write that is not done keeps its string, and goes on
** before anything else is said: the end, too.
*/

#include "output.h"

#include "connection.h"
#include "failure.h"
#include "flow.h"
#include "object.h"
#include "outcome.h"

#include <lauxlib.h>

/* The arguments from 2 on become one string at 2: small ones go into one record. */
static void start_writing(lua_State *L, LtlsEngine *engine) {
  int i = 2, n = lua_gettop(L);
  do
    luaL_checkstring(L, i);
  while (++i <= n);
  if (n > 2) lua_concat(L, n - 1);
  engine->rest_offset = 0;
  engine->is_writing = 1;
}

/* The rest of the last write, which was pinned, at 2. */
static void go_on_writing(lua_State *L) {
  if (lua_gettop(L) > 1)
    luaL_error(L, "the last write is not done: call write() again");
  lua_settop(L, 1);
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_REST);
}

/* Pin the string at 2 if not all of it went; most writes need no pin. */
static void keep_rest(lua_State *L, LtlsEngine *engine, int rc, int is_pinned) {
  engine->is_writing = rc < 0;
  if (engine->is_writing == is_pinned) return;
  if (is_pinned)
    lua_pushnil(L);
  else
    lua_pushvalue(L, 2);
  lua_setiuservalue(L, LTLS_SELF, LTLS_PIN_REST);
}

/* One write is one datagram: what is too much for it is refused, and nothing has
** happened. */
static int refuse_message(lua_State *L, LtlsEngine *engine, size_t len) {
  ltls_failure_push(L, "config",
                    "a message of %d bytes does not fit into a datagram: the "
                    "most is %d",
                    (int)len, ltls_flow_most(engine));
  ltls_failure_detail(L, "hint", "write less at once, or raise option mtu");
  return ltls_fail_top(L);
}

/* Send the string at 2: its length, or an mbedTLS error. */
static long send_string(lua_State *L, LtlsEngine *engine, int is_pinned) {
  size_t len;
  const char *data = lua_tolstring(L, 2, &len);
  int is_too_much, rc;
  ltls_connection_enter(L, engine);
  rc = ltls_flow_write(engine, data, len);
  is_too_much =
      engine->context->is_datagram && rc == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  keep_rest(L, engine, is_too_much ? 0 : rc, is_pinned);
  ltls_connection_leave(engine);
  return rc < 0 ? rc : (long)len;
}

/* conn:write(...) -> integer | false, want | nil, err */
static int output_write(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  int was_writing, rc = ltls_connection_decided(L, engine);
  long sent;
  if (rc != 0) return rc;
  if (engine->has_shut_down) return ltls_outcome_shut_down(L, engine);
  was_writing = engine->is_writing;
  if (was_writing)
    go_on_writing(L);
  else
    start_writing(L, engine);
  sent = send_string(L, engine, was_writing);
  if (engine->context->is_datagram && sent == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL)
    return refuse_message(L, engine, lua_rawlen(L, 2));
  if (sent < 0)
    return ltls_connection_outcome(L, engine, LTLS_PHASE_WRITE, (int)sent);
  lua_pushinteger(L, (lua_Integer)sent);
  return ltls_connection_tell(L, engine, 1);
}

/* conn:shutdown() -> true | false, want | nil, err
** A write that is not done goes first: close_notify says that all has come. */
static int output_shutdown(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  long rc = ltls_outcome_ended(L, engine);
  if (rc != 0) return (int)rc;
  lua_settop(L, 1);
  if (engine->is_writing && !engine->has_shut_down) {
    go_on_writing(L);
    rc = send_string(L, engine, 1);
  }
  if (rc >= 0) {
    ltls_connection_enter(L, engine);
    rc = ltls_flow_shutdown(engine);
    ltls_connection_leave(engine);
  }
  if (rc < 0)
    return ltls_connection_outcome(L, engine, LTLS_PHASE_WRITE, (int)rc);
  lua_pushboolean(L, 1);
  return ltls_connection_tell(L, engine, 1);
}

void ltls_output_register(lua_State *L) {
  static const luaL_Reg write = {"write", output_write};
  static const luaL_Reg shutdown = {"shutdown", output_shutdown};
  ltls_class_extend(L, "luatls.connection", &write);
  ltls_class_extend(L, "luatls.connection", &shutdown);
}
