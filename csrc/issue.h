/*
** Issuing: what a certification authority does (RFC 5280).
*/

#ifndef LUATLS_ISSUE_H
#define LUATLS_ISSUE_H

#include <lua.h>

/* issue(options) -> certificate | nil, err */
int ltls_issue(lua_State *L);

#endif
