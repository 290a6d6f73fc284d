/*
** Sessions: what a client keeps of a connection to resume it, "luatls.session".
** It is good for the same peer and for contexts that demand the same only.
*/

#ifndef LUATLS_SESSION_H
#define LUATLS_SESSION_H

#include "envelope.h"

#include <lua.h>

/* User values of a session. */
enum {
  LTLS_SESSION_CHAIN = 1,   /* luatls.chain, or nil */
  LTLS_SESSION_NAME,        /* string: who the peer must be, or nil */
  LTLS_SESSION_SERVER_NAME, /* string: what was sent as server name, or nil */
  LTLS_SESSION_PINS = LTLS_SESSION_SERVER_NAME
};

typedef struct LtlsSession {
  mbedtls_ssl_session state;
  LtlsOrigin origin;
  unsigned char bond[32]; /* of the context that made it */
} LtlsSession;

/* Register the class. [-0, +0, m] */
void ltls_session_register(lua_State *L);

LtlsSession *ltls_session_check(lua_State *L, int arg);

/* The session at 'index', or NULL for another value. [-0, +0, m] */
const LtlsSession *ltls_session_test(lua_State *L, int index);

/* Push a new session, whose state is empty. [-0, +1, m] */
LtlsSession *ltls_session_new(lua_State *L);

/* When it is of no more use, in Unix seconds: the server's ticket has expired,
** or the peer's certificates have. */
uint64_t ltls_session_expiry(const LtlsSession *session);

#endif
