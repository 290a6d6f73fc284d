/*
** General names (RFC 5280, 4.2.1.6), of every kind, as values of Lua: a table
** of lists by kind.
*/

#ifndef LUATLS_GENERAL_H
#define LUATLS_GENERAL_H

#include "der.h"

#include <lua.h>

/* Push {dns=, ip=, email=, uri=, directory=, registered_id=, other=, x400=,
** edi_party=} for the GeneralNames in 'list', the content of their SEQUENCE. 1,
** or 0 when one is malformed: the stack has grown then. [-0, +n, m] */
int ltls_general_push_names(lua_State *L, LtlsSlice list);

/* The same for GeneralSubtrees (RFC 5280, 4.2.1.10): an address comes with the
** length of its prefix, "10.0.0.0/8". */
int ltls_general_push_subtrees(lua_State *L, LtlsSlice list);

#endif
