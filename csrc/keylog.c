/*
** Key log lines: "LABEL client_random secret", in hex. They are collected
** while mbedTLS runs and given to Lua when it has returned.
*/

#include "keylog.h"

#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <string.h>

#define MAX_SECRET 64 /* bytes: SHA-512 would have them */

static const char *label(mbedtls_ssl_key_export_type type) {
  switch (type) {
  case MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET:
    return "CLIENT_RANDOM";
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_EARLY_SECRET:
    return "CLIENT_EARLY_TRAFFIC_SECRET";
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_EARLY_EXPORTER_SECRET:
    return "EARLY_EXPORTER_SECRET";
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_HANDSHAKE_TRAFFIC_SECRET:
    return "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_HANDSHAKE_TRAFFIC_SECRET:
    return "SERVER_HANDSHAKE_TRAFFIC_SECRET";
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_APPLICATION_TRAFFIC_SECRET:
    return "CLIENT_TRAFFIC_SECRET_0";
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_APPLICATION_TRAFFIC_SECRET:
    return "SERVER_TRAFFIC_SECRET_0";
#endif
  default:
    return NULL;
  }
}

static char *write_hex(char *out, const unsigned char *data, size_t len) {
  static const char digits[] = "0123456789abcdef";
  size_t i;
  for (i = 0; i < len; i++) {
    *out++ = digits[data[i] >> 4];
    *out++ = digits[data[i] & 15];
  }
  return out;
}

void ltls_keylog_add(LtlsKeylog *keylog, const char *name,
                     const unsigned char *secret, size_t len) {
  char line[48 + 2 * 32 + 2 * MAX_SECRET + 8];
  char *end;
  if (len > MAX_SECRET) return;
  end = line + snprintf(line, 48, "%s ", name);
  end = write_hex(end, keylog->client_random, 32);
  *end++ = ' ';
  end = write_hex(end, secret, len);
  *end++ = '\n';
  ltls_buffer_append(&keylog->lines, line, (size_t)(end - line));
  mbedtls_platform_zeroize(line, sizeof(line));
}

/* NOLINTNEXTLINE(readability-function-size): the signature is mbedTLS' */
void ltls_keylog_collect(void *data, mbedtls_ssl_key_export_type type,
                         const unsigned char *secret, size_t secret_len,
                         const unsigned char client_random[32],
                         const unsigned char server_random[32],
                         mbedtls_tls_prf_types prf) {
  LtlsKeylog *keylog = data;
  const char *name = label(type);
  (void)server_random;
  (void)prf;
  memcpy(keylog->client_random, client_random, 32);
  if (name != NULL) ltls_keylog_add(keylog, name, secret, secret_len);
}
