/*
** Connections: "luatls.connection".
*/

#ifndef LUATLS_CONNECTION_H
#define LUATLS_CONNECTION_H

#include <lua.h>

/* Register the class, and ctx:connection(). [-0, +0, m] */
void ltls_connection_register(lua_State *L);

#endif
