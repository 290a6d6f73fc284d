/*
** States: a session as mbedTLS has it, with what has no accessor.
*/

#ifndef LUATLS_STATE_H
#define LUATLS_STATE_H

#include "mbed.h"

#include <stdint.h>

int ltls_state_is_tls13(const mbedtls_ssl_session *state);

/* The peer's chain, of a handshake that was a full one; NULL: none, or this
** build of mbedTLS does not keep it. */
const mbedtls_x509_crt *ltls_state_peer(const mbedtls_ssl_session *state);

/* Has the server given what is needed to resume it? */
int ltls_state_can_resume(const mbedtls_ssl_session *state);

/* Seconds that the server's ticket may be used: 0 in TLS 1.2, it does not say
** (RFC 5077, 3.3); 0 in TLS 1.3, not at all. */
uint32_t ltls_state_lifetime(const mbedtls_ssl_session *state);

/* Make a session so many milliseconds old, by the clock that mbedTLS compares
** with: it begins when the machine starts. */
void ltls_state_set_age(mbedtls_ssl_session *state, uint64_t age);

/* Are both of TLS 1.2, with the same ticket or none? */
int ltls_state_same_ticket(const mbedtls_ssl_session *a,
                           const mbedtls_ssl_session *b);

/* Of TLS 1.2: drop a ticket that does not belong to the master secret. */
void ltls_state_drop_ticket(mbedtls_ssl_session *state);

/* Wipe what a copied session has of the connection's live secrets. */
void ltls_state_forget_traffic(mbedtls_ssl_session *state);

/* mbedTLS' form of it, without certificates; 0 or an mbedTLS error. */
int ltls_state_save(const mbedtls_ssl_session *state, unsigned char *out,
                    size_t room, size_t *len);

/* Fill a session that is initialized from what may be anything; 'endpoint' is
** whose it must be: MBEDTLS_SSL_IS_SERVER or _CLIENT. 0 or an mbedTLS error, and
** then it is empty. */
int ltls_state_load(mbedtls_ssl_session *state, const unsigned char *bytes,
                    size_t len, int endpoint);

#endif
