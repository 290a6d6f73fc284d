/*
** The one way from inside mbedTLS into Lua.
*/

#ifndef LUATLS_TRAMPOLINE_H
#define LUATLS_TRAMPOLINE_H

#include <lua.h>

#define LTLS_TRAMPOLINE_STACK 8 /* slots that the caller of mbedTLS reserves */

/* Run 'body' protected; its arguments are 'data' as light userdata and the
** object at stack index 'obj'. A Lua error (a yield is one) ends here and never crosses mbedTLS' frames: it
** becomes user value 'pin' of that object, and the result is 0. Otherwise the result is 1. Allocates nothing itself. [-0, +0, -] */
int ltls_trampoline(lua_State *L, int obj, int pin, lua_CFunction body,
                    void *data);

#endif
