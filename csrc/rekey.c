/*
** Renewing keys. mbedTLS, as we patch it, has the cryptography; here is when.
** Nothing is ever sent from here but KeyUpdate, and that only when asked to.
*/

#include "rekey.h"

#include "options.h"

#include <mbedtls/cipher.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <stdio.h>

/* Records of full size that one key may protect, with room for what is on its
** way: RFC 8446, 5.5 allows AES-GCM 2^24.5, RFC 9147, 4.5.3 AES-CCM 2^23. The
** others come to no limit in the life of a connection. */
#define GCM_RECORDS   ((uint64_t)1 << 24)
#define CCM_RECORDS   ((uint64_t)1 << 22)
#define OTHER_RECORDS ((uint64_t)1 << 36)

#define FULL_RECORD 16384 /* bytes: RFC 8446, 5.1 */

uint64_t ltls_rekey_option(lua_State *L, int arg) {
  LtlsRange range = {1, (lua_Integer)OTHER_RECORDS, 0};
  return (uint64_t)ltls_options_integer(L, arg, "key_update_after", range);
}

void ltls_rekey_allow(lua_State *L, int arg, mbedtls_ssl_config *conf) {
  static const char key[] = "renegotiation";
  if (!ltls_options_flag(L, arg, key)) return;
  if (conf->transport == MBEDTLS_SSL_TRANSPORT_DATAGRAM)
    ltls_options_bad(L, key, "it is not for datagrams");
  if (conf->min_tls_version >= MBEDTLS_SSL_VERSION_TLS1_3)
    ltls_options_bad(L, key, "it is for TLS 1.2: TLS 1.3 updates keys");
  if (!LTLS_HAS_RENEGOTIATION)
    ltls_options_bad(L, key, "this mbedTLS cannot: use the one luatls builds");
  ltls_mbed_allow_renegotiation(conf);
}

static const mbedtls_ssl_ciphersuite_t *
suite_of(const mbedtls_ssl_context *ssl) {
  return mbedtls_ssl_ciphersuite_from_id(
      mbedtls_ssl_get_ciphersuite_id_from_ssl(ssl));
}

static uint64_t cipher_limit(const mbedtls_ssl_context *ssl) {
  const mbedtls_ssl_ciphersuite_t *suite = suite_of(ssl);
  const mbedtls_cipher_info_t *cipher =
      mbedtls_cipher_info_from_type((mbedtls_cipher_type_t)suite->cipher);
  mbedtls_cipher_mode_t mode = mbedtls_cipher_info_get_mode(cipher);
  if (mode == MBEDTLS_MODE_GCM) return GCM_RECORDS;
  return mode == MBEDTLS_MODE_CCM ? CCM_RECORDS : OTHER_RECORDS;
}

void ltls_rekey_begin(LtlsRekey *rekey, const mbedtls_ssl_context *ssl,
                      uint64_t wanted, uint64_t bytes_out) {
  rekey->limit = cipher_limit(ssl);
  if (wanted != 0 && wanted < rekey->limit) rekey->limit = wanted;
  rekey->began_at = bytes_out;
}

int ltls_rekey_is_possible(const mbedtls_ssl_context *ssl) {
#if defined(LUATLS_KEY_UPDATE)
  return mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
#else
  (void)ssl;
  return 0;
#endif
}

int ltls_rekey_is_due(const LtlsRekey *rekey, const mbedtls_ssl_context *ssl) {
  return ltls_mbed_update_requested(ssl) ||
         ltls_mbed_records_out(ssl) >= rekey->limit;
}

/* Later than a peer that keeps the same limit, which needs no asking. */
int ltls_rekey_must_ask(const LtlsRekey *rekey,
                        const mbedtls_ssl_context *ssl) {
  return !rekey->has_asked &&
         ltls_mbed_records_in(ssl) > rekey->limit + rekey->limit / 4;
}

/* By bytes: many small records are no nearer to the limit, which is about the
** cipher's blocks. */
int ltls_rekey_is_spent(const LtlsRekey *rekey, uint64_t bytes_out) {
  return (bytes_out - rekey->began_at) / FULL_RECORD >= rekey->limit;
}

#if defined(LUATLS_KEY_UPDATE)

/* "CLIENT_TRAFFIC_SECRET_1", … of one side, whose count is 'number'. */
static void log_secret(LtlsKeylog *keylog, const mbedtls_ssl_context *ssl,
                       int of_client, uint64_t number) {
  char label[48];
  size_t len = mbedtls_md_get_size(
      mbedtls_md_info_from_type((mbedtls_md_type_t)suite_of(ssl)->mac));
  if (keylog == NULL) return;
  (void)snprintf(label, sizeof(label), "%s_TRAFFIC_SECRET_%llu",
                 of_client ? "CLIENT" : "SERVER", (unsigned long long)number);
  ltls_keylog_add(keylog, label, ltls_mbed_traffic_secret(ssl, of_client), len);
}

static int is_client(const mbedtls_ssl_context *ssl) {
  return mbedtls_ssl_conf_get_endpoint(mbedtls_ssl_context_get_config(ssl)) ==
         MBEDTLS_SSL_IS_CLIENT;
}

int ltls_rekey_send(LtlsRekey *rekey, mbedtls_ssl_context *ssl, int request,
                    LtlsKeylog *keylog) {
  int rc = mbedtls_ssl_write_key_update(ssl, request);
  if (rc != 0 && rc != MBEDTLS_ERR_SSL_WANT_WRITE) return rc;
  rekey->sent++;
  if (request) rekey->has_asked = 1;
  log_secret(keylog, ssl, is_client(ssl), rekey->sent);
  return rc;
}

void ltls_rekey_receive(LtlsRekey *rekey, const mbedtls_ssl_context *ssl,
                        LtlsKeylog *keylog) {
  rekey->received++;
  rekey->has_asked = 0;
  log_secret(keylog, ssl, !is_client(ssl), rekey->received);
}

#else

int ltls_rekey_send(LtlsRekey *rekey, mbedtls_ssl_context *ssl, int request,
                    LtlsKeylog *keylog) {
  (void)rekey;
  (void)ssl;
  (void)request;
  (void)keylog;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

void ltls_rekey_receive(LtlsRekey *rekey, const mbedtls_ssl_context *ssl,
                        LtlsKeylog *keylog) {
  (void)rekey;
  (void)ssl;
  (void)keylog;
}

#endif
