/*
** Listens to the part of a handshake that goes in plaintext, for what mbedTLS
** does not tell: the group, and alerts. One tap per direction.
*/

#ifndef LUATLS_TAP_H
#define LUATLS_TAP_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of one message that are looked at: enough for the signature's algorithm
** after the parameters of ffdhe2048. */
#define LTLS_TAP_ROOM 640

typedef struct LtlsTap {
  int over;           /* nothing more to learn: the rest is encrypted */
  int alert;          /* description of a plaintext alert, or -1 */
  unsigned group;     /* NamedGroup of the key exchange, or 0 */
  unsigned signature; /* SignatureScheme of a ServerKeyExchange, or 0 */
  int is_tls13;       /* the server chose TLS 1.3 */
  int has_exchange;   /* it sent half of an ephemeral key exchange */
  int has_psk;        /* it took a pre-shared key (TLS 1.3) */
  int has_hint;       /* its ServerKeyExchange begins with a hint at the key */
  int has_extended_master_secret; /* the server took it (RFC 7627) */
  int owes_ticket;         /* it is to send NewSessionTicket (RFC 5077, 3.2) */
  int is_full;             /* ServerHelloDone: TLS 1.2 resumes no session */
  unsigned char record[5]; /* header of the current record (RFC 8446, 5.1) */
  size_t record_have;      /* bytes of it */
  size_t record_left;      /* bytes of its payload that are to come */
  unsigned char *message;  /* start of the current message, header and body;
                              owned, LTLS_TAP_ROOM bytes, or NULL */
  size_t message_have;     /* bytes of it that came */
  unsigned sequence;       /* its number, in datagrams */
} LtlsTap;

void ltls_tap_init(LtlsTap *tap);

/* Bytes of the stream, in any pieces. */
void ltls_tap_bytes(LtlsTap *tap, const unsigned char *data, size_t len);

/* The same of datagrams: payload of a handshake record in plaintext, which begins
** with a fragment of a message (RFC 6347, 4.2.2). What comes out of order is not
** heard, as it comes again. Returns the bytes of the fragment, or 0 when this is
** none. */
size_t ltls_tap_fragment(LtlsTap *tap, const unsigned char *data, size_t len);

void ltls_tap_free(LtlsTap *tap);

#endif
