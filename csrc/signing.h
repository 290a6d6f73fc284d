/*
** Signatures by external keys: the handshake asks the key's function for each
** of its own, as a question.
*/

#ifndef LUATLS_SIGNING_H
#define LUATLS_SIGNING_H

#include "context.h"

/* Have the connections of a new context ask external keys, and note which
** certificate a server has shown. */
void ltls_signing_attach(LtlsContext *context);

#endif
