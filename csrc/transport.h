/*
** Where the bytes of a connection come from and go to: memory, a stream or
** datagrams, or the descriptor of a stream's socket.
*/

#ifndef LUATLS_TRANSPORT_H
#define LUATLS_TRANSPORT_H

#include "datagram.h"
#include "descriptor.h"
#include "tap.h"

#include <stdint.h>

/* TLS records of one direction (RFC 8446, 5.1), counted as their headers go by. */
typedef struct LtlsRecords {
  uint64_t count;
  unsigned char header[5]; /* of the record that begins */
  size_t have;             /* bytes of it */
  size_t left;             /* bytes of its payload that are to come */
} LtlsRecords;

typedef struct LtlsTransport {
  LtlsDescriptor descriptor; /* without one: memory */
  int is_datagram;           /* memory: 'in' and 'out' are queues of them */
  LtlsBuffer in;             /* memory: fed and not read yet */
  LtlsBuffer out;            /* memory: written and not drained yet */
  int ended;                 /* the peer's end of stream was reached */
  int is_deaf;               /* nothing is to be received for now */
  uint64_t bytes_in;         /* taken from the peer */
  uint64_t bytes_out;        /* given to the peer */
  LtlsRecords records_in;
  LtlsRecords records_out;
  unsigned turns;         /* how often an answer came to what was sent */
  int awaits_answer;      /* something was sent since the last bytes came */
  unsigned char first[5]; /* the peer's first bytes: is that TLS at all? */
  LtlsTap heard;          /* what the peer says in plaintext */
  LtlsTap said;           /* what we say in plaintext */
} LtlsTransport;

void ltls_transport_init(LtlsTransport *transport, int fd);
void ltls_transport_free(LtlsTransport *transport);

/* Take bytes that came from the peer: as many as there is room for, but a
** datagram whole or not at all. Returns how many, or -1 when there is no
** memory. */
long ltls_transport_feed(LtlsTransport *transport, const char *data,
                         size_t len);

/* mbedTLS' f_send and f_recv; 'data' is the LtlsTransport. Call no Lua. */
int ltls_transport_send(void *data, const unsigned char *bytes, size_t len);
int ltls_transport_receive(void *data, unsigned char *bytes, size_t len);

/* Show what waits behind the first 'seen' bytes that were not received yet,
** fetching some when there is nothing: how many, or an mbedTLS error. */
int ltls_transport_preview(LtlsTransport *transport, size_t seen,
                           const unsigned char **bytes);

#endif
