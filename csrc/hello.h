/*
** ClientHello (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2), as it came: where in its
** bytes each list stands. Form is checked, meaning is not.
*/

#ifndef LUATLS_HELLO_H
#define LUATLS_HELLO_H

#include <stddef.h>

/* Bytes of somebody else; 'p' is NULL when there are none. */
typedef struct LtlsSpan {
  const unsigned char *p;
  size_t len;
} LtlsSpan;

/* Points into the bytes that were parsed. Lists are without the length that
** stands before them; those of an absent extension are NULL. */
typedef struct LtlsHello {
  unsigned legacy_version;
  LtlsSpan session_id;
  LtlsSpan cipher_suites;        /* numbers of 2 bytes */
  LtlsSpan extensions;           /* all of them, as they came */
  LtlsSpan server_name;          /* host name: printable ASCII */
  LtlsSpan supported_versions;   /* numbers of 2 bytes */
  LtlsSpan groups;               /* numbers of 2 bytes */
  LtlsSpan signature_algorithms; /* numbers of 2 bytes */
  LtlsSpan alpn;                 /* names, each after its length of 1 byte */
  LtlsSpan key_shares;           /* group, length, key; 'p' is never NULL for an
                                    extension that is there and empty */
  int has_early_data;
  int has_pre_shared_key;
} LtlsHello;

/* What is wrong with one, and where. */
typedef struct LtlsHelloFault {
  const char *field; /* of RFC 8446, or the extension's name */
  const char *what;  /* sentence without its subject: "is cut off" */
  size_t offset;     /* bytes from the message's start */
  int alert;         /* decode_error, or illegal_parameter */
} LtlsHelloFault;

enum { LTLS_HELLO_SERVER_NAME = 0, LTLS_HELLO_ALPN = 16 }; /* ExtensionType */

/* Parse a handshake message with its header of four bytes, which must be all
** that there is. 1, or 0 and the fault. Calls no Lua, allocates nothing. */
int ltls_hello_parse(LtlsHello *hello, LtlsSpan message, LtlsHelloFault *fault);

/* The same for a whole message of DTLS 1.2: its header has twelve bytes, and a
** cookie follows the session id (RFC 6347, 4.2.1 and 4.2.2). */
int ltls_hello_parse_datagram(LtlsHello *hello, LtlsSpan message,
                              LtlsHelloFault *fault);

/* Take a number of 'size' bytes, 1 to 3, off the front of what was parsed; 0
** when there are not enough. */
int ltls_hello_number(LtlsSpan *from, size_t size, unsigned *value);

/* Take bytes off the front that stand behind their length of 'size' bytes. */
int ltls_hello_vector(LtlsSpan *from, size_t size, LtlsSpan *value);

/* Is it one of the numbers that clients send to see whether servers ignore what
** they do not know (RFC 8701)? */
int ltls_hello_is_grease(unsigned number);

#endif
