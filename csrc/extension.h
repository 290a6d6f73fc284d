/*
** Extensions of certificates (RFC 5280, 4.2), as methods of
** "luatls.certificate".
*/

#ifndef LUATLS_EXTENSION_H
#define LUATLS_EXTENSION_H

#include <lua.h>

/* Add the methods: cert:names(), cert:key_usage() and so on. [-0, +0, m] */
void ltls_extension_register(lua_State *L);

#endif
