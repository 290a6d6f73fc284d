/*
** Messages.
*/

#include "message.h"

#include "connection.h"
#include "flow.h"
#include "object.h"

/* conn:deadline() -> seconds | nil */
static int connection_deadline(lua_State *L) {
  const LtlsEngine *engine = ltls_connection_idle(L);
  int64_t left = ltls_timer_left(&engine->timer);
  if (left < 0 || !engine->is_open || engine->has_failed) return 0;
  lua_pushnumber(L, (lua_Number)left / 1000);
  return 1;
}

/* conn:max_message() -> integer | nil */
static int connection_max_message(lua_State *L) {
  const LtlsEngine *engine = ltls_connection_idle(L);
  if (!engine->context->is_datagram || !engine->is_open || engine->has_failed ||
      !ltls_engine_is_over(engine))
    return 0;
  lua_pushinteger(L, ltls_flow_most(engine));
  return 1;
}

void ltls_message_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"deadline", connection_deadline},
                                     {"max_message", connection_max_message}};
  ltls_class_extend(L, "luatls.connection", &methods[0]);
  ltls_class_extend(L, "luatls.connection", &methods[1]);
}
