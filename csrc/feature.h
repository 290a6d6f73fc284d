/*
** What this mbedTLS can do.
*/

#ifndef LUATLS_FEATURE_H
#define LUATLS_FEATURE_H

#include <lua.h>

/* Push the table of features: name to boolean, and "mbedtls" to its version.
** [-0, +1, m] */
void ltls_feature_push_all(lua_State *L);

#endif
