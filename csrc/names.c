/*
** Words of the standards for the numbers of the wire and of mbedTLS: tables
** and their look-ups, nothing else.
*/

#include "names.h"

#include "mbed.h"

#include <lauxlib.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <string.h>

static const LtlsAlert alerts[] = {
    {0, "close_notify", "the peer has finished"},
    {10, "unexpected_message", "a message came out of order"},
    {20, "bad_record_mac", "a record failed its integrity check"},
    {22, "record_overflow", "a record was too long"},
    {40, "handshake_failure", "no version, cipher suite or group in common"},
    {42, "bad_certificate", "a certificate was corrupt or not acceptable"},
    {43, "unsupported_certificate", "a certificate's type is not supported"},
    {44, "certificate_revoked", "a certificate was revoked"},
    {45, "certificate_expired", "a certificate is expired or not yet valid"},
    {46, "certificate_unknown", "a certificate was not acceptable"},
    {47, "illegal_parameter", "a field of the handshake was out of range"},
    {48, "unknown_ca", "no trusted authority signed the certificate"},
    {49, "access_denied", "the certificate is good but access is refused"},
    {50, "decode_error", "a message could not be decoded"},
    {51, "decrypt_error", "a signature or a Finished check failed"},
    {70, "protocol_version", "no protocol version in common"},
    {71, "insufficient_security", "stronger cipher suites are required"},
    {80, "internal_error", "an error inside the peer"},
    {86, "inappropriate_fallback", "a retry offered less than the peer can do"},
    {90, "user_canceled", "the peer's user cancelled"},
    {100, "no_renegotiation", "renegotiation is refused"},
    {109, "missing_extension", "an extension that must be there was missing"},
    {110, "unsupported_extension", "an extension came that nobody asked for"},
    {112, "unrecognized_name", "no server of that name is here"},
    {113, "bad_certificate_status_response", "the stapled status was bad"},
    {115, "unknown_psk_identity", "the pre-shared key is unknown"},
    {116, "certificate_required", "a client certificate is required"},
    {120, "no_application_protocol", "no application protocol in common"},
    {-1, "unknown", "the alert is not assigned"}, /* must stay last */
};

const LtlsAlert *ltls_names_alert(int code) {
  const LtlsAlert *alert = alerts;
  while (alert->code != code && alert->code != -1)
    alert++;
  return alert;
}

const LtlsAlert *ltls_names_alert_named(const char *name) {
  const LtlsAlert *alert;
  for (alert = alerts; alert->code != -1; alert++)
    if (strcmp(alert->name, name) == 0) return alert;
  return NULL;
}

static const struct {
  unsigned id;
  const char *name;
} groups[] = {
    {22, "secp256k1"},  {23, "secp256r1"},  {24, "secp384r1"},
    {25, "secp521r1"},  {29, "x25519"},     {30, "x448"},
    {256, "ffdhe2048"}, {257, "ffdhe3072"}, {258, "ffdhe4096"},
    {259, "ffdhe6144"}, {260, "ffdhe8192"},
};

const char *ltls_names_group(unsigned id) {
  size_t i;
  for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
    if (groups[i].id == id) return groups[i].name;
  return NULL;
}

const char *ltls_names_version(int version) {
  if (version == MBEDTLS_SSL_VERSION_TLS1_2) return "TLS 1.2";
  return version == MBEDTLS_SSL_VERSION_TLS1_3 ? "TLS 1.3" : NULL;
}

/* mbedTLS writes "TLS1-3-AES-128-GCM-SHA256" and "TLS-RSA-WITH-…", IANA
** "TLS_AES_128_GCM_SHA256" and "TLS_RSA_WITH_…". */
void ltls_names_push_suite(lua_State *L, const char *mbedtls_name) {
  if (strncmp(mbedtls_name, "TLS1-3-", 7) == 0) {
    lua_pushliteral(L, "TLS_");
    luaL_gsub(L, mbedtls_name + 7, "-", "_");
    lua_concat(L, 2);
  } else
    luaL_gsub(L, mbedtls_name, "-", "_");
}

/* Alerts of RFC 8446, 6.2 and RFC 5246, 7.2.2. */
enum {
  NONE = -1,
  UNEXPECTED_MESSAGE = 10,
  BAD_RECORD_MAC = 20,
  RECORD_OVERFLOW = 22,
  HANDSHAKE_FAILURE = 40,
  BAD_CERTIFICATE = 42,
  ILLEGAL_PARAMETER = 47,
  DECODE_ERROR = 50,
  DECRYPT_ERROR = 51,
  PROTOCOL_VERSION = 70,
  INTERNAL_ERROR = 80,
  MISSING_EXTENSION = 109,
  UNSUPPORTED_EXTENSION = 110,
  UNRECOGNIZED_NAME = 112,
  NO_APPLICATION_PROTOCOL = 120
};

#define TEXT(number)    #number
#define TEXT_OF(number) TEXT(number)

static const char bad_signature[] =
    "the peer's signature was not made with its certificate's key, or not over "
    "what we heard";

static const LtlsMeaning meanings[] = {
    {MBEDTLS_ERR_SSL_CONN_EOF, NONE, "truncated",
     "the peer ended the stream without close_notify"},
    {MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, NONE, "closed",
     "the peer closed the connection"},
    {MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, NONE, "alert",
     "the peer sent an alert"},
    {MBEDTLS_ERR_SSL_INVALID_RECORD, DECODE_ERROR, "protocol",
     "the peer sent something that is not a TLS record"},
    {MBEDTLS_ERR_SSL_INVALID_MAC, BAD_RECORD_MAC, "protocol",
     "a record failed its integrity check"},
    {MBEDTLS_ERR_SSL_DECODE_ERROR, DECODE_ERROR, "protocol",
     "the peer sent a message that cannot be decoded"},
    {MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, ILLEGAL_PARAMETER, "protocol",
     "the peer sent a field that is out of range"},
    {MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, UNEXPECTED_MESSAGE, "protocol",
     "the peer sent a message out of order"},
    {MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, UNSUPPORTED_EXTENSION, "protocol",
     "the peer sent an extension that was not asked for"},
    {MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, HANDSHAKE_FAILURE, "protocol",
     "no cipher suite, group or signature algorithm in common"},
    {MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, PROTOCOL_VERSION, "protocol",
     "no TLS version in common"},
    {MBEDTLS_ERR_SSL_VERSION_MISMATCH, PROTOCOL_VERSION, "protocol",
     "the client came back with a lower TLS version than it can do"},
    {MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL, NO_APPLICATION_PROTOCOL,
     "protocol", "no application protocol (ALPN) in common"},
    {MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME, UNRECOGNIZED_NAME, "protocol",
     "no server of that name is here"},
    {MBEDTLS_ERR_SSL_BAD_CERTIFICATE, BAD_CERTIFICATE, "protocol",
     "the peer's certificate does not fit the handshake"},
    /* RFC 5246, 7.4.6; in TLS 1.3 mbedTLS sends an alert by itself. */
    {MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE, HANDSHAKE_FAILURE, "verify",
     "the client sent no certificate, and one is required"},
    {MBEDTLS_ERR_SSL_BAD_INPUT_DATA, DECODE_ERROR, "protocol",
     "the peer sent a handshake message over 16 KB, or a malformed one"},
    {MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL, DECODE_ERROR, "protocol",
     "a message is too long (16 KB; 64 KB for the chain of a peer)"},
#if defined(LUATLS_MOST_IDLE)
    {MBEDTLS_ERR_SSL_TOO_MANY_IDLE, UNEXPECTED_MESSAGE, "protocol",
     "the peer sent more than " TEXT_OF(
         LUATLS_MOST_IDLE) " messages in a row without data: empty records, "
                           "warnings, tickets, new keys or handshakes"},
#endif
    {MBEDTLS_ERR_SSL_COUNTER_WRAPPING, NONE, "protocol",
     "the connection has sent all the records that its keys allow"},
    {MBEDTLS_ERR_SSL_PRIVATE_KEY_REQUIRED, INTERNAL_ERROR, "config",
     "there is no certificate and key for this handshake"},
    {MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED, INTERNAL_ERROR, "config",
     "there is nothing to trust"},
    {MBEDTLS_ERR_SSL_ALLOC_FAILED, INTERNAL_ERROR, "memory",
     "not enough memory"},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, INTERNAL_ERROR, "internal",
     "an error inside mbedTLS"},
    {MBEDTLS_ERR_SSL_TIMEOUT, NONE, "timeout", "nothing came from the peer"},
    {MBEDTLS_ERR_SSL_CLIENT_RECONNECT, NONE, "closed", "the client began anew"},
    {MBEDTLS_ERR_ECP_VERIFY_FAILED, DECRYPT_ERROR, "protocol", bad_signature},
    {MBEDTLS_ERR_ECP_BAD_INPUT_DATA, DECRYPT_ERROR, "protocol", bad_signature},
    {MBEDTLS_ERR_ECP_SIG_LEN_MISMATCH, DECRYPT_ERROR, "protocol",
     bad_signature},
    {MBEDTLS_ERR_RSA_VERIFY_FAILED, DECRYPT_ERROR, "protocol", bad_signature},
    {MBEDTLS_ERR_RSA_INVALID_PADDING, DECRYPT_ERROR, "protocol", bad_signature},
    {MBEDTLS_ERR_PK_SIG_LEN_MISMATCH, DECRYPT_ERROR, "protocol", bad_signature},
};

/* An error of a part may have one of a lower part added to it. */
static int high_part(int code) {
  return -(-code & 0x7f80);
}

const LtlsMeaning *ltls_names_error(int code) {
  size_t i;
  for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
    if (meanings[i].code == high_part(code)) return &meanings[i];
  return NULL;
}

const char *ltls_names_reason(int code, int alert) {
  if (code == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE && alert == DECRYPT_ERROR)
    return "a signature, binder or Finished does not fit what we heard: "
           "somebody has changed the handshake, or a key is wrong";
  if (code == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER && alert == MISSING_EXTENSION)
    return "the peer left out an extension that must be there";
  if (code == MBEDTLS_ERR_SSL_INVALID_RECORD && alert == RECORD_OVERFLOW)
    return "the peer sent a record that is too long";
  return NULL;
}
