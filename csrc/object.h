/*
** Userdata lifecycle: every object that Lua sees is made, checked, pinned and
** freed through these functions, so that no file invents its own.
*/

#ifndef LUATLS_OBJECT_H
#define LUATLS_OBJECT_H

#include <lauxlib.h>
#include <lua.h>

/* What one kind of object is; one static instance per kind. */
typedef struct LtlsClass {
  const char *name;            /* metatable name, e.g. "luatls.key" */
  size_t size;                 /* bytes of its C struct */
  int pins;                    /* user values: Lua values it keeps alive */
  void (*free)(void *self);    /* frees what the struct owns; runs once */
  const luaL_Reg *methods;     /* reached by obj:name() */
  const luaL_Reg *metamethods; /* without __gc, __name */
  lua_CFunction index; /* for obj[i]; its first upvalue: the methods. Or NULL */
} LtlsClass;

/* Create the metatable of 'class' in the registry. [-0, +0, m] */
void ltls_class_register(lua_State *L, const LtlsClass *class);

/* Add a method that a later layer implements. [-0, +0, m] */
void ltls_class_extend(lua_State *L, const char *class, const luaL_Reg *method);

/* Push a new object, zeroed. Fill it only with calls that cannot raise, or
** leave it so that 'free' is correct at any moment. [-0, +1, m] */
void *ltls_object_new(lua_State *L, const LtlsClass *class);

/* The object at 'arg'; raises an argument error for another type. [-0, +0, v] */
void *ltls_object_check(lua_State *L, int arg, const LtlsClass *class);

/* The same in a method of 'class', for the object that it was called on: sooner,
** since methods have the metatable as an upvalue. [-0, +0, v] */
void *ltls_object_self(lua_State *L, const LtlsClass *class);

/* The object at 'index', or NULL when it is something else. [-0, +0, m] */
void *ltls_object_test(lua_State *L, int index, const LtlsClass *class);

/* Keep the value at 'index' alive as long as the object at 'obj' is: user
** value 'slot', from 1 to 'pins'. [-0, +0, -] */
void ltls_object_pin(lua_State *L, int obj, int slot, int index);

#endif
