/*
** The handshake, step by step.
*/

#ifndef LUATLS_HANDSHAKE_H
#define LUATLS_HANDSHAKE_H

#include "engine.h"

/* How far a handshake is to go. */
enum {
  LTLS_UNTIL_DONE,
  LTLS_UNTIL_STEP, /* was made: one */
  LTLS_UNTIL_EARLY /* data can be read, or none can come any more */
};

/* mbedTLS begins another handshake in this connection (RFC 5246, 7.4.1.1). */
void ltls_handshake_begin_again(LtlsEngine *engine);

/* So much of the handshake, as far as bytes go; an mbedTLS result. */
int ltls_handshake_run(LtlsEngine *engine, int until);

#endif
