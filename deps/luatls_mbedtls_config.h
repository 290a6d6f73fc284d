/*
** What luatls changes in mbedTLS's stock configuration; read after
** mbedtls_config.h. Nothing here names a primitive's implementation.
*/

#ifndef LUATLS_MBEDTLS_CONFIG_H
#define LUATLS_MBEDTLS_CONFIG_H

/* Several threads, each with its own Lua state, share PSA's global data. */
#define MBEDTLS_THREADING_C
#define MBEDTLS_THREADING_PTHREAD

/* What the engine offers beyond the stock configuration. */
#define MBEDTLS_SSL_ASYNC_PRIVATE
#define MBEDTLS_SSL_EARLY_DATA
#define MBEDTLS_SSL_RECORD_SIZE_LIMIT
#define MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK

/* Of our patches: who judges certificates, which alerts and keys, whose order of
** suites counts, downgrades, SHA-1, the algorithm of a signature, tiny fragments,
** who is refused for a pre-shared key, keys elsewhere, what a server asks of
** clients and how they sign, sessions of two versions, their suites and their
** tickets, bytes of rejected early data that are skipped, answers to early data,
** forged datagrams, and bytes of a Certificate message (a growing input buffer is
** what the last one needs). */
#define LUATLS_VERIFY_BY_CALLBACK
#define LUATLS_READABLE_ALERTS
#define LUATLS_WHOLE_MESSAGES
#define LUATLS_UNIQUE_EXTENSIONS
#define LUATLS_BARE_HELLOS
#define LUATLS_RIGHT_ALERTS
#define LUATLS_STRICT_RECORDS
#define LUATLS_UNKNOWN_MODES
#define LUATLS_RETRY_COOKIE
#define LUATLS_SERVER_ORDER
#define LUATLS_FALLBACK_SCSV
#define LUATLS_NO_SHA1_SIGNATURES
#define LUATLS_SIGNATURE_TOLD
#define LUATLS_UNASKED_REFUSED
#define LUATLS_TINY_FRAGMENTS
#define LUATLS_PSK_REFUSALS
#define LUATLS_EXTERNAL_KEYS
#define LUATLS_CERTIFICATE_REQUESTS
#define LUATLS_CERTIFICATE_AUTHORITIES
#define LUATLS_MISSING_CERTIFICATE_TOLD
#define LUATLS_PSS_CLIENT_SIGNATURES
#define LUATLS_MIXED_SESSIONS
#define LUATLS_RESUMED_SUITE
#define LUATLS_TICKETS_RENEWED
#define LUATLS_TICKET_AGE
#define LUATLS_EARLY_DATA_SKIPPED 131072
#define LUATLS_HALF_RTT
#define LUATLS_FORGED_FINISHED_DROPPED
#define LUATLS_LARGE_CERTIFICATES 65536
#define MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH

/* Of our patches, for connections that live long: new keys, other handshakes, how
** many messages in a row may bring no data, tickets that come while a write waits, and the size of
** records (which no padding may make larger than a whole one). */
#define LUATLS_RECORD_SIZES
#define MBEDTLS_SSL_CID_TLS1_3_PADDING_GRANULARITY 1
#define LUATLS_KEY_UPDATE
#define LUATLS_RENEGOTIATION
#define LUATLS_MOST_IDLE 32
#define LUATLS_TICKETS_WHILE_SENDING

/* Stock already; named because tls-unique and the refusal of a peer's attempt
** to renegotiate hang on it. */
#ifndef MBEDTLS_SSL_RENEGOTIATION
#define MBEDTLS_SSL_RENEGOTIATION
#endif

/* A datagram that looks like the hello of a client that was restarted must not
** end the connection that is there. */
#undef MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE

/* Through PSA, small records cost twice the time; TLS 1.3 works without it. */
#undef MBEDTLS_USE_PSA_CRYPTO

/* Tracing is done by our own tap, tests by our specs. */
#undef MBEDTLS_DEBUG_C
#undef MBEDTLS_SELF_TEST

/* The engine opens no socket and keeps no key in files. */
#undef MBEDTLS_NET_C
#undef MBEDTLS_PSA_CRYPTO_STORAGE_C
#undef MBEDTLS_PSA_ITS_FILE_C

/* Ciphers and curves that no TLS peer should choose today. */
#undef MBEDTLS_ARIA_C
#undef MBEDTLS_CAMELLIA_C
#undef MBEDTLS_DES_C
#undef MBEDTLS_ECP_DP_BP256R1_ENABLED
#undef MBEDTLS_ECP_DP_BP384R1_ENABLED
#undef MBEDTLS_ECP_DP_BP512R1_ENABLED
#undef MBEDTLS_ECP_DP_SECP192K1_ENABLED
#undef MBEDTLS_ECP_DP_SECP192R1_ENABLED
#undef MBEDTLS_ECP_DP_SECP224K1_ENABLED
#undef MBEDTLS_ECP_DP_SECP224R1_ENABLED

/* Key exchanges that nobody offers (RFC 9325, 4.1), or without forward secrecy
** and without use. */
#undef MBEDTLS_KEY_EXCHANGE_ECDH_ECDSA_ENABLED
#undef MBEDTLS_KEY_EXCHANGE_ECDH_RSA_ENABLED

/* A pre-shared key together with the RSA key exchange: the padding oracles of the
** one without the forward secrecy of the others. */
#undef MBEDTLS_KEY_EXCHANGE_RSA_PSK_ENABLED

/* Bytes of a pre-shared key (RFC 4279, 5.3). */
#define MBEDTLS_PSK_MAX_LEN 64

/* Formats that nothing here reads. */
#undef MBEDTLS_LMS_C
#undef MBEDTLS_PKCS7_C

#endif
