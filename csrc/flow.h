/*
** Flows: the data of a connection, and its ending. All but early data flows once
** the handshake is done.
*/

#ifndef LUATLS_FLOW_H
#define LUATLS_FLOW_H

#include "engine.h"

/* A server's handshake goes on until early data can be read, or none can come any
** more; an mbedTLS result. */
int ltls_flow_await_early(LtlsEngine *engine);

/* Is there early data, or may there be, that the reader does not know of? */
int ltls_flow_has_early(const LtlsEngine *engine);

/* Decrypt until bytes can be read: their number, or an mbedTLS error. */
int ltls_flow_fill(LtlsEngine *engine);

/* Drop bytes that were read. */
void ltls_flow_consume(LtlsEngine *engine, size_t len);

/* Bytes of data that a record can have, and so a datagram. */
int ltls_flow_most(const LtlsEngine *engine);

/* Write what is left of the data, from rest_offset on; records of one call are
** sent together. 0 when all is on its way, or an mbedTLS error; COUNTER_WRAPPING
** when the keys must protect no more: close_notify was sent. Of datagrams
** BUFFER_TOO_SMALL, when it is too much for one: nothing has happened. */
int ltls_flow_write(LtlsEngine *engine, const char *data, size_t len);

/* Send close_notify; 0 or an mbedTLS error. */
int ltls_flow_shutdown(LtlsEngine *engine);

/* Renew our keys, and have the peer renew its own if 'request' is set; 0 or an
** mbedTLS error, FEATURE_UNAVAILABLE where they cannot be renewed. */
int ltls_flow_update_keys(LtlsEngine *engine, int request);

/* Why there can be no other handshake in this connection; NULL: there can. */
const char *ltls_flow_no_renegotiation(const LtlsEngine *engine);

/* Have another handshake; a server only asks for it. 0 or an mbedTLS error,
** FEATURE_UNAVAILABLE where there can be none. */
int ltls_flow_renegotiate(LtlsEngine *engine);

#endif
