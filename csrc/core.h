/*
** The door of the C module.
*/

#ifndef LUATLS_CORE_H
#define LUATLS_CORE_H

#include <lauxlib.h>
#include <lua.h>

/* The only symbol that the library exports. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_luatls_core(lua_State *L);

#endif
