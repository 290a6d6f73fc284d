/*
** Stages: how far a handshake has come, under the names that RFC 5246 and RFC 8446
** give to its messages.
*/

#ifndef LUATLS_STAGE_H
#define LUATLS_STAGE_H

#include "engine.h"

/* The message that is to be sent or to come next, if it comes at all; "start",
** and "connected" when all is done. Never NULL. */
const char *ltls_stage_name(const LtlsEngine *engine);

/* The one that a step has failed in. */
const char *ltls_stage_failed(const LtlsEngine *engine);

#endif
