/*
** Extensions of certificates (RFC 5280, 4.2), as methods of
** "luatls.certificate".
*/

#ifndef LUATLS_EXTENSION_H
#define LUATLS_EXTENSION_H

#include <lua.h>

/* Add cert:key_usage(), extended_key_usage() and extensions(). [-0, +0, m] */
void ltls_extension_register(lua_State *L);

#endif
