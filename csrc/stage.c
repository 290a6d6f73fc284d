/*
** Names of stages. mbedTLS' states are those of both versions in one list, with
** some of its own between them.
*/

#include "stage.h"

/* By mbedtls_ssl_states; a gap in the numbers leaves a NULL. What mbedTLS does
** after the last message is still part of sending or reading that. */
static const char *const names[] = {
    [MBEDTLS_SSL_HELLO_REQUEST] = "start",
    [MBEDTLS_SSL_CLIENT_HELLO] = "client_hello",
    [MBEDTLS_SSL_SERVER_HELLO] = "server_hello",
    [MBEDTLS_SSL_SERVER_CERTIFICATE] = "server_certificate",
    [MBEDTLS_SSL_SERVER_KEY_EXCHANGE] = "server_key_exchange",
    [MBEDTLS_SSL_CERTIFICATE_REQUEST] = "certificate_request",
    [MBEDTLS_SSL_SERVER_HELLO_DONE] = "server_hello_done",
    [MBEDTLS_SSL_CLIENT_CERTIFICATE] = "client_certificate",
    [MBEDTLS_SSL_CLIENT_KEY_EXCHANGE] = "client_key_exchange",
    [MBEDTLS_SSL_CERTIFICATE_VERIFY] = "client_certificate_verify",
    [MBEDTLS_SSL_CLIENT_CHANGE_CIPHER_SPEC] = "client_change_cipher_spec",
    [MBEDTLS_SSL_CLIENT_FINISHED] = "client_finished",
    [MBEDTLS_SSL_SERVER_CHANGE_CIPHER_SPEC] = "server_change_cipher_spec",
    [MBEDTLS_SSL_SERVER_FINISHED] = "server_finished",
    [MBEDTLS_SSL_FLUSH_BUFFERS] = "server_finished",
    [MBEDTLS_SSL_HANDSHAKE_WRAPUP] = "server_finished",
    [MBEDTLS_SSL_NEW_SESSION_TICKET] = "new_session_ticket",
    [MBEDTLS_SSL_SERVER_HELLO_VERIFY_REQUEST_SENT] = "hello_verify_request",
    [MBEDTLS_SSL_HELLO_RETRY_REQUEST] = "hello_retry_request",
    [MBEDTLS_SSL_ENCRYPTED_EXTENSIONS] = "encrypted_extensions",
    [MBEDTLS_SSL_END_OF_EARLY_DATA] = "end_of_early_data",
    [MBEDTLS_SSL_CLIENT_CERTIFICATE_VERIFY] = "client_certificate_verify",
    [MBEDTLS_SSL_CLIENT_CCS_AFTER_SERVER_FINISHED] =
        "client_change_cipher_spec",
    [MBEDTLS_SSL_CLIENT_CCS_BEFORE_2ND_CLIENT_HELLO] =
        "client_change_cipher_spec",
    [MBEDTLS_SSL_SERVER_CCS_AFTER_SERVER_HELLO] = "server_change_cipher_spec",
    [MBEDTLS_SSL_CLIENT_CCS_AFTER_CLIENT_HELLO] = "client_change_cipher_spec",
    [MBEDTLS_SSL_SERVER_CCS_AFTER_HELLO_RETRY_REQUEST] =
        "server_change_cipher_spec",
    [MBEDTLS_SSL_HANDSHAKE_OVER] = "connected",
    [MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET] = "new_session_ticket",
    [MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET_FLUSH] = "new_session_ticket",
};

static int is_tls13(const LtlsEngine *engine) {
  return mbedtls_ssl_get_version_number(&engine->ssl) ==
         MBEDTLS_SSL_VERSION_TLS1_3;
}

/* In TLS 1.3 some states mean the other side's message, or come after another. */
static const char *name_of_tls13(int state) {
  if (state == MBEDTLS_SSL_CERTIFICATE_VERIFY)
    return "server_certificate_verify";
  if (state == MBEDTLS_SSL_FLUSH_BUFFERS ||
      state == MBEDTLS_SSL_HANDSHAKE_WRAPUP)
    return "client_finished";
  return names[state];
}

/* In TLS 1.2 mbedTLS sees only when it goes on that a ticket comes first. */
static const char *name_of_tls12(const LtlsEngine *engine, int state) {
  const LtlsTransport *transport = &engine->transport;
  const LtlsTap *server =
      engine->context->is_client ? &transport->heard : &transport->said;
  if (state == MBEDTLS_SSL_SERVER_CHANGE_CIPHER_SPEC && server->owes_ticket)
    return "new_session_ticket";
  return names[state];
}

static const char *name_of(const LtlsEngine *engine, int state) {
  const char *name = NULL;
  if (state >= 0 && (size_t)state < sizeof(names) / sizeof(names[0]))
    name =
        is_tls13(engine) ? name_of_tls13(state) : name_of_tls12(engine, state);
  return name != NULL ? name : "start";
}

const char *ltls_stage_name(const LtlsEngine *engine) {
  return name_of(engine, ltls_mbed_state(&engine->ssl));
}

/* mbedTLS counts on before it looks into a few of the messages. */
const char *ltls_stage_failed(const LtlsEngine *engine) {
  int state = ltls_mbed_state(&engine->ssl);
  if (state == engine->state + 1) state = engine->state;
  return name_of(engine, state);
}
