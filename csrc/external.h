/*
** External keys: keys that are not in this process' memory. Of such a key there
** is the public half, and a function of the user that has somebody sign.
*/

#ifndef LUATLS_EXTERNAL_H
#define LUATLS_EXTERNAL_H

#include <lua.h>

/* external{public=, sign=} -> key | nil, err */
int ltls_external_key(lua_State *L);

#endif
