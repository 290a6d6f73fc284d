/*
** Hosts: which server name gets what. Names are compared without case; "*."
** stands for exactly one label at the left (RFC 9525, 6.3).
*/

#ifndef LUATLS_HOSTS_H
#define LUATLS_HOSTS_H

#include "hello.h"

#include <lua.h>

/* Push our own table of options.hosts, its names checked and in lower case; 0,
** and nothing is pushed, when the option is absent. [-0, +(0|1), v] */
int ltls_hosts_read(lua_State *L, int arg);

/* Push what the table at 'hosts' has for a server name, or nil. [-0, +1, m] */
void ltls_hosts_find(lua_State *L, int hosts, LtlsSpan name);

#endif
