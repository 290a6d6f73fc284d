/*
** The handshake, step by step: what mbedTLS leaves open before and after each of
** its own, and what is noted at the end.
*/

#include "handshake.h"

#include "state.h"

#include <mbedtls/platform.h>
#include <string.h>

/* Send an alert. Without mbedTLS, as it is not set up yet: one short record
** (RFC 8446, 5.1 and 6), the first of the connection, for which there is room. */
static int send_alert(LtlsEngine *engine) {
  const unsigned char record[] = {
      MBEDTLS_SSL_MSG_ALERT,         3, 3, 0, 2, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
      (unsigned char)engine->refusal};
  int sent;
  if (!engine->awaits_hello)
    return mbedtls_ssl_send_alert_message(&engine->ssl, record[5], record[6]);
  sent = ltls_transport_send(&engine->transport, record, sizeof(record));
  return sent < 0 ? sent : 0;
}

/* Send the alert of a refusal, once, as far as it goes. */
static int refuse(LtlsEngine *engine) {
  int rc = ltls_engine_flush(engine);
  if (rc == 0 && !engine->has_refused) {
    engine->has_refused = 1;
    rc = send_alert(engine);
  }
  return rc == 0 ? MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE : rc;
}

/* A server whose peer's chain does not fit into a ticket gives none. mbedTLS
** would end the handshake in failure. 1 when it is over now. */
static int skip_tickets(LtlsEngine *engine) {
  const mbedtls_ssl_session *session = ltls_mbed_session(&engine->ssl);
  if (engine->context->is_client || session == NULL ||
      ltls_mbed_state(&engine->ssl) != MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET ||
      ltls_ticket_fits(&engine->visit, session))
    return 0;
  engine->context->statistics.too_large++;
  ltls_mbed_skip_tickets(&engine->ssl);
  return 1;
}

/* RFC 7627, 5.3: a session goes on with or without the extended master secret,
** as it began. Is this the server's answer that says otherwise? */
static int is_other_secret(const LtlsEngine *engine) {
  const LtlsTap *heard = &engine->transport.heard;
  return engine->offered != NULL && !engine->saw_certificate &&
         !heard->is_tls13 &&
         ltls_mbed_state(&engine->ssl) ==
             MBEDTLS_SSL_SERVER_CHANGE_CIPHER_SPEC &&
         heard->has_extended_master_secret != engine->offered->origin.is_bound;
}

/* A handshake that resumes never comes to the server's certificate. */
static int step(LtlsEngine *engine) {
  LtlsTickets *tickets = &engine->context->reuse.tickets;
  LtlsVisit *outer = tickets->visit; /* a callback may use connections */
  int rc;
  engine->state = ltls_mbed_state(&engine->ssl);
  tickets->visit = &engine->visit;
  engine->visit.server_name = engine->server_name;
  if (engine->visit.way == LTLS_WAY_NONE)
    engine->visit.origin.is_bound =
        engine->transport.said.has_extended_master_secret;
  rc = skip_tickets(engine) ? 0 : mbedtls_ssl_handshake_step(&engine->ssl);
  tickets->visit = outer;
  if (ltls_mbed_state(&engine->ssl) == MBEDTLS_SSL_SERVER_CERTIFICATE) {
    engine->saw_certificate = 1;
    ltls_visit_forget(&engine->visit);
  }
  if (!engine->context->is_client)
    rc = ltls_early_take(&engine->early, &engine->ssl, rc);
  if (engine->raised != NULL) return refuse(engine);
  if (rc != 0 || !is_other_secret(engine)) return rc;
  (void)mbedtls_ssl_send_alert_message(&engine->ssl,
                                       MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                       MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
  return MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
}

/* The server waits for the client's next hello as if nothing had been. */
static int begin_anew(LtlsEngine *engine) {
  int rc = mbedtls_ssl_session_reset(&engine->ssl);
  ltls_visit_forget(&engine->visit);
  mbedtls_free(engine->server_name);
  engine->server_name = NULL;
  return rc == 0 ? ltls_mbed_set_peer(&engine->ssl, engine->peer) : rc;
}

/* RFC 6347, 4.2.1: who has not shown a cookie may be anybody, under the client's
** address. Nothing that comes from there ends the connection. */
static int step_datagrams(LtlsEngine *engine) {
  LtlsCookies *cookies = &engine->context->cookies;
  int *outer = cookies->is_unproven;
  int rc;
  cookies->is_unproven = &engine->visit.is_unproven;
  do {
    rc = step(engine);
  } while (ltls_engine_has_more(engine, rc));
  cookies->is_unproven = outer;
  if (rc == 0 || rc == MBEDTLS_ERR_SSL_WANT_READ ||
      rc == MBEDTLS_ERR_SSL_WANT_WRITE || rc == MBEDTLS_ERR_SSL_ALLOC_FAILED ||
      !engine->visit.is_unproven || engine->transport.ended)
    return rc;
  return begin_anew(engine);
}

static void count(LtlsEngine *engine) {
  LtlsStatistics *statistics = &engine->context->statistics;
  int is_by_id = engine->offered != NULL ? engine->offered->state.ticket == NULL
                                         : engine->visit.way == LTLS_WAY_ID;
  statistics->handshakes++;
  if (ltls_engine_origin(engine) == NULL) return;
  if (is_by_id)
    statistics->by_id++;
  else
    statistics->by_ticket++;
}

/* After a full handshake of TLS 1.2 mbedTLS may still have the ticket that the
** server refused: with the new master secret that is a session of two halves
** (its issue 9641). */
static void drop_refused_ticket(LtlsEngine *engine) {
  mbedtls_ssl_session *session = ltls_mbed_session(&engine->ssl);
  if (session != NULL && engine->offered != NULL && engine->saw_certificate &&
      ltls_state_same_ticket(session, &engine->offered->state))
    ltls_state_drop_ticket(session);
}

/* The handshake is done. Where it resumed, the peer was judged when the session
** was made, by the same terms. */
static void conclude(LtlsEngine *engine) {
  const LtlsOrigin *origin = ltls_engine_origin(engine);
  if (engine->context->is_client)
    ltls_early_conclude(&engine->early, &engine->ssl);
  engine->round_trips = engine->transport.turns;
  if (origin != NULL && origin->is_verified) engine->verdict.is_complete = 1;
  if (engine->is_renegotiating) engine->renegotiations++;
  engine->is_renegotiating = 0;
  drop_refused_ticket(engine);
  count(engine);
  ltls_rekey_begin(&engine->rekey, &engine->ssl,
                   engine->context->key_update_after,
                   engine->transport.bytes_out);
  if (!engine->context->is_datagram) return;
  ltls_tap_free(&engine->transport.heard); /* forged hellos come to it too */
  ltls_tap_free(&engine->transport.said);
}

/* All of it goes before anything is received: what was rejected meanwhile could
** not be told from what was accepted. */
static int send_early(LtlsEngine *engine) {
  int rc;
  if (!engine->context->is_client || engine->early.len == 0) return 0;
  engine->transport.is_deaf = 1;
  rc = ltls_early_send(&engine->early, &engine->ssl);
  engine->transport.is_deaf = 0;
  return rc;
}

/* Is the state one of mbedTLS' own, in which no message is sent or comes? */
static int is_inner(const LtlsEngine *engine) {
  int state = ltls_mbed_state(&engine->ssl);
  return state == MBEDTLS_SSL_FLUSH_BUFFERS ||
         state == MBEDTLS_SSL_HANDSHAKE_WRAPUP;
}

static int is_enough(const LtlsEngine *engine, int until) {
  return ltls_engine_is_over(engine) ||
         (until == LTLS_UNTIL_STEP && !is_inner(engine)) ||
         (until == LTLS_UNTIL_EARLY && ltls_early_is_known(&engine->early));
}

static int take_steps(LtlsEngine *engine, int until) {
  int rc;
  if (ltls_engine_is_over(engine)) return 0;
  rc = send_early(engine);
  if (rc != 0) return rc;
  do {
    rc = engine->context->is_datagram ? step_datagrams(engine) : step(engine);
  } while (rc == 0 && !is_enough(engine, until));
  if (ltls_engine_is_over(engine)) conclude(engine);
  return rc;
}

/* What was answered in the last handshake is asked again. */
void ltls_handshake_begin_again(LtlsEngine *engine) {
  engine->is_renegotiating = 1;
  engine->searches = 0;
  engine->has_selected = 0;
  memset(&engine->shown, 0, sizeof(engine->shown));
}

/* A client that has asked for another handshake met data, which must be read
** first, or the server's refusal: mbedTLS has no way back from there. */
static int explain_wait(const LtlsEngine *engine) {
  return ltls_mbed_kept_type(&engine->ssl) == MBEDTLS_SSL_MSG_ALERT
             ? MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
             : MBEDTLS_ERR_SSL_WANT_READ;
}

/* The messages of a flight are sent together. */
int ltls_handshake_run(LtlsEngine *engine, int until) {
  LtlsDescriptor *descriptor = &engine->transport.descriptor;
  int rc, sent;
  if (engine->refusal != 0) return refuse(engine);
  ltls_descriptor_cork(descriptor);
  rc = take_steps(engine, until);
  if (rc == MBEDTLS_ERR_SSL_WAITING_SERVER_HELLO_RENEGO)
    rc = explain_wait(engine);
  sent = ltls_descriptor_flush(descriptor);
  return sent != 0 && (rc == 0 || rc == MBEDTLS_ERR_SSL_WANT_READ) ? sent : rc;
}
