/*
** What a connection sends: data, and that there is no more.
*/

#ifndef LUATLS_OUTPUT_H
#define LUATLS_OUTPUT_H

#include <lua.h>

/* Register conn:write() and conn:shutdown(). [-0, +0, m] */
void ltls_output_register(lua_State *L);

#endif
