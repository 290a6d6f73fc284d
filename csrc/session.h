/*
** Sessions: what a client keeps of a connection to resume it, "luatls.session".
** It is good for the same peer and for contexts that demand the same only.
*/

#ifndef LUATLS_SESSION_H
#define LUATLS_SESSION_H

#include "mbed.h"

#include <lua.h>

enum { LTLS_SESSION_CHAIN = 1, LTLS_SESSION_NAME, LTLS_SESSION_PINS = 2 };

typedef struct LtlsSession {
  mbedtls_ssl_session state;
  unsigned char bond[32]; /* of the context that made it */
  int is_verified;        /* the peer was */
} LtlsSession;

/* Register the class. [-0, +0, m] */
void ltls_session_register(lua_State *L);

/* The session at 'index', or NULL for another value. [-0, +0, m] */
const LtlsSession *ltls_session_test(lua_State *L, int index);

/* Push a new session, whose state is empty. [-0, +1, m] */
LtlsSession *ltls_session_new(lua_State *L);

#endif
