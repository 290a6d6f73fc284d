/*
** Attributes of distinguished names (RFC 5280, 4.1.2.4), as values and as text
** (RFC 4514). Here a name is its whole DER, with the outer SEQUENCE.
*/

#ifndef LUATLS_ATTRIBUTE_H
#define LUATLS_ATTRIBUTE_H

#include "der.h"

#include <lua.h>

/* Push "CN=www.example.org, O=Example", UTF-8 without control characters. 1,
** or 0 when the name is malformed: the stack has grown then. [-0, +n, m] */
int ltls_attribute_push_text(lua_State *L, LtlsSlice name);

/* Push an array of {type=, oid=, value=, rdn=}; results as above. */
int ltls_attribute_push_list(lua_State *L, LtlsSlice name);

/* Push the text of an ASN.1 string as UTF-8, whatever its type says; 0, and
** nothing is pushed, when 'tag' is no string. [-0, +(0|1), m] */
int ltls_attribute_push_string(lua_State *L, int tag, LtlsSlice text);

/* Replace the UTF-8 string on top by one in which control characters, which a
** terminal would obey, are hex: "\1B". [-1, +1, m] */
void ltls_attribute_clean(lua_State *L);

#endif
