/*
** Everything that depends on the mbedTLS version or build: its private fields
** that have no accessor, and the check that we know it. A file
** includes this before any header of mbedTLS.
*/

#ifndef LUATLS_MBED_H
#define LUATLS_MBED_H

#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include <lua.h>
#include <mbedtls/build_info.h>
#include <mbedtls/ssl.h>

/* 3.6.6's client refuses every TLS 1.2 server that signs with RSA-PSS. */
#if MBEDTLS_VERSION_NUMBER < 0x03060700 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "luatls needs mbedTLS 3.6 LTS, 3.6.7 or newer"
#endif

#if defined(MBEDTLS_USE_PSA_CRYPTO)
#error "luatls needs an mbedTLS that is built without MBEDTLS_USE_PSA_CRYPTO"
#endif

/* The alert that made mbedTLS return FATAL_ALERT_MESSAGE: it has no accessor
** before 4.1, and the message buffer still holds it. */
int ltls_mbed_received_alert(const mbedtls_ssl_context *ssl);

/* The alert that mbedTLS has sent, or has decided to send; -1 when there is
** none, or a foreign build has sent it and forgotten. */
int ltls_mbed_sent_alert(const mbedtls_ssl_context *ssl);

/* Has mbedTLS sent an alert that ends the connection? A foreign build hides the
** type of what it encrypts: there it counts as sent. */
int ltls_mbed_has_alerted(const mbedtls_ssl_context *ssl);

/* SignatureScheme of the server's CertificateVerify (TLS 1.3); 0 when there was
** none, or with a foreign build. */
unsigned ltls_mbed_signature(const mbedtls_ssl_context *ssl);

/* Milliseconds since 1970: what mbedTLS calls time in milliseconds begins when
** the machine starts. */
uint64_t ltls_mbed_time_of_day(void);

/* The handshake message that came last, with its header. */
const unsigned char *ltls_mbed_message(const mbedtls_ssl_context *ssl,
                                       size_t *len);

/* Have a new ticket given though the one that came resumes (TLS 1.2). */
void ltls_mbed_renew_ticket(mbedtls_ssl_context *ssl);

/* The session of a handshake that is over, or about to be; NULL before. */
mbedtls_ssl_session *ltls_mbed_session(const mbedtls_ssl_context *ssl);

/* The certificates of the peer as a handshake has found them good; or NULL. */
const mbedtls_x509_crt *ltls_mbed_peer_chain(const mbedtls_ssl_context *ssl);

/* Is what waits to be sent a record of application data? */
int ltls_mbed_holds_data(const mbedtls_ssl_context *ssl);

/* Bytes of early data that the offered session allows; 0: none. */
size_t ltls_mbed_early_limit(const mbedtls_ssl_context *ssl);

/* Take a session's leave to send early data if it is for more bytes; with 0,
** always. */
void ltls_mbed_limit_early(mbedtls_ssl_session *session, size_t most);

/* Has the server rejected early data, and reads past it? */
int ltls_mbed_skips_early(const mbedtls_ssl_context *ssl);

/* Can the server write although its handshake is not complete? */
int ltls_mbed_writes_early(const mbedtls_ssl_context *ssl);

/* End a server's handshake that is about to write tickets of TLS 1.3, for which
** mbedTLS needs none to be written. */
void ltls_mbed_skip_tickets(mbedtls_ssl_context *ssl);

/* Where the decrypted bytes are that were not read yet: reading them there
** before mbedtls_ssl_read consumes them loses nothing when memory runs out. */
const char *ltls_mbed_plaintext(const mbedtls_ssl_context *ssl);

/* Bytes of records that were made and not sent yet. */
size_t ltls_mbed_unsent(const mbedtls_ssl_context *ssl);

/* The verify_data of the Finished message that we have sent, or that came, and
** its length: TLS 1.2. NULL when this build does not keep it. */
const unsigned char *ltls_mbed_finished(const mbedtls_ssl_context *ssl,
                                        int is_ours, size_t *len);

/* May a key outside mbedTLS sign for this role, in TLS 1.3 or 1.2? */
int ltls_mbed_signs_outside(int is_client, int is_tls13);

/* Can peers ask for another handshake (TLS 1.2)? */
#if defined(LUATLS_RENEGOTIATION)
#define LTLS_HAS_RENEGOTIATION 1
#else
#define LTLS_HAS_RENEGOTIATION 0
#endif

/* Let peers that know RFC 5746 do so. A server's wish need not be fulfilled. */
void ltls_mbed_allow_renegotiation(mbedtls_ssl_config *conf);

/* Did the above let it? */
int ltls_mbed_may_renegotiate(const mbedtls_ssl_context *ssl);

/* Does this peer know RFC 5746? */
int ltls_mbed_peer_renegotiates(const mbedtls_ssl_context *ssl);

/* Ask for another handshake, or begin it: 0 or a result of mbedTLS. */
int ltls_mbed_renegotiate(mbedtls_ssl_context *ssl);

/* Does this result say that another handshake begins? */
int ltls_mbed_is_renegotiation(int rc);

/* In its handshake a client has met something else than the server's answer,
** which mbedTLS keeps: the type of its record. */
int ltls_mbed_kept_type(const mbedtls_ssl_context *ssl);

/* Can we ask for small records? Elsewhere mbedTLS asks for whole ones. */
#if defined(LUATLS_RECORD_SIZES)
#define LTLS_HAS_RECORD_SIZES 1
#else
#define LTLS_HAS_RECORD_SIZES 0
#endif

/* Ask peers for records of at most so many bytes (RFC 8449); 0: of any size. */
void ltls_mbed_record_limit(mbedtls_ssl_config *conf, unsigned limit);

/* What the peer asked for; 0: nothing, or not known. */
unsigned ltls_mbed_peer_limit(const mbedtls_ssl_context *ssl);

/* Does mbedTLS tell a client what certificate it is asked for? */
#if defined(LUATLS_CERTIFICATE_REQUESTS)
#define LTLS_HAS_REQUESTS 1
#else
#define LTLS_HAS_REQUESTS 0
#endif

/* Where it does: 'heard' gets the body of a CertificateRequest, and its error
** ends the handshake with decode_error; 'choose' calls
** mbedtls_ssl_set_hs_own_cert(), or not, or says that it is not ready. */
void ltls_mbed_on_request(mbedtls_ssl_config *conf,
                          int (*heard)(mbedtls_ssl_context *ssl,
                                       const unsigned char *body, size_t len),
                          int (*choose)(mbedtls_ssl_context *ssl));

/* Can it do DTLS 1.2 with what a server needs against forged addresses? */
#if defined(MBEDTLS_SSL_PROTO_DTLS) && defined(MBEDTLS_SSL_COOKIE_C) && \
    defined(MBEDTLS_SSL_DTLS_HELLO_VERIFY) &&                           \
    defined(MBEDTLS_SSL_DTLS_ANTI_REPLAY)
#define LTLS_HAS_DATAGRAMS 1
#else
#define LTLS_HAS_DATAGRAMS 0
#endif

/* Where it can: bytes that a datagram may have at most; who the client is, by its
** address; and bytes of datagrams that mbedTLS was given and has not looked at. */
void ltls_mbed_set_mtu(mbedtls_ssl_context *ssl, unsigned mtu);
int ltls_mbed_set_peer(mbedtls_ssl_context *ssl, const char *peer);
size_t ltls_mbed_unread(const mbedtls_ssl_context *ssl);

/* mbedTLS' exporter crashes where the last flight of datagrams was sent, as long
** as nothing has come since (Mbed-TLS pull request 10946): it looks for the keys
** in a place that is empty. Fill that place while it runs; 'is_done' empties it
** again. */
void ltls_mbed_prepare_export(mbedtls_ssl_context *ssl, int is_done);

/* The cipher suite of the handshake that is under way; 0: not chosen. */
int ltls_mbed_suite(const mbedtls_ssl_context *ssl);
/* Records that went, or came, under the keys of now. */
uint64_t ltls_mbed_records_out(const mbedtls_ssl_context *ssl);
uint64_t ltls_mbed_records_in(const mbedtls_ssl_context *ssl);

/* Is this result of mbedtls_ssl_read a KeyUpdate that was taken? */
int ltls_mbed_is_key_update(int rc);

/* Does the peer want our keys renewed? */
int ltls_mbed_update_requested(const mbedtls_ssl_context *ssl);

/* The secret of one side's keys (RFC 8446, 7.1), as long as the suite's hash;
** NULL when this build has no TLS 1.3. */
const unsigned char *ltls_mbed_traffic_secret(const mbedtls_ssl_context *ssl,
                                              int of_client);

/* The handshake's state, of mbedtls_ssl_states. */
int ltls_mbed_state(const mbedtls_ssl_context *ssl);

#endif
