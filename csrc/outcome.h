/*
** Outcomes: what an engine's result is for Lua. Three shapes: a value, "not
** yet" (false and what is waited for), or a failure (nil and an error object).
*/

#ifndef LUATLS_OUTCOME_H
#define LUATLS_OUTCOME_H

#include "engine.h"

#include <lua.h>

/* What was tried: field 'phase' of an error. */
typedef enum LtlsPhase {
  LTLS_PHASE_HANDSHAKE,
  LTLS_PHASE_READ,
  LTLS_PHASE_WRITE
} LtlsPhase;

/* Return the outcome of a negative mbedTLS result; for use in 'return'. A
** failure is kept: it ends the connection. [-0, +2, m] */
int ltls_outcome(lua_State *L, LtlsEngine *engine, LtlsPhase phase, int rc);

/* When the connection has ended already, by us or by a failure, push nil and
** the reason, and return 2; else return 0. [-0, +(0|2), m] */
int ltls_outcome_ended(lua_State *L, const LtlsEngine *engine);

/* Return nil and an error that tells why this side sends no more: it has said
** so, or its keys are spent. For use in 'return'. [-0, +2, m] */
int ltls_outcome_shut_down(lua_State *L, const LtlsEngine *engine);

/* Return nil and an error of kind "closed". [-0, +2, m] */
int ltls_outcome_closed(lua_State *L, const char *text);

#endif
