/*
** Flows. Between two records a connection has no record buffers: it wakes before
** mbedTLS is called, and rests when there is nothing more to do.
*/

#include "flow.h"

#include "handshake.h"

#include <mbedtls/platform_util.h>

#define MAX_RECORD ((size_t)16384) /* bytes of data (RFC 8446, 5.1) */

/* Records need buffers again; 0 or an mbedTLS error. */
static int wake(LtlsEngine *engine) {
  LtlsDescriptor *descriptor = &engine->transport.descriptor;
  if (descriptor->fd >= 0)
    ltls_pool_lend(&engine->context->pool, &descriptor->ahead);
  if (!engine->rest.is_resting) return 0;
  engine->woken_at = engine->transport.bytes_in;
  return ltls_pool_wake(&engine->context->pool, &engine->rest, &engine->ssl)
             ? 0
             : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

/* Nothing is under way: connections wait without buffers. */
static void rest(LtlsEngine *engine) {
  uint64_t used = engine->transport.bytes_in - engine->woken_at;
  ltls_pool_keep(&engine->context->pool, &engine->transport.descriptor.ahead);
  ltls_pool_rest(&engine->context->pool, &engine->rest, &engine->ssl,
                 (size_t)used);
}

/* Before data goes either way: the handshake, and its last flight. What a write
** has left to send does not keep anybody from reading. */
static int begin(LtlsEngine *engine) {
  int rc = wake(engine);
  if (rc != 0 || (engine->is_writing && ltls_engine_is_over(engine))) return rc;
  return ltls_handshake_run(engine, LTLS_UNTIL_DONE);
}

static LtlsKeylog *keylog_of(LtlsEngine *engine) {
  return engine->context->has_keylog ? &engine->keylog : NULL;
}

/* In TLS 1.3 mbedTLS keeps a ticket's message, says that it wants to read, and
** looks at the message when it is called again. */
static int holds_ticket(const LtlsEngine *engine, int rc) {
  return rc == MBEDTLS_ERR_SSL_WANT_READ &&
         ltls_mbed_state(&engine->ssl) == MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET;
}

/* A client that renegotiates may get data before the server answers. */
static int holds_data(const LtlsEngine *engine, int rc) {
  return rc == MBEDTLS_ERR_SSL_WANT_READ && engine->is_renegotiating &&
         ltls_mbed_kept_type(&engine->ssl) == MBEDTLS_SSL_MSG_APPLICATION_DATA;
}

/* As mbedTLS, but another handshake goes on in our own steps. */
static int look(LtlsEngine *engine) {
  int rc = mbedtls_ssl_read(&engine->ssl, NULL, 0);
  if (!ltls_mbed_is_renegotiation(rc)) return rc;
  ltls_handshake_begin_again(engine);
  return ltls_handshake_run(engine, LTLS_UNTIL_DONE);
}

/* Did mbedTLS take something that is no data, so that it must be called again?
** It says 0 after an empty record; the end of the stream has a code of its own
** (see ltls_transport_receive). */
static int goes_on(LtlsEngine *engine, int rc) {
  if (rc == 0) return mbedtls_ssl_get_bytes_avail(&engine->ssl) == 0;
  if (rc == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
    ltls_wallet_add(&engine->wallet, &engine->ssl);
    return 1;
  }
  if (ltls_mbed_is_key_update(rc)) {
    ltls_rekey_receive(&engine->rekey, &engine->ssl, keylog_of(engine));
    return 1;
  }
  return holds_ticket(engine, rc) || holds_data(engine, rc) ||
         ltls_engine_has_more(engine, rc);
}

/* The peer's keys are worn and it does not renew them by itself. What goes wrong
** here, the next write will tell. */
static void ask_peer(LtlsEngine *engine) {
  if (engine->has_shut_down || !ltls_rekey_is_possible(&engine->ssl)) return;
  if (engine->rekey.has_asked)
    (void)ltls_engine_flush(engine); /* it may not have gone yet */
  else if (ltls_rekey_must_ask(&engine->rekey, &engine->ssl) &&
           ltls_engine_flush(engine) == 0)
    (void)ltls_rekey_send(&engine->rekey, &engine->ssl, 1, keylog_of(engine));
}

int ltls_flow_await_early(LtlsEngine *engine) {
  if (ltls_early_is_known(&engine->early)) return 0;
  return ltls_handshake_run(engine, LTLS_UNTIL_EARLY);
}

int ltls_flow_has_early(const LtlsEngine *engine) {
  return !engine->context->is_client && !engine->early.is_read &&
         engine->early.state == LTLS_EARLY_ACCEPTED;
}

int ltls_flow_fill(LtlsEngine *engine) {
  size_t unread = mbedtls_ssl_get_bytes_avail(&engine->ssl);
  int rc = 0;
  if (engine->is_renegotiating && unread > 0) return (int)unread;
  rc = begin(engine);
  if (rc != 0 && !holds_data(engine, rc)) return rc;
  do {
    rc = look(engine);
  } while (goes_on(engine, rc));
  if (rc == 0) ask_peer(engine);
  if (rc == MBEDTLS_ERR_SSL_WANT_READ) rest(engine);
  return rc < 0 ? rc : (int)mbedtls_ssl_get_bytes_avail(&engine->ssl);
}

void ltls_flow_consume(LtlsEngine *engine, size_t len) {
  unsigned char scratch[1024];
  size_t used = len < sizeof(scratch) ? len : sizeof(scratch);
  while (len > 0) {
    size_t part = len < sizeof(scratch) ? len : sizeof(scratch);
    int got = mbedtls_ssl_read(&engine->ssl, scratch, part);
    if (got <= 0) break;
    len -= (size_t)got;
  }
  mbedtls_platform_zeroize(scratch, used);
}

/* The alert is made once; a second call only sends what did not fit. */
int ltls_flow_shutdown(LtlsEngine *engine) {
  int rc = wake(engine);
  /* After an answer to early data; mbedTLS would say nothing. */
  if (rc == 0 && engine->early.state == LTLS_EARLY_ACCEPTED)
    rc = ltls_handshake_run(engine, LTLS_UNTIL_DONE);
  if (rc == 0) rc = ltls_engine_flush(engine);
  if (rc != 0 || engine->has_shut_down) return rc;
  engine->has_shut_down = 1;
  if (engine->awaits_hello) return 0; /* nothing was said yet */
  if (!engine->is_renegotiating) return mbedtls_ssl_close_notify(&engine->ssl);
  return mbedtls_ssl_send_alert_message(&engine->ssl,
                                        MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                        MBEDTLS_SSL_ALERT_MSG_CLOSE_NOTIFY);
}

/* Between two records of data: are the keys good for another one? */
static int prepare_keys(LtlsEngine *engine) {
  LtlsRekey *rekey = &engine->rekey;
  int rc;
  if (ltls_rekey_is_possible(&engine->ssl)) {
    if (!ltls_rekey_is_due(rekey, &engine->ssl)) return 0;
    return ltls_rekey_send(rekey, &engine->ssl,
                           ltls_rekey_must_ask(rekey, &engine->ssl),
                           keylog_of(engine));
  }
  if (!ltls_rekey_is_spent(rekey, engine->transport.bytes_out)) return 0;
  rekey->has_ended = 1;
  rc = ltls_flow_shutdown(engine);
  return rc == 0 || rc == MBEDTLS_ERR_SSL_WANT_WRITE
             ? MBEDTLS_ERR_SSL_COUNTER_WRAPPING
             : rc;
}

/* Small records at first: a peer can decrypt each as it comes, while TCP's window
** of ten segments (RFC 6928) opens. Then whole ones, which cost less. */
static size_t record_size(const LtlsEngine *engine, size_t len) {
  enum { SMALL = 1369, FIRST = 10 * SMALL };
  return len > SMALL && engine->written < FIRST ? SMALL : len;
}

int ltls_flow_most(const LtlsEngine *engine) {
  int most = mbedtls_ssl_get_max_out_record_payload(&engine->ssl);
  return most > 0 ? most : 0;
}

/* What mbedTLS puts into one record: of datagrams all, or nothing. */
static int record_part(const LtlsEngine *engine, size_t len) {
  int most = ltls_flow_most(engine);
  if (engine->context->is_datagram)
    return len > (size_t)most ? MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL : (int)len;
  len = record_size(engine, len);
  return most > 0 && len > (size_t)most ? most : (int)len;
}

/* A server answers early data at once. */
static int begin_writing(LtlsEngine *engine) {
  int is_early =
      !engine->context->is_client && ltls_mbed_writes_early(&engine->ssl);
  return is_early ? 0 : begin(engine);
}

/* A record that was made and could not go is sent with the next write, but also
** while mbedTLS reads, where a ticket comes: made anew, it would go twice. */
static int write_record(LtlsEngine *engine, const char *data, size_t len) {
  int rc = begin_writing(engine);
  if (rc == 0) rc = ltls_engine_flush(engine);
  if (rc != 0) return rc;
  if (engine->part == 0) {
    if (ltls_engine_is_over(engine)) rc = prepare_keys(engine);
    if (rc != 0) return rc;
    rc = record_part(engine, len);
    if (rc < 0) return rc;
    engine->part = rc;
    rc = mbedtls_ssl_write(&engine->ssl, (const unsigned char *)data,
                           (size_t)engine->part);
    if (rc == MBEDTLS_ERR_SSL_WANT_WRITE && ltls_mbed_unsent(&engine->ssl) > 0)
      return rc;
  } else
    rc = engine->part;
  engine->part = 0;
  if (rc > 0) engine->written += (uint64_t)rc;
  return rc;
}

int ltls_flow_write(LtlsEngine *engine, const char *data, size_t len) {
  LtlsDescriptor *descriptor = &engine->transport.descriptor;
  int rc = 0, sent;
  if (len - engine->rest_offset > record_size(engine, MAX_RECORD))
    ltls_descriptor_cork(descriptor);
  while (rc >= 0 && engine->rest_offset < len) {
    rc = write_record(engine, data + engine->rest_offset,
                      len - engine->rest_offset);
    if (rc > 0) engine->rest_offset += (size_t)rc;
  }
  sent = ltls_descriptor_flush(descriptor);
  if (rc >= 0 && sent == 0) rest(engine);
  return rc < 0 ? rc : sent;
}

/* As with the alert: a message that was made is only sent by a second call. */
int ltls_flow_update_keys(LtlsEngine *engine, int request) {
  LtlsRekey *rekey = &engine->rekey;
  int rc = wake(engine);
  if (rc == 0) rc = ltls_handshake_run(engine, LTLS_UNTIL_DONE);
  if (rc == 0 && !ltls_rekey_is_possible(&engine->ssl))
    rc = MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
  if (rc == 0) rc = ltls_engine_flush(engine);
  if (rc != 0) return rc;
  if (!rekey->is_going)
    rc = ltls_rekey_send(rekey, &engine->ssl, request, keylog_of(engine));
  rekey->is_going = rc == MBEDTLS_ERR_SSL_WANT_WRITE;
  if (rc == 0) rest(engine);
  return rc;
}

const char *ltls_flow_no_renegotiation(const LtlsEngine *engine) {
  const mbedtls_ssl_context *ssl = &engine->ssl;
  if (mbedtls_ssl_get_version_number(ssl) != MBEDTLS_SSL_VERSION_TLS1_2)
    return "TLS 1.3 has no renegotiation";
  if (!ltls_mbed_may_renegotiate(ssl)) return "renegotiation is off";
  return ltls_mbed_peer_renegotiates(ssl)
             ? NULL
             : "the peer does not know secure renegotiation (RFC 5746)";
}

/* Begin, or have the client begin. */
static int start_renegotiation(LtlsEngine *engine) {
  int rc;
  if (ltls_flow_no_renegotiation(engine) != NULL)
    return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
  rc = ltls_mbed_renegotiate(&engine->ssl);
  engine->rekey.is_going = rc == MBEDTLS_ERR_SSL_WANT_WRITE;
  if (!ltls_mbed_is_renegotiation(rc)) return rc;
  engine->rekey.is_going = 1;
  ltls_handshake_begin_again(engine);
  return ltls_handshake_run(engine, LTLS_UNTIL_DONE);
}

/* A client is done when the handshake is, which may come to its end in a read; a
** server when it has asked for it. */
int ltls_flow_renegotiate(LtlsEngine *engine) {
  int is_going = engine->is_renegotiating || engine->rekey.is_going;
  int rc = wake(engine);
  if (rc == 0) rc = ltls_handshake_run(engine, LTLS_UNTIL_DONE);
  if (rc == 0) rc = ltls_engine_flush(engine);
  if (rc == 0 && !is_going) rc = start_renegotiation(engine);
  if (rc != 0) return rc;
  engine->rekey.is_going = 0;
  rest(engine);
  return 0;
}
