/*
** The one way from inside mbedTLS into Lua. lua_pcall without a continuation
** also turns an attempt to yield into an error.
*/

#include "trampoline.h"

int ltls_trampoline(lua_State *L, int obj, int pin, lua_CFunction body,
                    void *data) {
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, data);
  lua_pushvalue(L, obj);
  if (lua_pcall(L, 2, 0, 0) == LUA_OK) return 1;
  lua_setiuservalue(L, obj, pin);
  return 0;
}
