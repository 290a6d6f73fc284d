/*
** The engine of one connection: what it holds, and what can be told of it. Who
** drives it: 'handshake' and 'flow'.
*/

#include "engine.h"

#include "names.h"

#include <mbedtls/platform.h>
#include <string.h>

int ltls_engine_set_peer(LtlsEngine *engine, const char *peer) {
  size_t size = strlen(peer) + 1;
  engine->peer = mbedtls_calloc(1, size);
  if (engine->peer != NULL) memcpy(engine->peer, peer, size);
  return engine->peer != NULL;
}

void ltls_engine_free(LtlsEngine *engine) {
  ltls_wallet_free(&engine->wallet);
  ltls_visit_forget(&engine->visit);
  ltls_peek_free(&engine->peek);
  mbedtls_ssl_free(&engine->ssl);
  ltls_transport_free(&engine->transport);
  ltls_verdict_free(&engine->verdict);
  ltls_buffer_free(&engine->keylog.lines);
  ltls_buffer_free(&engine->signing.signature);
  ltls_buffer_free(&engine->request);
  ltls_buffer_free(&engine->early.came);
  mbedtls_free(engine->server_name);
  engine->server_name = NULL;
  mbedtls_free(engine->peer);
  engine->peer = NULL;
  engine->is_open = 0;
}

int ltls_engine_is_over(const LtlsEngine *engine) {
  return ltls_mbed_state(&engine->ssl) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

int ltls_engine_is_connected(const LtlsEngine *engine) {
  return engine->is_renegotiating || ltls_engine_is_over(engine);
}

const char *ltls_engine_version(const LtlsEngine *engine) {
  int version = (int)mbedtls_ssl_get_version_number(&engine->ssl);
  if (engine->context->is_datagram && version == MBEDTLS_SSL_VERSION_TLS1_2)
    return "DTLS 1.2";
  return ltls_names_version(version);
}

int ltls_engine_flush(LtlsEngine *engine) {
  while (ltls_mbed_unsent(&engine->ssl) > 0) {
    int rc = mbedtls_ssl_write(&engine->ssl, NULL, 0);
    if (rc < 0) return rc;
  }
  return 0;
}

int ltls_engine_has_more(LtlsEngine *engine, int rc) {
  size_t unread = ltls_buffer_length(&engine->transport.in) +
                  ltls_mbed_unread(&engine->ssl);
  int is_stalled = unread == engine->unread;
  engine->unread = unread;
  engine->stalls = is_stalled ? engine->stalls + 1 : 0;
  if (engine->transport.is_datagram && rc == MBEDTLS_ERR_SSL_WANT_READ &&
      unread > 0 && engine->stalls < 2)
    return 1;
  engine->stalls = 0;
  return 0;
}

const LtlsOrigin *ltls_engine_origin(const LtlsEngine *engine) {
  if (!ltls_engine_is_over(engine) || engine->saw_certificate) return NULL;
  if (engine->context->is_client)
    return engine->offered != NULL ? &engine->offered->origin : NULL;
  return engine->visit.way != LTLS_WAY_NONE ? &engine->visit.origin : NULL;
}

int ltls_engine_is_psk(const LtlsEngine *engine) {
  const LtlsTap *server = engine->context->is_client ? &engine->transport.heard
                                                     : &engine->transport.said;
  return engine->context->psk != LTLS_PSK_NONE && ltls_engine_is_over(engine) &&
         (server->has_psk ||
          ltls_algorithm_is_psk(
              mbedtls_ssl_get_ciphersuite_id_from_ssl(&engine->ssl)));
}
