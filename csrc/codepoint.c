/*
** Names out of IANA's registries of TLS for what clients offer. The tables here
** have what this library does not do; the rest is in 'algorithm' and 'names'.
*/

#include "codepoint.h"

#include "algorithm.h"
#include "hello.h"
#include "mbed.h"
#include "names.h"

#include <stdio.h>

typedef struct Word {
  unsigned number;
  const char *name;
} Word;

static const Word versions[] = {
    {0x0002, "SSL 2.0"}, {0x0300, "SSL 3.0"}, {0x0301, "TLS 1.0"},
    {0x0302, "TLS 1.1"}, {0x0303, "TLS 1.2"}, {0x0304, "TLS 1.3"},
    {0, NULL},
};

/* Those that are not suites (RFC 5746, 3.3; RFC 7507, 2). */
static const Word suites[] = {
    {0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
    {0x5600, "TLS_FALLBACK_SCSV"},
    {0, NULL},
};

static const Word groups[] = {
    {26, "brainpoolP256r1"},
    {27, "brainpoolP384r1"},
    {28, "brainpoolP512r1"},
    {4587, "SecP256r1MLKEM768"},
    {4588, "X25519MLKEM768"},
    {4589, "SecP384r1MLKEM1024"},
    {0, NULL},
};

static const Word signatures[] = {
    {0x0201, "rsa_pkcs1_sha1"},
    {0x0203, "ecdsa_sha1"},
    {0x0807, "ed25519"},
    {0x0808, "ed448"},
    {0x0809, "rsa_pss_pss_sha256"},
    {0x080a, "rsa_pss_pss_sha384"},
    {0x080b, "rsa_pss_pss_sha512"},
    {0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
    {0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
    {0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
    {0, NULL},
};

static const Word extensions[] = {
    {0, "server_name"},
    {1, "max_fragment_length"},
    {2, "client_certificate_url"},
    {3, "trusted_ca_keys"},
    {4, "truncated_hmac"},
    {5, "status_request"},
    {10, "supported_groups"},
    {11, "ec_point_formats"},
    {13, "signature_algorithms"},
    {14, "use_srtp"},
    {15, "heartbeat"},
    {16, "application_layer_protocol_negotiation"},
    {17, "status_request_v2"},
    {18, "signed_certificate_timestamp"},
    {19, "client_certificate_type"},
    {20, "server_certificate_type"},
    {21, "padding"},
    {22, "encrypt_then_mac"},
    {23, "extended_master_secret"},
    {27, "compress_certificate"},
    {28, "record_size_limit"},
    {34, "delegated_credential"},
    {35, "session_ticket"},
    {41, "pre_shared_key"},
    {42, "early_data"},
    {43, "supported_versions"},
    {44, "cookie"},
    {45, "psk_key_exchange_modes"},
    {47, "certificate_authorities"},
    {48, "oid_filters"},
    {49, "post_handshake_auth"},
    {50, "signature_algorithms_cert"},
    {51, "key_share"},
    {57, "quic_transport_parameters"},
    {0xfe0d, "encrypted_client_hello"},
    {0xff01, "renegotiation_info"},
    {0, NULL},
};

static const struct {
  const Word *words;
  const LtlsRegistry *registry; /* of what this library does, or NULL */
} tables[] = {
    [LTLS_VERSION] = {versions, NULL},
    [LTLS_SUITE] = {suites, &ltls_algorithm_suites},
    [LTLS_GROUP] = {groups, &ltls_algorithm_groups},
    [LTLS_SIGNATURE] = {signatures, &ltls_algorithm_signatures},
    [LTLS_EXTENSION] = {extensions, NULL},
};

static const char *find(LtlsCodepoint kind, unsigned number) {
  const Word *word = tables[kind].words;
  for (; word->name != NULL; word++)
    if (word->number == number) return word->name;
  if (kind == LTLS_GROUP) return ltls_names_group(number);
  if (tables[kind].registry == NULL) return NULL;
  return ltls_algorithm_name(tables[kind].registry, (int)number);
}

/* Suites that mbedTLS could do have the name that it makes of them; 0 when it
** knows none. */
static int push_suite(lua_State *L, unsigned number) {
  const mbedtls_ssl_ciphersuite_t *suite =
      mbedtls_ssl_ciphersuite_from_id((int)number);
  if (suite == NULL) return 0;
  ltls_names_push_suite(L, suite->name);
  return 1;
}

void ltls_codepoint_push(lua_State *L, LtlsCodepoint kind, unsigned number) {
  const char *name = find(kind, number);
  char text[16];
  if (name == NULL && kind == LTLS_SUITE && push_suite(L, number)) return;
  if (name == NULL) {
    (void)snprintf(text, sizeof(text), "%s0x%04x",
                   ltls_hello_is_grease(number) ? "GREASE:" : "", number);
    name = text;
  }
  lua_pushstring(L, name);
}
