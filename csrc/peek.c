/*
** Peeks. Records are taken apart byte by byte, so that it does not matter in
** which pieces they come. What cannot begin a handshake is refused here: mbedTLS
** would skip some of it (warning alerts, say) and then read a hello that nobody
** has looked at.
*/

#include "peek.h"

#include "mbed.h"

enum { HANDSHAKE = 22, CLIENT_HELLO = 1, HEAD = 4 };
enum { UNEXPECTED_MESSAGE = 10, RECORD_OVERFLOW = 22, DECODE_ERROR = 50 };
enum { PROTOCOL_VERSION = 70, MAX_RECORD = 16384 };

/* Bytes of a hello, and of the records that carry it: tiny records must not fill
** the transport before the message is complete. */
#define MAX_MESSAGE ((size_t)65536)
#define MAX_SEEN    ((size_t)131072)

static int fail(LtlsPeek *peek, int alert, const char *what) {
  peek->alert = alert;
  peek->what = what;
  return MBEDTLS_ERR_SSL_INVALID_RECORD;
}

/* A type of RFC 8446, 5.1, or Heartbeat's? Else the peer does not speak TLS,
** and would not understand an alert. */
static int is_record(const unsigned char *header) {
  return header[0] >= 20 && header[0] <= 24;
}

static int check_header(LtlsPeek *peek) {
  const unsigned char *header = peek->header;
  peek->left = (size_t)header[3] << 8 | (size_t)header[4];
  if (!is_record(header)) return MBEDTLS_ERR_SSL_INVALID_RECORD; /* no alert */
  if (header[0] != HANDSHAKE)
    return fail(peek, UNEXPECTED_MESSAGE,
                "the client did not begin with a ClientHello");
  if (header[1] != 3)
    return fail(peek, PROTOCOL_VERSION,
                "the client's record is of an unknown version");
  if (peek->left == 0) /* RFC 8446, 5.1 */
    return fail(peek, UNEXPECTED_MESSAGE, "the client sent an empty record");
  if (peek->left > MAX_RECORD)
    return fail(peek, RECORD_OVERFLOW, "the client sent a record over 16 KB");
  return 0;
}

static int take_header(LtlsPeek *peek, unsigned char byte) {
  peek->header[peek->have++] = byte;
  if (peek->have < sizeof(peek->header)) return 0;
  peek->have = 0;
  return check_header(peek);
}

/* Bytes of the whole message; 0 while its header is not there. */
static size_t message_length(const LtlsPeek *peek) {
  const unsigned char *head = peek->message.data;
  if (ltls_buffer_length(&peek->message) < HEAD) return 0;
  return HEAD +
         ((size_t)head[1] << 16 | (size_t)head[2] << 8 | (size_t)head[3]);
}

static int take_payload(LtlsPeek *peek, const unsigned char *bytes,
                        size_t len) {
  if (!ltls_buffer_append(&peek->message, bytes, len))
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  peek->left -= len;
  if (peek->message.data[0] != CLIENT_HELLO)
    return fail(peek, UNEXPECTED_MESSAGE,
                "the client did not begin with a ClientHello");
  if (message_length(peek) > MAX_MESSAGE)
    return fail(peek, DECODE_ERROR, "the client sent a ClientHello over 64 KB");
  return 0;
}

static int is_complete(const LtlsPeek *peek) {
  size_t len = message_length(peek);
  return len > 0 && ltls_buffer_length(&peek->message) >= len;
}

static int take(LtlsPeek *peek, const unsigned char *bytes, size_t len) {
  int rc = 0;
  peek->seen += len;
  while (rc == 0 && len > 0 && !is_complete(peek)) {
    size_t part = len < peek->left ? len : peek->left;
    if (part > 0)
      rc = take_payload(peek, bytes, part);
    else {
      rc = take_header(peek, *bytes);
      part = 1;
    }
    bytes += part;
    len -= part;
  }
  return rc;
}

static int look(LtlsPeek *peek, LtlsTransport *transport) {
  const unsigned char *bytes;
  int got = ltls_transport_preview(transport, peek->seen, &bytes);
  if (got < 0) return got;
  got = take(peek, bytes, (size_t)got);
  if (got == 0 && peek->seen > MAX_SEEN && !is_complete(peek))
    return fail(peek, DECODE_ERROR,
                "the client sent its ClientHello in too many records");
  return got;
}

/* The first bytes count as received: by them the error tells what the peer
** speaks. */
static void give_up(const LtlsPeek *peek, LtlsTransport *transport) {
  unsigned char first[sizeof(transport->first)];
  if (peek->seen > 0)
    (void)ltls_transport_receive(transport, first, sizeof(first));
}

int ltls_peek(LtlsPeek *peek, LtlsTransport *transport) {
  int rc = 0;
  while (rc == 0 && !is_complete(peek))
    rc = look(peek, transport);
  if (rc != 0 && rc != MBEDTLS_ERR_SSL_WANT_READ) give_up(peek, transport);
  return rc;
}

LtlsSpan ltls_peek_message(const LtlsPeek *peek) {
  LtlsSpan message = {peek->message.data, message_length(peek)};
  return message;
}

void ltls_peek_free(LtlsPeek *peek) {
  ltls_buffer_free(&peek->message);
}
