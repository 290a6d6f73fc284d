/*
** The numbers in a ClientHello as words.
*/

#ifndef LUATLS_CODEPOINT_H
#define LUATLS_CODEPOINT_H

#include <lua.h>

typedef enum LtlsCodepoint {
  LTLS_VERSION,
  LTLS_SUITE,
  LTLS_GROUP,
  LTLS_SIGNATURE,
  LTLS_EXTENSION
} LtlsCodepoint;

/* Push IANA's name of a number; "GREASE:0x1a1a" for one that RFC 8701 reserves;
** "0x4469" for one without a name here. [-0, +1, m] */
void ltls_codepoint_push(lua_State *L, LtlsCodepoint kind, unsigned number);

#endif
