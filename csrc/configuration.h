/*
** The options of a context.
*/

#ifndef LUATLS_CONFIGURATION_H
#define LUATLS_CONFIGURATION_H

#include <lua.h>

/* core.context(options) -> context | nil, err. Raises for options that are not
** known or not as they should be. */
int ltls_configuration_context(lua_State *L);

#endif
