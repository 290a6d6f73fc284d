/*
** What this mbedTLS can do: what a build may lack, and our patches.
*/

#include "feature.h"

#include "mbed.h"

#include <mbedtls/version.h>

typedef struct Feature {
  const char *name;
  int present;
} Feature;

static const Feature features[] = {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
    {"tls13", 1},
#else
    {"tls13", 0},
#endif
#if defined(MBEDTLS_SSL_EARLY_DATA)
    {"early_data", 1},
#else
    {"early_data", 0},
#endif
#if defined(MBEDTLS_SSL_RECORD_SIZE_LIMIT)
    {"record_size_limit", 1},
#else
    {"record_size_limit", 0},
#endif
#if defined(LUATLS_RENEGOTIATION)
    {"renegotiation", 1},
#else
    {"renegotiation", 0},
#endif
#if defined(LUATLS_KEY_UPDATE)
    {"key_update", 1},
#else
    {"key_update", 0},
#endif
#if defined(LUATLS_MOST_IDLE)
    {"idle_limit", 1},
#else
    {"idle_limit", 0},
#endif
#if defined(LUATLS_TICKETS_WHILE_SENDING)
    {"tickets_while_sending", 1},
#else
    {"tickets_while_sending", 0},
#endif
#if defined(LUATLS_RECORD_SIZES)
    {"record_sizes", 1},
#else
    {"record_sizes", 0},
#endif
#if defined(LUATLS_VERIFY_BY_CALLBACK)
    {"name_constraints", 1},
#else
    {"name_constraints", 0},
#endif
#if defined(LUATLS_READABLE_ALERTS)
    {"readable_alerts", 1},
#else
    {"readable_alerts", 0},
#endif
#if defined(LUATLS_LARGE_CERTIFICATES)
    {"large_certificates", 1},
#else
    {"large_certificates", 0},
#endif
#if defined(MBEDTLS_SSL_KEYING_MATERIAL_EXPORT)
    {"exporter", 1},
#else
    {"exporter", 0},
#endif
#if defined(LUATLS_WHOLE_MESSAGES)
    {"whole_messages", 1},
#else
    {"whole_messages", 0},
#endif
#if defined(LUATLS_UNIQUE_EXTENSIONS)
    {"unique_extensions", 1},
#else
    {"unique_extensions", 0},
#endif
#if defined(LUATLS_BARE_HELLOS)
    {"bare_hellos", 1},
#else
    {"bare_hellos", 0},
#endif
#if defined(LUATLS_RIGHT_ALERTS)
    {"right_alerts", 1},
#else
    {"right_alerts", 0},
#endif
#if defined(LUATLS_STRICT_RECORDS)
    {"strict_records", 1},
#else
    {"strict_records", 0},
#endif
#if defined(LUATLS_UNKNOWN_MODES)
    {"psk_modes", 1},
#else
    {"psk_modes", 0},
#endif
#if defined(LUATLS_RETRY_COOKIE)
    {"retry_cookie", 1},
#else
    {"retry_cookie", 0},
#endif
#if defined(LUATLS_SERVER_ORDER)
    {"server_order", 1},
#else
    {"server_order", 0},
#endif
#if defined(LUATLS_FALLBACK_SCSV)
    {"fallback_scsv", 1},
#else
    {"fallback_scsv", 0},
#endif
#if defined(LUATLS_NO_SHA1_SIGNATURES)
    {"no_sha1_signatures", 1},
#else
    {"no_sha1_signatures", 0},
#endif
#if defined(LUATLS_SIGNATURE_TOLD)
    {"signature_algorithm", 1},
#else
    {"signature_algorithm", 0},
#endif
#if defined(LUATLS_UNASKED_REFUSED)
    {"unasked_refused", 1},
#else
    {"unasked_refused", 0},
#endif
#if defined(LUATLS_TINY_FRAGMENTS)
    {"tiny_fragments", 1},
#else
    {"tiny_fragments", 0},
#endif
#if defined(LUATLS_PSK_REFUSALS)
    {"psk_refusals", 1},
#else
    {"psk_refusals", 0},
#endif
#if defined(LUATLS_EXTERNAL_KEYS)
    {"external_keys", 1},
#else
    {"external_keys", 0},
#endif
#if defined(LUATLS_CERTIFICATE_REQUESTS)
    {"certificate_requests", 1},
#else
    {"certificate_requests", 0},
#endif
#if defined(LUATLS_CERTIFICATE_AUTHORITIES)
    {"certificate_authorities", 1},
#else
    {"certificate_authorities", 0},
#endif
#if defined(LUATLS_MISSING_CERTIFICATE_TOLD)
    {"missing_certificate_told", 1},
#else
    {"missing_certificate_told", 0},
#endif
#if defined(LUATLS_PSS_CLIENT_SIGNATURES)
    {"pss_client_signatures", 1},
#else
    {"pss_client_signatures", 0},
#endif
#if defined(LUATLS_MIXED_SESSIONS)
    {"mixed_sessions", 1},
#else
    {"mixed_sessions", 0},
#endif
#if defined(LUATLS_RESUMED_SUITE)
    {"resumed_suite", 1},
#else
    {"resumed_suite", 0},
#endif
#if defined(LUATLS_TICKETS_RENEWED)
    {"tickets_renewed", 1},
#else
    {"tickets_renewed", 0},
#endif
#if defined(LUATLS_TICKET_AGE)
    {"ticket_age", 1},
#else
    {"ticket_age", 0},
#endif
#if defined(LUATLS_EARLY_DATA_SKIPPED)
    {"early_data_skipped", 1},
#else
    {"early_data_skipped", 0},
#endif
#if defined(LUATLS_HALF_RTT)
    {"half_rtt", 1},
#else
    {"half_rtt", 0},
#endif
#if LTLS_HAS_DATAGRAMS
    {"dtls", 1},
#else
    {"dtls", 0},
#endif
#if defined(LUATLS_FORGED_FINISHED_DROPPED)
    {"forged_finished_dropped", 1},
#else
    {"forged_finished_dropped", 0},
#endif
#if defined(MBEDTLS_THREADING_C)
    {"threads", 1},
#else
    {"threads", 0},
#endif
};

void ltls_feature_push_all(lua_State *L) {
  char version[16];
  size_t i;
  lua_newtable(L);
  for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
    lua_pushboolean(L, features[i].present);
    lua_setfield(L, -2, features[i].name);
  }
  mbedtls_version_get_string(version);
  lua_pushstring(L, version);
  lua_setfield(L, -2, "mbedtls");
}
