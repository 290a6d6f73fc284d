/*
** Private fields of mbedTLS, and what depends on its build.
*/

#include "mbed.h"

#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <string.h>
#include <time.h>

int ltls_mbed_received_alert(const mbedtls_ssl_context *ssl) {
  return ssl->in_msg[1];
}

int ltls_mbed_sent_alert(const mbedtls_ssl_context *ssl) {
  if (ssl->send_alert) return ssl->alert_type;
#if defined(LUATLS_READABLE_ALERTS)
  if (ltls_mbed_has_alerted(ssl)) return ssl->alert_type;
#endif
  return -1;
}

int ltls_mbed_has_alerted(const mbedtls_ssl_context *ssl) {
#if defined(LUATLS_READABLE_ALERTS)
  return ssl->alert_type != MBEDTLS_SSL_ALERT_MSG_CLOSE_NOTIFY &&
         ssl->alert_type != MBEDTLS_SSL_ALERT_MSG_NO_RENEGOTIATION;
#else
  return ssl->out_msgtype == MBEDTLS_SSL_MSG_ALERT ||
         ssl->transform_out != NULL;
#endif
}

unsigned ltls_mbed_signature(const mbedtls_ssl_context *ssl) {
#if defined(LUATLS_SIGNATURE_TOLD)
  return ssl->luatls_signature;
#else
  (void)ssl;
  return 0;
#endif
}

uint64_t ltls_mbed_time_of_day(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const unsigned char *ltls_mbed_message(const mbedtls_ssl_context *ssl,
                                       size_t *len) {
  *len = ssl->in_hslen;
  return ssl->in_msg;
}

void ltls_mbed_renew_ticket(mbedtls_ssl_context *ssl) {
#if defined(LUATLS_TICKETS_RENEWED)
  ssl->luatls_renew_ticket = 1;
#else
  (void)ssl;
#endif
}

mbedtls_ssl_session *ltls_mbed_session(const mbedtls_ssl_context *ssl) {
  return ssl->session;
}

/* In the middle of another handshake a client has dropped the server's old chain
** already, for a new one with the same certificate (mbedTLS compares them). */
const mbedtls_x509_crt *ltls_mbed_peer_chain(const mbedtls_ssl_context *ssl) {
  const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(ssl);
  if (crt == NULL && ssl->session != NULL && ssl->session_negotiate != NULL &&
      ssl->conf->endpoint == MBEDTLS_SSL_IS_CLIENT)
    crt = ssl->session_negotiate->peer_cert;
  return crt;
}

#if defined(MBEDTLS_SSL_EARLY_DATA)

size_t ltls_mbed_early_limit(const mbedtls_ssl_context *ssl) {
  const mbedtls_ssl_session *session = ssl->session_negotiate;
  return session->ticket_flags & MBEDTLS_SSL_TLS1_3_TICKET_ALLOW_EARLY_DATA
             ? session->max_early_data_size
             : 0;
}

void ltls_mbed_limit_early(mbedtls_ssl_session *session, size_t most) {
  if (most > 0 && session->max_early_data_size <= most) return;
  session->ticket_flags &= (uint8_t)~MBEDTLS_SSL_TLS1_3_TICKET_ALLOW_EARLY_DATA;
}

int ltls_mbed_skips_early(const mbedtls_ssl_context *ssl) {
  return ssl->discard_early_data_record != MBEDTLS_SSL_EARLY_DATA_NO_DISCARD;
}

#else

void ltls_mbed_limit_early(mbedtls_ssl_session *session, size_t most) {
  (void)session;
  (void)most;
}

#endif

int ltls_mbed_writes_early(const mbedtls_ssl_context *ssl) {
#if defined(LUATLS_HALF_RTT)
  return ssl->state == MBEDTLS_SSL_END_OF_EARLY_DATA;
#else
  (void)ssl;
  return 0;
#endif
}

void ltls_mbed_skip_tickets(mbedtls_ssl_context *ssl) {
  ssl->state = MBEDTLS_SSL_HANDSHAKE_OVER;
}

const char *ltls_mbed_plaintext(const mbedtls_ssl_context *ssl) {
  return (const char *)ssl->in_offt;
}

int ltls_mbed_signs_outside(int is_client, int is_tls13) {
#if defined(LUATLS_EXTERNAL_KEYS)
  (void)is_client, (void)is_tls13;
  return 1;
#elif defined(MBEDTLS_SSL_ASYNC_PRIVATE)
  return !is_client && !is_tls13;
#else
  (void)is_client, (void)is_tls13;
  return 0;
#endif
}

#if defined(LUATLS_RENEGOTIATION)

void ltls_mbed_allow_renegotiation(mbedtls_ssl_config *conf) {
  mbedtls_ssl_conf_renegotiation(conf, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
  mbedtls_ssl_conf_renegotiation_enforced(
      conf, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED);
}

int ltls_mbed_may_renegotiate(const mbedtls_ssl_context *ssl) {
  return ssl->conf->disable_renegotiation == MBEDTLS_SSL_RENEGOTIATION_ENABLED;
}

int ltls_mbed_peer_renegotiates(const mbedtls_ssl_context *ssl) {
  return ssl->secure_renegotiation == MBEDTLS_SSL_SECURE_RENEGOTIATION;
}

int ltls_mbed_renegotiate(mbedtls_ssl_context *ssl) {
  return mbedtls_ssl_renegotiate(ssl);
}

int ltls_mbed_is_renegotiation(int rc) {
  return rc == MBEDTLS_ERR_SSL_RENEGOTIATION_BEGUN;
}

#else

void ltls_mbed_allow_renegotiation(mbedtls_ssl_config *conf) {
  (void)conf;
}

int ltls_mbed_may_renegotiate(const mbedtls_ssl_context *ssl) {
  (void)ssl;
  return 0;
}

int ltls_mbed_peer_renegotiates(const mbedtls_ssl_context *ssl) {
  (void)ssl;
  return 0;
}

int ltls_mbed_renegotiate(mbedtls_ssl_context *ssl) {
  (void)ssl;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

int ltls_mbed_is_renegotiation(int rc) {
  (void)rc;
  return 0;
}

#endif

int ltls_mbed_kept_type(const mbedtls_ssl_context *ssl) {
  return ssl->keep_current_message ? ssl->in_msgtype : 0;
}

void ltls_mbed_record_limit(mbedtls_ssl_config *conf, unsigned limit) {
#if defined(LUATLS_RECORD_SIZES)
  conf->MBEDTLS_PRIVATE(luatls_record_limit) = (uint16_t)limit;
#else
  (void)conf, (void)limit;
#endif
}

unsigned ltls_mbed_peer_limit(const mbedtls_ssl_context *ssl) {
#if defined(LUATLS_RECORD_SIZES)
  return ssl->MBEDTLS_PRIVATE(luatls_peer_limit);
#else
  (void)ssl;
  return 0;
#endif
}

void ltls_mbed_on_request(mbedtls_ssl_config *conf,
                          int (*heard)(mbedtls_ssl_context *ssl,
                                       const unsigned char *body, size_t len),
                          int (*choose)(mbedtls_ssl_context *ssl)) {
#if defined(LUATLS_CERTIFICATE_REQUESTS)
  conf->f_cert_request = heard;
  conf->f_client_cert = choose;
#else
  (void)conf, (void)heard, (void)choose;
#endif
}

#if LTLS_HAS_DATAGRAMS

void ltls_mbed_set_mtu(mbedtls_ssl_context *ssl, unsigned mtu) {
  mbedtls_ssl_set_mtu(ssl, (uint16_t)mtu);
}

int ltls_mbed_set_peer(mbedtls_ssl_context *ssl, const char *peer) {
  return mbedtls_ssl_set_client_transport_id(ssl, (const unsigned char *)peer,
                                             strlen(peer));
}

#else

void ltls_mbed_set_mtu(mbedtls_ssl_context *ssl, unsigned mtu) {
  (void)ssl, (void)mtu;
}

int ltls_mbed_set_peer(mbedtls_ssl_context *ssl, const char *peer) {
  (void)ssl, (void)peer;
  return 0;
}

#endif

size_t ltls_mbed_unread(const mbedtls_ssl_context *ssl) {
  return ssl->in_left;
}

void ltls_mbed_prepare_export(mbedtls_ssl_context *ssl, int is_done) {
  if (ssl->transform_negotiate == NULL)
    return; /* the handshake is wrapped up */
  ssl->transform = is_done ? NULL : ssl->transform_in;
}

int ltls_mbed_suite(const mbedtls_ssl_context *ssl) {
  return ssl->session_negotiate != NULL ? ssl->session_negotiate->ciphersuite
                                        : 0;
}

int ltls_mbed_state(const mbedtls_ssl_context *ssl) {
  return ssl->state;
}

size_t ltls_mbed_unsent(const mbedtls_ssl_context *ssl) {
  return ssl->out_left;
}

static uint64_t read_half(const unsigned char *bytes) {
  return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 |
         (uint64_t)bytes[2] << 8 | (uint64_t)bytes[3];
}

/* A record number: RFC 8446, 5.3. */
static uint64_t read_counter(const unsigned char *counter) {
  return read_half(counter) << 32 | read_half(counter + 4);
}

uint64_t ltls_mbed_records_out(const mbedtls_ssl_context *ssl) {
  return read_counter(ssl->cur_out_ctr);
}

uint64_t ltls_mbed_records_in(const mbedtls_ssl_context *ssl) {
  return read_counter(ssl->in_ctr);
}

int ltls_mbed_is_key_update(int rc) {
#if defined(LUATLS_KEY_UPDATE)
  return rc == MBEDTLS_ERR_SSL_RECEIVED_KEY_UPDATE;
#else
  (void)rc;
  return 0;
#endif
}

int ltls_mbed_update_requested(const mbedtls_ssl_context *ssl) {
#if defined(LUATLS_KEY_UPDATE)
  return ssl->luatls_update_requested;
#else
  (void)ssl;
  return 0;
#endif
}

const unsigned char *ltls_mbed_traffic_secret(const mbedtls_ssl_context *ssl,
                                              int of_client) {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  const mbedtls_ssl_tls13_application_secrets *secrets =
      &ssl->session->app_secrets;
  return of_client ? secrets->client_application_traffic_secret_N
                   : secrets->server_application_traffic_secret_N;
#else
  (void)ssl;
  (void)of_client;
  return NULL;
#endif
}

int ltls_mbed_holds_data(const mbedtls_ssl_context *ssl) {
  return ssl->out_left > 0 &&
         ssl->out_msgtype == MBEDTLS_SSL_MSG_APPLICATION_DATA;
}

const unsigned char *ltls_mbed_finished(const mbedtls_ssl_context *ssl,
                                        int is_ours, size_t *len) {
#if defined(MBEDTLS_SSL_RENEGOTIATION)
  const char *data = is_ours ? ssl->own_verify_data : ssl->peer_verify_data;
  *len = ssl->verify_data_len;
  return *len > 0 ? (const unsigned char *)data : NULL;
#else
  (void)ssl;
  (void)is_ours;
  *len = 0;
  return NULL;
#endif
}
