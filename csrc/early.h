/*
** Early data, also called 0-RTT: what a client sends together with its first
** message when it resumes a session (RFC 8446, 2.3). Anybody who has seen it can
** send it again, so it is never mixed with other data.
*/

#ifndef LUATLS_EARLY_H
#define LUATLS_EARLY_H

#include "bytes.h"
#include "mbed.h"

#define LTLS_EARLY_MOST 65536 /* bytes that a server may allow */

typedef enum LtlsEarlyState {
  LTLS_EARLY_NOT_SENT,
  LTLS_EARLY_REJECTED,
  LTLS_EARLY_ACCEPTED
} LtlsEarlyState;

/* Part of an engine. */
typedef struct LtlsEarly {
  const char *data; /* of a client: what it has to send, pinned, or NULL */
  size_t len;
  size_t part;     /* of it, in a record that has gone in part; or 0 */
  LtlsBuffer came; /* on a server, and read by nobody yet */
  LtlsEarlyState state;
  int is_wanted; /* the client has some */
  int is_over;   /* on a server: no more can come */
  int is_read;   /* on a server: the reader was told so */
} LtlsEarly;

/* Whether this mbedTLS knows early data. */
int ltls_early_is_built(void);

/* A context's setting: bytes that a server takes; any number but 0 for a client
** that may send some. */
void ltls_early_configure(mbedtls_ssl_config *conf, size_t most);

/* A client offers a session: with all of the data, if the session allows so much,
** or with none. */
void ltls_early_offer(LtlsEarly *early, mbedtls_ssl_context *ssl);

/* A client begins its handshake: 0 when the data has gone, or an mbedTLS error.
** Nothing may be received meanwhile. */
int ltls_early_send(LtlsEarly *early, mbedtls_ssl_context *ssl);

/* A server's step of the handshake ended with 'rc': take what has come. 0 or an
** mbedTLS error. */
int ltls_early_take(LtlsEarly *early, mbedtls_ssl_context *ssl, int rc);

/* On a server: is there some to read, or can no more come? */
int ltls_early_is_known(const LtlsEarly *early);

/* A client's handshake is done. */
void ltls_early_conclude(LtlsEarly *early, mbedtls_ssl_context *ssl);

/* "accepted", "rejected" or "not sent". */
const char *ltls_early_word(const LtlsEarly *early);

#endif
