/*
** Resuming, as Lua sees it: what a client offers, what it is given, and who the
** peer is where no certificate was sent.
*/

#ifndef LUATLS_RESUME_H
#define LUATLS_RESUME_H

#include "engine.h"

#include <lua.h>

/* Offer options.session of the table at 'arg' to the server, before the
** handshake; it is ignored where it does not fit. The connection is on top.
** [-0, +0, v] */
void ltls_resume_offer(lua_State *L, int arg, LtlsEngine *engine);

/* Push the newest session that the server has given and return 1, or return 0.
** It is given out once. The connection is at LTLS_SELF. [-0, +(0|1), m] */
int ltls_resume_push_session(lua_State *L, LtlsEngine *engine);

/* Push the peer's chain and return 1; 0 when there is none; -1 with an error
** object on top. The connection is at LTLS_SELF. [-0, +(0|1), m] */
int ltls_resume_push_chain(lua_State *L, const LtlsEngine *engine);

#endif
