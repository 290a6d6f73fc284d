/*
** Datagrams. In a queue, two bytes with its length stand before each. Nothing
** here is believed: bytes that make no sense end a datagram.
*/

#include "datagram.h"

#include <string.h>

#define PREFIX  2      /* bytes of a length in a queue */
#define LARGEST 0xffff /* bytes of a datagram */
#define HEADER  13     /* of a record: type, version, epoch, number, length */

enum { ALERT = 21, HANDSHAKE = 22 }; /* ContentType */

static size_t read_length(const unsigned char *bytes) {
  return (size_t)bytes[0] << 8 | bytes[1];
}

int ltls_datagram_put(LtlsBuffer *queue, const void *bytes, size_t len) {
  unsigned char *room;
  if (len == 0 || len > LARGEST) return 1;
  room = ltls_buffer_room(queue, PREFIX + len);
  if (room == NULL) return 0;
  room[0] = (unsigned char)(len >> 8);
  room[1] = (unsigned char)len;
  memcpy(room + PREFIX, bytes, len);
  queue->end += PREFIX + len;
  return 1;
}

size_t ltls_datagram_first(const LtlsBuffer *queue,
                           const unsigned char **bytes) {
  const unsigned char *start;
  if (ltls_buffer_length(queue) == 0) return 0;
  start = queue->data + queue->start;
  *bytes = start + PREFIX;
  return read_length(start);
}

void ltls_datagram_drop(LtlsBuffer *queue) {
  const unsigned char *bytes;
  size_t len = ltls_datagram_first(queue, &bytes);
  if (len > 0) ltls_buffer_consume(queue, PREFIX + len);
}

/* The payload of a record that is not encrypted. */
static void tap_record(LtlsTap *tap, int type, const unsigned char *payload,
                       size_t len) {
  if (type == ALERT && len == 2) tap->alert = payload[1];
  while (type == HANDSHAKE && len > 0) {
    size_t taken = ltls_tap_fragment(tap, payload, len);
    if (taken == 0) return;
    payload += taken;
    len -= taken;
  }
}

unsigned ltls_datagram_tap(LtlsTap *tap, const unsigned char *bytes,
                           size_t len) {
  unsigned count = 0;
  while (len >= HEADER) {
    size_t payload = read_length(bytes + HEADER - 2);
    int epoch = bytes[3] << 8 | bytes[4];
    if (payload > len - HEADER) break;
    count++;
    if (epoch == 0 && !tap->over)
      tap_record(tap, bytes[0], bytes + HEADER, payload);
    bytes += HEADER + payload;
    len -= HEADER + payload;
  }
  return count;
}
