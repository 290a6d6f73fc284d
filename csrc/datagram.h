/*
** Datagrams: queues that keep where each begins and ends, and what is told of
** those that pass (RFC 6347, 4.1 and 4.2.2).
*/

#ifndef LUATLS_DATAGRAM_H
#define LUATLS_DATAGRAM_H

#include "bytes.h"
#include "tap.h"

#include <stdint.h>

/* Append one to a queue; 0 when there is no memory. UDP has none larger than
** 65535 bytes, and empty ones mean nothing: such are dropped. */
int ltls_datagram_put(LtlsBuffer *queue, const void *bytes, size_t len);

/* The first of a queue, which stays there: its length, or 0 when there is
** none. */
size_t ltls_datagram_first(const LtlsBuffer *queue,
                           const unsigned char **bytes);

/* Take the first one off the queue. */
void ltls_datagram_drop(LtlsBuffer *queue);

/* Let a tap hear the plaintext of a datagram that passes. Returns how many
** records it has. */
unsigned ltls_datagram_tap(LtlsTap *tap, const unsigned char *bytes,
                           size_t len);

#endif
