/*
** Key log lines in the form of NSS, which protocol analysers read
** (draft-ietf-tls-keylogfile).
*/

#ifndef LUATLS_KEYLOG_H
#define LUATLS_KEYLOG_H

#include "bytes.h"
#include "mbed.h"

typedef struct LtlsKeylog {
  LtlsBuffer lines;                /* to deliver; each ends with a newline */
  unsigned char client_random[32]; /* of the handshake: it names the keys */
} LtlsKeylog;

/* An mbedTLS 'f_export_keys'; 'data' is an LtlsKeylog that gets one line per
** secret. Without memory the line is left out. Calls no Lua. */
void ltls_keylog_collect(void *data, mbedtls_ssl_key_export_type type,
                         const unsigned char *secret, size_t secret_len,
                         const unsigned char client_random[32],
                         const unsigned char server_random[32],
                         mbedtls_tls_prf_types prf);

/* Another line for the same connection, whose handshake has been logged. */
void ltls_keylog_add(LtlsKeylog *keylog, const char *name,
                     const unsigned char *secret, size_t len);

#endif
