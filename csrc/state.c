/*
** States. mbedTLS loads what it saved and trusts it; here it may come from a
** file that anybody has written, so all that is used later is checked.
*/

#include "state.h"

#include <mbedtls/md.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <string.h>

int ltls_state_is_tls13(const mbedtls_ssl_session *state) {
  return state->tls_version == MBEDTLS_SSL_VERSION_TLS1_3;
}

const mbedtls_x509_crt *ltls_state_peer(const mbedtls_ssl_session *state) {
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
  return state->peer_cert;
#else
  (void)state;
  return NULL;
#endif
}

int ltls_state_can_resume(const mbedtls_ssl_session *state) {
  /* mbedTLS takes an empty ticket too (its issue 10738). */
  return (state->ticket != NULL && state->ticket_len > 0) ||
         (state->id_len > 0 && !ltls_state_is_tls13(state));
}

uint32_t ltls_state_lifetime(const mbedtls_ssl_session *state) {
  return state->ticket_lifetime;
}

void ltls_state_set_age(mbedtls_ssl_session *state, uint64_t age) {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  mbedtls_ms_time_t then = mbedtls_ms_time() - (mbedtls_ms_time_t)age;
  if (state->endpoint == MBEDTLS_SSL_IS_SERVER)
    state->ticket_creation_time = then;
  else
    state->ticket_reception_time = then;
#else
  (void)state, (void)age;
#endif
}

int ltls_state_same_ticket(const mbedtls_ssl_session *a,
                           const mbedtls_ssl_session *b) {
  if (ltls_state_is_tls13(a) || ltls_state_is_tls13(b)) return 0;
  if (a->ticket == NULL || b->ticket == NULL) return a->ticket == b->ticket;
  return a->ticket_len == b->ticket_len &&
         memcmp(a->ticket, b->ticket, a->ticket_len) == 0;
}

void ltls_state_drop_ticket(mbedtls_ssl_session *state) {
  mbedtls_free(state->ticket);
  state->ticket = NULL;
  state->ticket_len = 0;
}

void ltls_state_forget_traffic(mbedtls_ssl_session *state) {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  mbedtls_platform_zeroize(&state->app_secrets, sizeof(state->app_secrets));
#else
  (void)state;
#endif
}

int ltls_state_save(const mbedtls_ssl_session *state, unsigned char *out,
                    size_t room, size_t *len) {
  mbedtls_ssl_session bare = *state;
  int rc;
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
  bare.peer_cert = NULL;
#endif
  rc = mbedtls_ssl_session_save(&bare, out, room, len);
  mbedtls_platform_zeroize(&bare, sizeof(bare));
  return rc;
}

/* RFC 8446, 4.6.1: the key is as long as the suite's hash. */
static int has_good_key(const mbedtls_ssl_session *state,
                        const mbedtls_ssl_ciphersuite_t *suite) {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  const mbedtls_md_info_t *hash =
      mbedtls_md_info_from_type((mbedtls_md_type_t)suite->mac);
  return hash != NULL && state->resumption_key_len == mbedtls_md_get_size(hash);
#else
  (void)state, (void)suite;
  return 0;
#endif
}

/* Is it one that a handshake could have left? */
static int is_sound(const mbedtls_ssl_session *state, int endpoint) {
  const mbedtls_ssl_ciphersuite_t *suite =
      mbedtls_ssl_ciphersuite_from_id(state->ciphersuite);
  if (suite == NULL || state->endpoint != endpoint ||
      suite->min_tls_version > state->tls_version ||
      suite->max_tls_version < state->tls_version ||
      state->id_len > sizeof(state->id))
    return 0;
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
  if (state->mfl_code >= MBEDTLS_SSL_MAX_FRAG_LEN_INVALID) return 0;
#endif
  return !ltls_state_is_tls13(state) || has_good_key(state, suite);
}

int ltls_state_load(mbedtls_ssl_session *state, const unsigned char *bytes,
                    size_t len, int endpoint) {
  int rc = mbedtls_ssl_session_load(state, bytes, len);
  if (rc != 0 || is_sound(state, endpoint)) return rc;
  mbedtls_ssl_session_free(state);
  return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
}
