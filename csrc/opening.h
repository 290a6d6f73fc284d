/*
** Opening a connection.
*/

#ifndef LUATLS_OPENING_H
#define LUATLS_OPENING_H

#include <lua.h>

/* Give contexts their method. [-0, +0, m] */
void ltls_opening_register(lua_State *L);

#endif
