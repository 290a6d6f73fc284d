/*
** Key log lines in the form of NSS, which protocol analysers read
** (draft-ietf-tls-keylogfile).
*/

#ifndef LUATLS_KEYLOG_H
#define LUATLS_KEYLOG_H

#include "bytes.h"
#include "mbed.h"

/* An mbedTLS 'f_export_keys'; 'buffer' is an LtlsBuffer that gets one line per
** secret. Without memory the line is left out. Calls no Lua. */
void ltls_keylog_collect(void *buffer, mbedtls_ssl_key_export_type type,
                         const unsigned char *secret, size_t secret_len,
                         const unsigned char client_random[32],
                         const unsigned char server_random[32],
                         mbedtls_tls_prf_types prf);

#endif
