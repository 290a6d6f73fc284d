/*
** Renewing a connection that lives long, as Lua asks for it.
*/

#ifndef LUATLS_RENEWAL_H
#define LUATLS_RENEWAL_H

#include <lua.h>

/* Register conn:update_keys(). [-0, +0, m] */
void ltls_renewal_register(lua_State *L);

#endif
