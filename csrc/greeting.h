/*
** What a client offers: a ClientHello as a table of Lua.
*/

#ifndef LUATLS_GREETING_H
#define LUATLS_GREETING_H

#include "hello.h"

#include <lua.h>

/* Push the table of a hello; raises when memory runs out. [-0, +1, m] */
void ltls_greeting_push(lua_State *L, const LtlsHello *hello);

/* Push an error of kind "parse". [-0, +1, m] */
void ltls_greeting_push_fault(lua_State *L, const char *kind,
                              const LtlsHelloFault *fault);

int ltls_greeting_parse(
    lua_State *L); /* client_hello(bytes) -> hello | nil, err */

#endif
