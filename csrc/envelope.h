/*
** Envelopes: a session as bytes, with what mbedTLS' own form leaves out: the
** peer's chain, the verdict on it, and for whom it is. They are not encrypted;
** who keeps them does that.
*/

#ifndef LUATLS_ENVELOPE_H
#define LUATLS_ENVELOPE_H

#include "hello.h"
#include "mbed.h"

#include <mbedtls/x509_crt.h>
#include <stdint.h>

/* How a session began. Who resumes it inherits this. */
typedef struct LtlsOrigin {
  int is_verified;     /* the peer was */
  int is_bound;        /* it has the extended master secret (RFC 7627), or is of
                          TLS 1.3 */
  uint64_t made;       /* when it was given out, ms since 1970 */
  uint64_t good_until; /* Unix seconds: the peer's path has expired then; 0: it
                          has none */
} LtlsOrigin;

typedef struct LtlsEnvelope {
  LtlsOrigin origin;
  LtlsSpan name;        /* who the peer must be; 'p' NULL: anybody */
  LtlsSpan server_name; /* of the ClientHello; 'p' NULL: none */
  LtlsSpan chain;       /* see ltls_envelope_chain */
  LtlsSpan state;       /* mbedTLS' form of the session */
} LtlsEnvelope;

/* Bytes that a list of certificates, or NULL, takes. */
size_t ltls_envelope_chain_length(const mbedtls_x509_crt *chain);

/* Write an envelope. Its chain is 'chain' (or NULL), its state 'session'. The
** length, or 0 when there is too little room. */
size_t ltls_envelope_write(const LtlsEnvelope *envelope,
                           const mbedtls_x509_crt *chain,
                           const mbedtls_ssl_session *session,
                           unsigned char *out, size_t room);

/* Read what may be anything. It points into the bytes. 1, or 0 when they are
** no envelope. */
int ltls_envelope_read(LtlsEnvelope *envelope, LtlsSpan bytes);

/* Append the certificates of envelope.chain to a list: 0 or an mbedTLS error. */
int ltls_envelope_chain(LtlsSpan chain, mbedtls_x509_crt *list);

#endif
