/*
** Peeks: the ClientHello of a connection, before mbedTLS sees it. The bytes stay
** where they are; mbedTLS reads them afterwards as if nobody had looked.
*/

#ifndef LUATLS_PEEK_H
#define LUATLS_PEEK_H

#include "hello.h"
#include "transport.h"

typedef struct LtlsPeek {
  LtlsBuffer message;      /* the handshake message, record headers gone */
  size_t seen;             /* bytes of the transport's that were looked at */
  unsigned char header[5]; /* of the record that begins (RFC 8446, 5.1) */
  size_t have;             /* bytes of it */
  size_t left;             /* bytes of its payload that are to come */
  int alert;               /* why it failed; 0: it did not, or not by TLS */
  const char *what;        /* the same as a sentence: "the client …" */
} LtlsPeek;

/* Look at what has come: 0 when the message is complete, MBEDTLS_ERR_SSL_WANT_READ,
** or another mbedTLS error. */
int ltls_peek(LtlsPeek *peek, LtlsTransport *transport);

/* The complete message, with its header of four bytes. */
LtlsSpan ltls_peek_message(const LtlsPeek *peek);

void ltls_peek_free(LtlsPeek *peek);

#endif
