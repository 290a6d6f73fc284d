/*
** Reading a ClientHello. All reading is done by two functions that never go
** past the end of their span; every length must fit to the byte. What the
** standards let a server ignore is ignored: extensions that are not known here,
** and numbers that are not assigned.
*/

#include "hello.h"

#include <string.h>

enum { CLIENT_HELLO = 1 };                          /* HandshakeType */
enum { HOST_NAME = 0 };                             /* NameType */
enum { ILLEGAL_PARAMETER = 47, DECODE_ERROR = 50 }; /* AlertDescription */
enum { RANDOM = 32, MAX_SESSION_ID = 32, MAX_HOST_NAME = 255 }; /* bytes */
enum {
  GROUPS = 10,
  SIGNATURE_ALGORITHMS = 13,
  PRE_SHARED_KEY = 41,
  EARLY_DATA = 42,
  SUPPORTED_VERSIONS = 43,
  KEY_SHARE = 51
}; /* ExtensionType */

typedef struct Parser {
  LtlsHello *hello;
  LtlsHelloFault *fault;
  const unsigned char *start; /* of the message */
  const char *field;          /* that is being read */
  int is_datagram;            /* of DTLS 1.2 */
} Parser;

/* Note what is wrong with the current field, at 'p'; returns 0. */
static int fail(const Parser *parser, const unsigned char *p,
                const char *what) {
  parser->fault->field = parser->field;
  parser->fault->what = what;
  parser->fault->offset = (size_t)(p - parser->start);
  parser->fault->alert = DECODE_ERROR;
  return 0;
}

/* As above, for what can be decoded but must not be so (RFC 8446, 6.2). */
static int forbid(const Parser *parser, const unsigned char *p,
                  const char *what) {
  fail(parser, p, what);
  parser->fault->alert = ILLEGAL_PARAMETER;
  return 0;
}

int ltls_hello_number(LtlsSpan *from, size_t size, unsigned *value) {
  size_t i;
  if (from->len < size) return 0;
  *value = 0;
  for (i = 0; i < size; i++)
    *value = *value << 8 | from->p[i];
  from->p += size;
  from->len -= size;
  return 1;
}

int ltls_hello_vector(LtlsSpan *from, size_t size, LtlsSpan *value) {
  LtlsSpan rest = *from;
  unsigned len;
  if (!ltls_hello_number(&rest, size, &len) || rest.len < len) return 0;
  value->p = rest.p;
  value->len = len;
  from->p = rest.p + len;
  from->len = rest.len - len;
  return 1;
}

int ltls_hello_is_grease(unsigned number) {
  return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

static int number(const Parser *parser, LtlsSpan *from, size_t size,
                  unsigned *value) {
  return ltls_hello_number(from, size, value) ||
         fail(parser, from->p, "is cut off");
}

static int vector(const Parser *parser, LtlsSpan *from, size_t size,
                  LtlsSpan *value) {
  return ltls_hello_vector(from, size, value) ||
         fail(parser, from->p, "is cut off");
}

static int at_end(const Parser *parser, LtlsSpan rest) {
  return rest.len == 0 || fail(parser, rest.p, "is followed by other bytes");
}

/* A list that is all of an extension, or all that is left of it. */
static int only_vector(const Parser *parser, LtlsSpan data, size_t size,
                       LtlsSpan *value) {
  return vector(parser, &data, size, value) && at_end(parser, data);
}

/* Numbers of two bytes, at least one. */
static int check_numbers(const Parser *parser, LtlsSpan list) {
  if (list.len == 0) return fail(parser, list.p, "is empty");
  return list.len % 2 == 0 || fail(parser, list.p, "has half a number");
}

static int read_numbers(const Parser *parser, LtlsSpan data, size_t size,
                        LtlsSpan *value) {
  return only_vector(parser, data, size, value) &&
         check_numbers(parser, *value);
}

/* RFC 6066, 3: in ASCII. What is not printable has no place in a host name, and
** could deceive whoever looks it up or logs it. */
static int check_host_name(const Parser *parser, LtlsSpan name) {
  size_t i;
  if (name.len == 0) return fail(parser, name.p, "is empty");
  if (name.len > MAX_HOST_NAME) return fail(parser, name.p, "is too long");
  for (i = 0; i < name.len; i++)
    if (name.p[i] <= ' ' || name.p[i] > '~')
      return forbid(parser, name.p + i, "is not printable ASCII");
  return 1;
}

/* RFC 6066, 3: not more than one name of a type. */
static int read_server_name(const Parser *parser, LtlsSpan data) {
  LtlsSpan *server_name = &parser->hello->server_name, list, name;
  unsigned type;
  if (!only_vector(parser, data, 2, &list)) return 0;
  if (list.len == 0) return fail(parser, list.p, "is empty");
  while (list.len > 0) {
    const unsigned char *entry = list.p;
    if (!number(parser, &list, 1, &type)) return 0;
    if (!vector(parser, &list, 2, &name)) return 0;
    if (type != HOST_NAME) continue;
    if (server_name->p != NULL) return forbid(parser, entry, "has two names");
    if (!check_host_name(parser, name)) return 0;
    *server_name = name;
  }
  return 1;
}

static int read_groups(const Parser *parser, LtlsSpan data) {
  return read_numbers(parser, data, 2, &parser->hello->groups);
}

static int read_signature_algorithms(const Parser *parser, LtlsSpan data) {
  return read_numbers(parser, data, 2, &parser->hello->signature_algorithms);
}

static int read_supported_versions(const Parser *parser, LtlsSpan data) {
  return read_numbers(parser, data, 1, &parser->hello->supported_versions);
}

/* RFC 7301, 3.1: names of 1 to 255 bytes, at least one. */
static int read_alpn(const Parser *parser, LtlsSpan data) {
  LtlsSpan list, name;
  if (!only_vector(parser, data, 2, &list)) return 0;
  if (list.len == 0) return fail(parser, list.p, "is empty");
  parser->hello->alpn = list;
  while (list.len > 0) {
    if (!vector(parser, &list, 1, &name)) return 0;
    if (name.len == 0) return fail(parser, name.p, "has an empty name");
  }
  return 1;
}

/* RFC 8446, 4.2.8: the list may be empty, a key may not. */
static int read_key_share(const Parser *parser, LtlsSpan data) {
  LtlsSpan list, key;
  unsigned group;
  if (!only_vector(parser, data, 2, &list)) return 0;
  parser->hello->key_shares = list;
  while (list.len > 0) {
    if (!number(parser, &list, 2, &group)) return 0;
    if (!vector(parser, &list, 2, &key)) return 0;
    if (key.len == 0) return fail(parser, key.p, "has an empty key");
  }
  return 1;
}

static int read_early_data(const Parser *parser, LtlsSpan data) {
  parser->hello->has_early_data = 1;
  return at_end(parser, data);
}

static int note_pre_shared_key(const Parser *parser, LtlsSpan data) {
  (void)data;
  parser->hello->has_pre_shared_key = 1;
  return 1;
}

/* The extensions whose contents are read. */
static const struct {
  unsigned type;
  const char *field;
  int (*read)(const Parser *parser, LtlsSpan data);
} readers[] = {
    {LTLS_HELLO_SERVER_NAME, "server_name", read_server_name},
    {GROUPS, "supported_groups", read_groups},
    {SIGNATURE_ALGORITHMS, "signature_algorithms", read_signature_algorithms},
    {LTLS_HELLO_ALPN, "application_layer_protocol_negotiation", read_alpn},
    {PRE_SHARED_KEY, "pre_shared_key", note_pre_shared_key},
    {EARLY_DATA, "early_data", read_early_data},
    {SUPPORTED_VERSIONS, "supported_versions", read_supported_versions},
    {KEY_SHARE, "key_share", read_key_share},
};

static int read_extension(Parser *parser, unsigned type, LtlsSpan data) {
  size_t i;
  for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
    if (readers[i].type == type) {
      parser->field = readers[i].field;
      return readers[i].read(parser, data);
    }
  return 1;
}

/* RFC 8446, 4.2: no type twice; pre_shared_key is the last (4.2.11). A set of
** all types: a list of some ten thousand must not cost its square. */
static int read_extensions(Parser *parser, LtlsSpan list) {
  unsigned char seen[65536 / 8] = {0};
  while (list.len > 0) {
    const unsigned char *start = list.p;
    LtlsSpan data;
    unsigned type;
    parser->field = "extensions";
    if (parser->hello->has_pre_shared_key)
      return forbid(parser, start, "goes on after pre_shared_key");
    if (!number(parser, &list, 2, &type)) return 0;
    if (!vector(parser, &list, 2, &data)) return 0;
    if (seen[type / 8] >> type % 8 & 1)
      return forbid(parser, start, "has a type twice");
    seen[type / 8] |= (unsigned char)(1 << type % 8);
    if (!read_extension(parser, type, data)) return 0;
  }
  return 1;
}

static int read_session_id(Parser *parser, LtlsSpan *body) {
  LtlsSpan *id = &parser->hello->session_id;
  parser->field = "session_id";
  if (!vector(parser, body, 1, id)) return 0;
  return id->len <= MAX_SESSION_ID || fail(parser, id->p, "is too long");
}

static int read_cookie(Parser *parser, LtlsSpan *body) {
  LtlsSpan cookie;
  parser->field = "cookie";
  return !parser->is_datagram || vector(parser, body, 1, &cookie);
}

static int read_cipher_suites(Parser *parser, LtlsSpan *body) {
  LtlsSpan *list = &parser->hello->cipher_suites;
  parser->field = "cipher_suites";
  return vector(parser, body, 2, list) && check_numbers(parser, *list);
}

static int read_compression(Parser *parser, LtlsSpan *body) {
  LtlsSpan methods;
  parser->field = "compression_methods";
  if (!vector(parser, body, 1, &methods)) return 0;
  return methods.len > 0 || fail(parser, methods.p, "is empty");
}

/* A hello may end before its extensions (RFC 5246, 7.4.1.2). */
static int read_body(Parser *parser, LtlsSpan body) {
  LtlsHello *hello = parser->hello;
  parser->field = "legacy_version";
  if (!number(parser, &body, 2, &hello->legacy_version)) return 0;
  parser->field = "random";
  if (body.len < RANDOM) return fail(parser, body.p, "is cut off");
  body.p += RANDOM;
  body.len -= RANDOM;
  if (!read_session_id(parser, &body) || !read_cookie(parser, &body) ||
      !read_cipher_suites(parser, &body) || !read_compression(parser, &body))
    return 0;
  if (body.len == 0) return 1;
  parser->field = "extensions";
  return only_vector(parser, body, 2, &hello->extensions) &&
         read_extensions(parser, hello->extensions);
}

/* Where a fragment belongs, of a message that is all there. */
static int read_fragment(Parser *parser, LtlsSpan *message) {
  enum { SEQUENCE_AND_PLACE = 8 };
  parser->field = "fragment";
  if (message->len < SEQUENCE_AND_PLACE)
    return fail(parser, message->p, "is cut off");
  message->p += SEQUENCE_AND_PLACE;
  message->len -= SEQUENCE_AND_PLACE;
  return 1;
}

static int parse(Parser *parser, LtlsSpan message) {
  unsigned type, len;
  memset(parser->hello, 0, sizeof(*parser->hello));
  if (!number(parser, &message, 1, &type)) return 0;
  if (type != CLIENT_HELLO)
    return fail(parser, parser->start, "is not that of a ClientHello");
  parser->field = "length";
  if (!number(parser, &message, 3, &len)) return 0;
  if (parser->is_datagram && !read_fragment(parser, &message)) return 0;
  if (len != message.len)
    return fail(parser, parser->start + 1, "is not that of the message");
  return read_body(parser, message);
}

int ltls_hello_parse(LtlsHello *hello, LtlsSpan message,
                     LtlsHelloFault *fault) {
  Parser parser = {hello, fault, message.p, "msg_type", 0};
  return parse(&parser, message);
}

int ltls_hello_parse_datagram(LtlsHello *hello, LtlsSpan message,
                              LtlsHelloFault *fault) {
  Parser parser = {hello, fault, message.p, "msg_type", 1};
  return parse(&parser, message);
}
