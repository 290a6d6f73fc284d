/*
** Listens to the plaintext part of a handshake. It believes nothing: a stream
** that makes no sense ends the tap, and what it learned is for display only.
*/

#include "tap.h"

#include "algorithm.h"

#include <mbedtls/platform.h>
#include <string.h>

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22 }; /* ContentType */
enum { /* HandshakeType */
       SERVER_HELLO = 2,
       NEW_SESSION_TICKET = 4,
       SERVER_KEY_EXCHANGE = 12,
       SERVER_HELLO_DONE = 14
};
enum { /* ExtensionType */
       EXTENDED_MASTER_SECRET = 23,
       SESSION_TICKET = 35,
       PRE_SHARED_KEY = 41,
       SUPPORTED_VERSIONS = 43,
       KEY_SHARE = 51
};
enum { NAMED_CURVE = 3 }; /* ECCurveType */

#define MESSAGE_HEADER  4  /* type, and a length of three bytes */
#define FRAGMENT_HEADER 12 /* that, number, and where the fragment belongs */
#define MAX_RECORD      (16384 + 2048)

/* What is left of a message, never read past its end. */
typedef struct Cursor {
  const unsigned char *p;
  size_t left;
} Cursor;

static unsigned take(Cursor *cursor, size_t bytes) {
  unsigned value = 0;
  if (cursor->left < bytes) {
    cursor->left = 0;
    return 0;
  }
  cursor->left -= bytes;
  while (bytes-- > 0)
    value = value << 8 | *cursor->p++;
  return value;
}

static void skip(Cursor *cursor, size_t bytes) {
  if (cursor->left < bytes) bytes = cursor->left;
  cursor->p += bytes;
  cursor->left -= bytes;
}

/* RFC 8446, 4.1.3: in ServerHello and HelloRetryRequest the extensions
** key_share and supported_versions tell group and version; in TLS 1.2 an empty
** one, that the extended master secret is used. */
static void read_server_hello(LtlsTap *tap, Cursor body) {
  skip(&body, 2 + 32);         /* legacy_version, random */
  skip(&body, take(&body, 1)); /* session id */
  tap->has_hint = ltls_algorithm_is_psk((int)take(&body, 2));
  skip(&body, 1 + 2); /* compression, length of extensions */
  while (body.left >= 4) {
    unsigned type = take(&body, 2);
    size_t len = take(&body, 2);
    Cursor extension = {body.p, len < body.left ? len : body.left};
    if (type == KEY_SHARE) {
      tap->group = take(&extension, 2);
      tap->has_exchange = 1;
    }
    if (type == PRE_SHARED_KEY) tap->has_psk = 1;
    if (type == SUPPORTED_VERSIONS)
      tap->is_tls13 = take(&extension, 2) == 0x0304;
    if (type == EXTENDED_MASTER_SECRET) tap->has_extended_master_secret = 1;
    if (type == SESSION_TICKET) tap->owes_ticket = 1;
    skip(&body, len);
  }
}

/* RFC 5246, 7.4.3: a signature ends the message, of which 'beyond' bytes were
** not kept. Its SignatureScheme; 0 when this is not where it begins. */
static unsigned read_signature(Cursor rest, size_t beyond) {
  unsigned scheme = take(&rest, 2);
  size_t len;
  if (rest.left < 2) return 0;
  len = take(&rest, 2);
  return len == rest.left + beyond ? scheme : 0;
}

/* RFC 5489, 2; RFC 4279, 3: a hint, and then, unless the key is all there is, a
** key exchange as below that nobody signs. */
static void read_hinted_exchange(LtlsTap *tap, Cursor body) {
  skip(&body, take(&body, 2));
  tap->has_exchange = body.left > 0;
  if (take(&body, 1) == NAMED_CURVE) tap->group = take(&body, 2);
}

/* A named curve and a point (RFC 8422, 5.4), or the prime, generator and number
** of a finite field (RFC 5246, 7.4.3). What it is, its length tells. */
static void read_server_key_exchange(LtlsTap *tap, Cursor body, size_t beyond) {
  Cursor finite = body;
  unsigned curve;
  tap->has_exchange = 1;
  if (take(&body, 1) == NAMED_CURVE) {
    curve = take(&body, 2);
    skip(&body, take(&body, 1));
    tap->signature = read_signature(body, beyond);
    if (tap->signature != 0) {
      tap->group = curve;
      return;
    }
  }
  skip(&finite, take(&finite, 2));
  skip(&finite, take(&finite, 2));
  skip(&finite, take(&finite, 2));
  tap->signature = read_signature(finite, beyond);
}

static size_t message_length(const LtlsTap *tap) {
  const unsigned char *head = tap->message;
  return MESSAGE_HEADER +
         ((size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]);
}

static void message_ends(LtlsTap *tap) {
  size_t have = tap->message_have, beyond = 0;
  Cursor body;
  if (have > LTLS_TAP_ROOM) {
    beyond = have - LTLS_TAP_ROOM;
    have = LTLS_TAP_ROOM;
  }
  body.p = tap->message + MESSAGE_HEADER;
  body.left = have - MESSAGE_HEADER;
  if (tap->message[0] == SERVER_HELLO) read_server_hello(tap, body);
  if (tap->message[0] == SERVER_KEY_EXCHANGE && tap->has_hint)
    read_hinted_exchange(tap, body);
  else if (tap->message[0] == SERVER_KEY_EXCHANGE)
    read_server_key_exchange(tap, body, beyond);
  if (tap->message[0] == SERVER_HELLO_DONE) tap->is_full = 1;
  if (tap->message[0] == NEW_SESSION_TICKET) tap->owes_ticket = 0;
  tap->message_have = 0;
}

/* Handshake bytes: collect a message's start, count the rest. Returns how many
** bytes were taken: at most up to the end of the message. */
static size_t take_message(LtlsTap *tap, const unsigned char *data,
                           size_t len) {
  size_t have = tap->message_have, want = MESSAGE_HEADER - have;
  if (tap->message == NULL) tap->message = mbedtls_calloc(1, LTLS_TAP_ROOM);
  if (tap->message == NULL) {
    ltls_tap_free(tap);
    return len;
  }
  if (have >= MESSAGE_HEADER) want = message_length(tap) - have;
  if (want > len) want = len;
  if (have < LTLS_TAP_ROOM) {
    size_t room = LTLS_TAP_ROOM - have;
    memcpy(tap->message + have, data, want < room ? want : room);
  }
  tap->message_have += want;
  if (tap->message_have >= MESSAGE_HEADER &&
      tap->message_have == message_length(tap))
    message_ends(tap);
  return want;
}

/* In TLS 1.2 everything after ChangeCipherSpec is encrypted. In TLS 1.3 it means
** nothing, and may come before any message (RFC 8446, 5 and D.4). */
static int is_change(const LtlsTap *tap) {
  return tap->record[0] == CHANGE_CIPHER_SPEC && !tap->is_tls13 &&
         tap->message != NULL;
}

/* A record's header is complete. Is its payload worth reading? Encrypted records
** of TLS 1.3 look like application data. */
static void record_starts(LtlsTap *tap) {
  int type = tap->record[0];
  tap->record_left = (size_t)tap->record[3] << 8 | tap->record[4];
  if (tap->record_left > MAX_RECORD || tap->record[1] != 3 || is_change(tap) ||
      (type != CHANGE_CIPHER_SPEC && type != ALERT && type != HANDSHAKE))
    ltls_tap_free(tap);
}

/* Payload of the current record; returns how many bytes were taken. */
static size_t take_payload(LtlsTap *tap, const unsigned char *data,
                           size_t len) {
  if (len > tap->record_left) len = tap->record_left;
  if (tap->record[0] == HANDSHAKE) len = take_message(tap, data, len);
  if (tap->record[0] == ALERT && len == tap->record_left)
    tap->alert = data[len - 1]; /* level, description */
  tap->record_left -= len;
  if (tap->record_left == 0) tap->record_have = 0;
  return len;
}

void ltls_tap_init(LtlsTap *tap) {
  memset(tap, 0, sizeof(*tap));
  tap->alert = -1;
}

void ltls_tap_bytes(LtlsTap *tap, const unsigned char *data, size_t len) {
  while (len > 0 && !tap->over) {
    size_t taken = 1;
    if (tap->record_have < sizeof(tap->record)) {
      tap->record[tap->record_have++] = *data;
      if (tap->record_have == sizeof(tap->record)) record_starts(tap);
    } else
      taken = take_payload(tap, data, len);
    /* An empty record has no payload to end it. */
    if (tap->record_have == sizeof(tap->record) && tap->record_left == 0)
      tap->record_have = 0;
    data += taken;
    len -= taken;
  }
}

static void take_all(LtlsTap *tap, Cursor part) {
  while (part.left > 0 && !tap->over)
    skip(&part, take_message(tap, part.p, part.left));
}

size_t ltls_tap_fragment(LtlsTap *tap, const unsigned char *data, size_t len) {
  Cursor head = {data, MESSAGE_HEADER}, rest = {data, len}, body;
  unsigned whole, sequence, offset, part;
  if (len < FRAGMENT_HEADER) return 0;
  skip(&rest, 1);
  whole = take(&rest, 3);
  sequence = take(&rest, 2);
  offset = take(&rest, 3);
  part = take(&rest, 3);
  if (part > rest.left || offset > whole || part > whole - offset) return 0;
  body.p = rest.p;
  body.left = part;
  if (offset == 0) {
    tap->message_have = 0;
    tap->sequence = sequence;
    take_all(tap, head);
  }
  if (sequence == tap->sequence && offset + MESSAGE_HEADER == tap->message_have)
    take_all(tap, body);
  return FRAGMENT_HEADER + part;
}

void ltls_tap_free(LtlsTap *tap) {
  mbedtls_free(tap->message);
  tap->message = NULL;
  tap->over = 1;
}
