/*
** Sessions as bytes, to be kept in a file or given to another process.
*/

#ifndef LUATLS_SAVED_H
#define LUATLS_SAVED_H

#include <lua.h>

/* session.load(bytes[, key]) -> session | nil, err */
int ltls_saved_load(lua_State *L);

/* Add session:save(). [-0, +0, m] */
void ltls_saved_register(lua_State *L);

#endif
