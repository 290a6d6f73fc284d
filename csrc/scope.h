/*
** Scopes: the extensions by which an authority limits what is valid below it,
** decoded: name constraints and policies (RFC 5280, 4.2.1.4, 4.2.1.5 and
** 4.2.1.10 to 4.2.1.14). Each is an LtlsDecoder.
*/

#ifndef LUATLS_SCOPE_H
#define LUATLS_SCOPE_H

#include "decode.h"

int ltls_scope_name_constraints(lua_State *L, LtlsSlice value);
int ltls_scope_policies(lua_State *L, LtlsSlice value);
int ltls_scope_policy_mappings(lua_State *L, LtlsSlice value);
int ltls_scope_policy_constraints(lua_State *L, LtlsSlice value);
int ltls_scope_inhibit_any_policy(lua_State *L, LtlsSlice value);

#endif
