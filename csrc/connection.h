/*
** Connections: "luatls.connection".
*/

#ifndef LUATLS_CONNECTION_H
#define LUATLS_CONNECTION_H

#include "engine.h"

#include <lua.h>

/* Register the class, and ctx:connection(). [-0, +0, m] */
void ltls_connection_register(lua_State *L);

/* The engine of the connection at LTLS_SELF; raises when a callback of it is
** running. [-0, +0, v] */
LtlsEngine *ltls_connection_idle(lua_State *L);

#endif
