/*
** Object identifiers: dotted text of any size, and the names that the
** standards give them.
*/

#ifndef LUATLS_OID_H
#define LUATLS_OID_H

#include "der.h"

#include <lua.h>

/* Push an OID in dotted form, whose numbers may be of any size ("2.25." and a
** UUID is one). 1, or 0 when it is malformed or longer than 64 bytes, and then
** nothing is pushed. [-0, +(0|1), m] */
int ltls_oid_push(lua_State *L, LtlsSlice oid);

/* As above, and push the name instead, where there is one. [-0, +(0|1), m] */
int ltls_oid_push_name(lua_State *L, LtlsSlice oid);

/* The name of a dotted OID, or NULL. It is a static string. */
const char *ltls_oid_name(const char *dotted);

/* Is it the one whose content these bytes are? */
int ltls_oid_is(LtlsSlice oid, const void *bytes, size_t len);

#endif
