/*
** Messages: what a connection over datagrams tells that one over a stream need
** not: when to call again, and how much fits into one write.
*/

#ifndef LUATLS_MESSAGE_H
#define LUATLS_MESSAGE_H

#include <lua.h>

/* Register conn:deadline() and conn:max_message(). [-0, +0, m] */
void ltls_message_register(lua_State *L);

#endif
