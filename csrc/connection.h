/*
** Connections: "luatls.connection".
*/

#ifndef LUATLS_CONNECTION_H
#define LUATLS_CONNECTION_H

#include "engine.h"
#include "outcome.h"

#include <lua.h>

/* Register the class. [-0, +0, m] */
void ltls_connection_register(lua_State *L);

/* Push a connection of a context, which the caller pins, over a descriptor, or
** over memory: -1. mbedTLS knows nothing of it yet. [-0, +1, m] */
LtlsEngine *ltls_connection_create(lua_State *L, LtlsContext *context, int fd);

/* The engine of the connection at LTLS_SELF; raises when a callback of it is
** running. [-0, +0, v] */
LtlsEngine *ltls_connection_idle(lua_State *L);

/* Is there an outcome already, before mbedTLS is asked? It is pushed then, and
** its number of values returned. [-0, +(0|2), v] */
int ltls_connection_decided(lua_State *L, LtlsEngine *engine);

/* Every way into mbedTLS begins and ends so; between them nothing may raise. */
void ltls_connection_enter(lua_State *L, LtlsEngine *engine);
void ltls_connection_leave(LtlsEngine *engine);

/* The last thing that a method does after that, its results on the stack: tell
** the user's function what was logged. That one may raise, use the connection,
** and close it. Gives the number of results. [-0, +0, e] */
int ltls_connection_tell(lua_State *L, LtlsEngine *engine, int results);

/* ltls_outcome, told so. [-0, +2, e] */
int ltls_connection_outcome(lua_State *L, LtlsEngine *engine, LtlsPhase phase,
                            int rc);

#endif
