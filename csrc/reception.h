/*
** Reception: which context a server's connection gets, by the ClientHello.
*/

#ifndef LUATLS_RECEPTION_H
#define LUATLS_RECEPTION_H

#include "engine.h"

#include <lua.h>

/* Go on choosing the context of a connection that awaits a hello, at LTLS_SELF,
** as far as bytes go: 0 once it is chosen and mbedTLS is set up, or an mbedTLS
** error. [-0, +0, e] */
int ltls_reception_run(lua_State *L, LtlsEngine *engine);

#endif
