/*
** Verification: the verifier as Lua and mbedTLS call it.
*/

#ifndef LUATLS_VERIFY_H
#define LUATLS_VERIFY_H

#include "path.h"

#include <lua.h>

/* Read the terms that do not name somebody from the options at 'arg'. They point
** to what the table keeps that is pushed. [-0, +1, v] */
void ltls_verify_read(lua_State *L, int arg, LtlsTerms *terms);

/* Judge a chain by 'terms'; a time of 0 in them is now. */
void ltls_verify_judge(const LtlsTerms *terms, const LtlsStore *anchors,
                       const LtlsCandidates *chains, LtlsVerdict *verdict);

/* Add chain:verify(). [-0, +0, m] */
void ltls_verify_register(lua_State *L);

#endif
