/*
** What a connection tells about itself: the table of conn:info().
*/

#ifndef LUATLS_INFO_H
#define LUATLS_INFO_H

#include "engine.h"

#include <lua.h>

/* info(conn) -> table */
void ltls_info_push(lua_State *L, const LtlsEngine *engine);

#endif
