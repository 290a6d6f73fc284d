/*
** Secrets for other protocols, out of a connection's handshake: exported keying
** material and channel bindings.
*/

#ifndef LUATLS_EXPORTER_H
#define LUATLS_EXPORTER_H

#include <lua.h>

/* Register conn:export() and conn:channel_binding(). [-0, +0, m] */
void ltls_exporter_register(lua_State *L);

#endif
