/*
** Where the bytes of a connection come from and go to, and what is told about
** them as they pass.
*/

#include "transport.h"

#include "mbed.h"

#include <mbedtls/net_sockets.h>
#include <string.h>

#define HIGH_WATER ((size_t)256 * 1024) /* bytes that may lie in a buffer */

void ltls_transport_init(LtlsTransport *transport, int fd) {
  memset(transport, 0, sizeof(*transport));
  ltls_descriptor_init(&transport->descriptor, fd);
  ltls_tap_init(&transport->heard);
  ltls_tap_init(&transport->said);
}

void ltls_transport_free(LtlsTransport *transport) {
  ltls_descriptor_free(&transport->descriptor);
  ltls_buffer_free(&transport->in);
  ltls_buffer_free(&transport->out);
  ltls_tap_free(&transport->heard);
  ltls_tap_free(&transport->said);
}

static long feed_datagram(LtlsTransport *transport, const char *data,
                          size_t len) {
  if (ltls_buffer_length(&transport->in) + len > HIGH_WATER) return 0;
  return ltls_datagram_put(&transport->in, data, len) ? (long)len : -1;
}

long ltls_transport_feed(LtlsTransport *transport, const char *data,
                         size_t len) {
  size_t waiting = ltls_buffer_length(&transport->in);
  size_t room = waiting < HIGH_WATER ? HIGH_WATER - waiting : 0;
  if (transport->is_datagram) return feed_datagram(transport, data, len);
  if (len > room) len = room;
  if (!ltls_buffer_append(&transport->in, data, len)) return -1;
  return (long)len;
}

static int is_memory(const LtlsTransport *transport) {
  return transport->descriptor.fd < 0;
}

/* Bytes of a header: how many there were. */
static size_t take_header(LtlsRecords *records, const unsigned char *bytes,
                          size_t len) {
  size_t missing = sizeof(records->header) - records->have;
  if (len > missing) len = missing;
  memcpy(records->header + records->have, bytes, len);
  records->have += len;
  if (len < missing) return len;
  records->left = (size_t)records->header[3] << 8 | (size_t)records->header[4];
  records->have = 0;
  records->count++;
  return len;
}

static void count_records(LtlsRecords *records, const unsigned char *bytes,
                          size_t len) {
  while (len > 0) {
    size_t part = len < records->left ? len : records->left;
    if (part == 0)
      part = take_header(records, bytes, len);
    else
      records->left -= part;
    bytes += part;
    len -= part;
  }
}

/* What is told of bytes that pass. */
static void observe(const LtlsTransport *transport, LtlsTap *tap,
                    LtlsRecords *records, const unsigned char *bytes,
                    size_t len) {
  if (transport->is_datagram) {
    records->count += ltls_datagram_tap(tap, bytes, len);
    return;
  }
  if (!tap->over) ltls_tap_bytes(tap, bytes, len);
  count_records(records, bytes, len);
}

static int send_memory(LtlsTransport *transport, const unsigned char *bytes,
                       size_t len) {
  if (ltls_buffer_length(&transport->out) >= HIGH_WATER)
    return MBEDTLS_ERR_SSL_WANT_WRITE;
  if (!(transport->is_datagram
            ? ltls_datagram_put(&transport->out, bytes, len)
            : ltls_buffer_append(&transport->out, bytes, len)))
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  return (int)len;
}

int ltls_transport_send(void *data, const unsigned char *bytes, size_t len) {
  LtlsTransport *transport = data;
  int sent = is_memory(transport)
                 ? send_memory(transport, bytes, len)
                 : ltls_descriptor_send(&transport->descriptor, bytes, len);
  if (sent <= 0) return sent;
  observe(transport, &transport->said, &transport->records_out, bytes,
          (size_t)sent);
  transport->awaits_answer = 1;
  transport->bytes_out += (uint64_t)sent;
  return sent;
}

/* One datagram; one that is larger than mbedTLS' buffer can be no record. */
static int receive_datagram(LtlsTransport *transport, unsigned char *bytes,
                            size_t len) {
  const unsigned char *first;
  size_t size;
  while ((size = ltls_datagram_first(&transport->in, &first)) > len)
    ltls_datagram_drop(&transport->in);
  if (size == 0) return transport->ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
  memcpy(bytes, first, size);
  ltls_datagram_drop(&transport->in);
  return (int)size;
}

static int receive_memory(LtlsTransport *transport, unsigned char *bytes,
                          size_t len) {
  size_t waiting = ltls_buffer_length(&transport->in);
  if (transport->is_datagram) return receive_datagram(transport, bytes, len);
  if (waiting == 0) return transport->ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
  if (len > waiting) len = waiting;
  memcpy(bytes, transport->in.data + transport->in.start, len);
  ltls_buffer_consume(&transport->in, len);
  return (int)len;
}

static int ended(LtlsTransport *transport) {
  transport->ended = 1;
  return MBEDTLS_ERR_NET_CONN_RESET;
}

static void remember_first(LtlsTransport *transport, const unsigned char *bytes,
                           size_t len) {
  size_t have = (size_t)transport->bytes_in;
  size_t room = sizeof(transport->first) - have;
  memcpy(transport->first + have, bytes, len < room ? len : room);
}

/* The end of the stream is remembered and reported by a code of its own: for
** a plain 0, mbedTLS' read returns 0 as it does for an empty read. */
int ltls_transport_receive(void *data, unsigned char *bytes, size_t len) {
  LtlsTransport *transport = data;
  int got;
  if (transport->is_deaf) return MBEDTLS_ERR_SSL_WANT_READ;
  got = is_memory(transport)
            ? receive_memory(transport, bytes, len)
            : ltls_descriptor_receive(&transport->descriptor, bytes, len);
  if (got == 0) return ended(transport);
  if (got < 0) return got;
  if (transport->bytes_in < sizeof(transport->first))
    remember_first(transport, bytes, (size_t)got);
  observe(transport, &transport->heard, &transport->records_in, bytes,
          (size_t)got);
  if (transport->awaits_answer) transport->turns++;
  transport->awaits_answer = 0;
  transport->bytes_in += (uint64_t)got;
  return got;
}

int ltls_transport_preview(LtlsTransport *transport, size_t seen,
                           const unsigned char **bytes) {
  LtlsBuffer *in =
      is_memory(transport) ? &transport->in : &transport->descriptor.ahead;
  int got = 1;
  if (ltls_buffer_length(in) <= seen) {
    if (!is_memory(transport))
      got = ltls_descriptor_fetch(&transport->descriptor);
    else
      got = transport->ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
  }
  if (got <= 0) ltls_buffer_consume(in, 0);
  if (got == 0) return ended(transport);
  if (got < 0) return got;
  *bytes = in->data + in->start + seen;
  return (int)(ltls_buffer_length(in) - seen);
}
