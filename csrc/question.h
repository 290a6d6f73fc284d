/*
** Questions: what the handshake must ask of a function of the user. The
** function runs outside mbedTLS, where it may take its time and yield:
** handshake() says "callback", the caller runs conn:callback(), and calls
** handshake() again.
*/

#ifndef LUATLS_QUESTION_H
#define LUATLS_QUESTION_H

#include "engine.h"

#include <lua.h>

/* What an engine returns when it waits for an answer. */
#define LTLS_WANT_ANSWER MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS

/* engine->question points to one while the engine waits. In both functions the
** connection is at LTLS_SELF. */
struct LtlsQuestion {
  const char *option; /* what the user calls the function: "on_client_hello" */

  /* Push the function and its arguments, return their number. [-0, +n+1, e] */
  int (*ask)(lua_State *L, LtlsEngine *engine);

  /* The function's two results are on top. Take them into the engine and return
  ** 0; or push an error object and return the alert that ends the handshake.
  ** [-0, +(0|1), e] */
  int (*answer)(lua_State *L, LtlsEngine *engine);
};

/* End the handshake with an alert, for the error object on top. The handshake
** sends the one and returns the other. [-1, +0, -] */
void ltls_question_refuse(lua_State *L, LtlsEngine *engine, int alert);

/* Run the function that the connection at LTLS_SELF waits for; for use in
** 'return', as it may yield. Raises when there is none. [-*, +0, e] */
int ltls_question_run(lua_State *L, LtlsEngine *engine);

#endif
