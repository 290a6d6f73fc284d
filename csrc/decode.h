/*
** Extensions of certificates (RFC 5280, 4.2), found and decoded into values of
** Lua.
*/

#ifndef LUATLS_DECODE_H
#define LUATLS_DECODE_H

#include "der.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* One extension, as it stands there. */
typedef struct LtlsExtension {
  LtlsSlice oid, value; /* the value is the content of extnValue */
  int critical;
} LtlsExtension;

/* The extensions of a certificate, still to be taken off; 0 when the list is
** malformed. A certificate without any has an empty list. */
int ltls_decode_extensions(const mbedtls_x509_crt *crt, LtlsSlice *list);

/* Take one off the front; 0 when it is malformed. */
int ltls_decode_extension(LtlsSlice *list, LtlsExtension *extension);

/* The first extension of that name, which stands in 'oid.c'. 1, 0 when there
** is none, -1 when the list is malformed. */
int ltls_decode_find(lua_State *L, const mbedtls_x509_crt *crt,
                     const char *name, LtlsSlice *value);

/* Push the value of an extension, and return 1; or return 0 when it is
** malformed: the stack has grown then. [-0, +n, m] */
typedef int (*LtlsDecoder)(lua_State *L, LtlsSlice value);

int ltls_decode_key_usage(lua_State *L, LtlsSlice value);
int ltls_decode_purposes(lua_State *L, LtlsSlice value);
int ltls_decode_basic_constraints(lua_State *L, LtlsSlice value);
int ltls_decode_names(lua_State *L, LtlsSlice value);
int ltls_decode_subject_key_id(lua_State *L, LtlsSlice value);
int ltls_decode_authority_key_id(lua_State *L, LtlsSlice value);
int ltls_decode_tls_feature(lua_State *L, LtlsSlice value);
int ltls_decode_sct_list(lua_State *L, LtlsSlice value);

/* For decoders: take an element off 'list' and push it; 0 when malformed. */
typedef int (*LtlsDecodeItem)(lua_State *L, LtlsSlice *list);

/* Push an array of what is in the SEQUENCE that 'value' must be. It has at
** least one element, as all the lists of RFC 5280. */
int ltls_decode_array(lua_State *L, LtlsSlice value, LtlsDecodeItem item);

/* Push an array of the names of those bits of a BIT STRING that are set. Bits
** that have no name are left out. */
int ltls_decode_bits(lua_State *L, LtlsSlice bits, const char *const names[]);

/* Take a whole number off, 0 or more; 0 when it is none, or beyond 2^56. */
int ltls_decode_number(LtlsSlice *from, int tag, lua_Integer *number);

#endif
