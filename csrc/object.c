/*
** Userdata lifecycle. The block of an object is a header and its struct; the
** header says whether the object is alive, so that 'free' runs once even when
** another finalizer brings the object back for a moment.
*/

#include "object.h"

#include <string.h>

typedef union Header {
  int alive;     /* 0 once 'free' has run */
  LUAI_MAXALIGN; /* the struct that follows may hold anything */
} Header;

/* '__gc'; works once. The class is the first upvalue. */
static int object_free(lua_State *L) {
  const LtlsClass *class = lua_touserdata(L, lua_upvalueindex(1));
  Header *head = luaL_checkudata(L, 1, class->name);
  if (head->alive) {
    head->alive = 0; /* first: 'free' must never run twice */
    class->free(head + 1);
  }
  return 0;
}

void ltls_class_register(lua_State *L, const LtlsClass *class) {
  luaL_newmetatable(L, class->name);
  luaL_setfuncs(L, class->metamethods, 0);
  lua_pushlightuserdata(L, (void *)class);
  lua_pushcclosure(L, object_free, 1);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L); /* stack: metatable, methods */
  lua_pushvalue(L, -2);
  luaL_setfuncs(L, class->methods, 1);
  if (class->index != NULL) lua_pushcclosure(L, class->index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

void ltls_class_extend(lua_State *L, const char *class,
                       const luaL_Reg *method) {
  luaL_getmetatable(L, class);
  if (lua_getfield(L, -1, "__index") == LUA_TFUNCTION)
    lua_getupvalue(L, -1, 1); /* its methods */
  luaL_getmetatable(L, class);
  lua_pushcclosure(L, method->func, 1);
  lua_setfield(L, -2, method->name);
  lua_settop(L, lua_gettop(L) - (lua_isfunction(L, -2) ? 3 : 2));
}

void *ltls_object_new(lua_State *L, const LtlsClass *class) {
  size_t size = sizeof(Header) + class->size;
  Header *head = lua_newuserdatauv(L, size, class->pins);
  memset(head, 0, size);
  head->alive = 1;
  luaL_setmetatable(L, class->name);
  return head + 1;
}

void *ltls_object_check(lua_State *L, int arg, const LtlsClass *class) {
  Header *head = luaL_checkudata(L, arg, class->name);
  luaL_argcheck(L, head->alive, arg, "object is finalized");
  return head + 1;
}

/* Is it of the class whose metatable is the first upvalue? */
static int is_own(lua_State *L, int arg) {
  int is_same;
  if (!lua_getmetatable(L, arg)) return 0;
  is_same = lua_rawequal(L, -1, lua_upvalueindex(1));
  lua_pop(L, 1);
  return is_same;
}

void *ltls_object_self(lua_State *L, const LtlsClass *class) {
  Header *head = is_own(L, 1) ? lua_touserdata(L, 1) : NULL;
  return head != NULL && head->alive ? head + 1
                                     : ltls_object_check(L, 1, class);
}

void *ltls_object_test(lua_State *L, int index, const LtlsClass *class) {
  Header *head = luaL_testudata(L, index, class->name);
  return head != NULL && head->alive ? head + 1 : NULL;
}

void ltls_object_pin(lua_State *L, int obj, int slot, int index) {
  obj = lua_absindex(L, obj);
  lua_pushvalue(L, index);
  lua_setiuservalue(L, obj, slot);
}
