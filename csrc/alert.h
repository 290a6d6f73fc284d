/*
** The alert that a failure deserves, where mbedTLS ends a connection without a
** word (RFC 5246, 7.2 and RFC 8446, 6.2 demand one).
*/

#ifndef LUATLS_ALERT_H
#define LUATLS_ALERT_H

#include "engine.h"

/* Send it, as far as it goes, for a negative result of mbedTLS: not to who has
** gone, nor to who may not speak TLS at all. Calls no Lua. */
void ltls_alert_send(LtlsEngine *engine, int rc);

#endif
