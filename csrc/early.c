/*
** Early data. What was rejected is never sent again from here: only the
** application knows whether it still means the same (RFC 8446, 4.2.10).
*/

#include "early.h"

#include <mbedtls/platform_util.h>

const char *ltls_early_word(const LtlsEarly *early) {
  static const char *const words[] = {"not sent", "rejected", "accepted"};
  return words[early->state];
}

int ltls_early_is_known(const LtlsEarly *early) {
  return early->is_over || ltls_buffer_length(&early->came) > 0;
}

#if defined(MBEDTLS_SSL_EARLY_DATA)

int ltls_early_is_built(void) {
  return 1;
}

void ltls_early_configure(mbedtls_ssl_config *conf, size_t most) {
  mbedtls_ssl_conf_early_data(conf, MBEDTLS_SSL_EARLY_DATA_ENABLED);
  if (conf->endpoint == MBEDTLS_SSL_IS_SERVER)
    mbedtls_ssl_conf_max_early_data_size(conf, (uint32_t)most);
}

/* Half of a request is worse than none. */
void ltls_early_offer(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  if (early->len > 0 && early->len <= ltls_mbed_early_limit(ssl)) return;
  ltls_mbed_limit_early(ssl->session_negotiate, 0);
  early->len = 0;
}

static void advance(LtlsEarly *early, size_t sent) {
  early->data += sent;
  early->len -= sent;
  early->part = 0;
}

/* Send a record, or the start of it. */
static int start_record(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  int most;
  int rc = mbedtls_ssl_write_early_data(ssl, (const unsigned char *)early->data,
                                        early->len);
  if (rc == MBEDTLS_ERR_SSL_CANNOT_WRITE_EARLY_DATA) rc = (int)early->len;
  if (rc >= 0) advance(early, (size_t)rc);
  if (rc != MBEDTLS_ERR_SSL_WANT_WRITE || !ltls_mbed_holds_data(ssl)) return rc;
  most = mbedtls_ssl_get_max_out_record_payload(ssl);
  early->part = early->len;
  if (most > 0 && early->part > (size_t)most) early->part = (size_t)most;
  return rc;
}

/* Send the rest of it. Asked to write again, mbedTLS would do that, and then make
** another record of the same data. A step of the handshake only sends, for
** nothing is received. */
static int finish_record(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  int rc = mbedtls_ssl_handshake_step(ssl);
  if (rc != MBEDTLS_ERR_SSL_WANT_READ) return rc;
  advance(early, early->part);
  return 0;
}

int ltls_early_send(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  int rc = 0;
  while (rc >= 0 && early->len > 0)
    rc = early->part > 0 ? finish_record(early, ssl) : start_record(early, ssl);
  return rc < 0 ? rc : 0;
}

/* May early data still come, or be told that it ended? */
static int is_open(const mbedtls_ssl_context *ssl) {
  switch (ltls_mbed_state(ssl)) {
  case MBEDTLS_SSL_CLIENT_CERTIFICATE:
  case MBEDTLS_SSL_CLIENT_KEY_EXCHANGE:
  case MBEDTLS_SSL_CLIENT_CHANGE_CIPHER_SPEC:
  case MBEDTLS_SSL_CLIENT_FINISHED:
  case MBEDTLS_SSL_HANDSHAKE_OVER:
    return 0;
  default:
    return 1;
  }
}

static int take(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  unsigned char part[1024];
  int rc = mbedtls_ssl_read_early_data(ssl, part, sizeof(part));
  while (rc > 0) {
    if (ltls_buffer_append(&early->came, part, (size_t)rc))
      rc = mbedtls_ssl_read_early_data(ssl, part, sizeof(part));
    else
      rc = MBEDTLS_ERR_SSL_ALLOC_FAILED;
  }
  mbedtls_platform_zeroize(part, sizeof(part));
  /* Nothing left of the record is no failure. */
  return rc == MBEDTLS_ERR_SSL_CANNOT_READ_EARLY_DATA ? 0 : rc;
}

int ltls_early_take(LtlsEarly *early, mbedtls_ssl_context *ssl, int rc) {
  if (ltls_mbed_state(ssl) == MBEDTLS_SSL_END_OF_EARLY_DATA)
    early->state = LTLS_EARLY_ACCEPTED;
  if (ltls_mbed_skips_early(ssl)) early->state = LTLS_EARLY_REJECTED;
  early->is_over = !is_open(ssl);
  return rc == MBEDTLS_ERR_SSL_RECEIVED_EARLY_DATA ? take(early, ssl) : rc;
}

void ltls_early_conclude(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  int status = mbedtls_ssl_get_early_data_status(ssl);
  if (status == MBEDTLS_SSL_EARLY_DATA_STATUS_ACCEPTED)
    early->state = LTLS_EARLY_ACCEPTED;
  if (status == MBEDTLS_SSL_EARLY_DATA_STATUS_REJECTED)
    early->state = LTLS_EARLY_REJECTED;
}

#else

int ltls_early_is_built(void) {
  return 0;
}

void ltls_early_configure(mbedtls_ssl_config *conf, size_t most) {
  (void)conf, (void)most;
}

void ltls_early_offer(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  (void)ssl;
  early->len = 0;
}

int ltls_early_send(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  (void)early, (void)ssl;
  return 0;
}

int ltls_early_take(LtlsEarly *early, mbedtls_ssl_context *ssl, int rc) {
  (void)ssl;
  early->is_over = 1;
  return rc;
}

void ltls_early_conclude(LtlsEarly *early, mbedtls_ssl_context *ssl) {
  (void)early, (void)ssl;
}

#endif
