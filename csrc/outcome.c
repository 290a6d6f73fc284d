/*
** Outcomes: the sentences that explain why a connection failed, with all that
** is known: who, in which step, which alert and who sent it, what to do.
*/

#include "outcome.h"

#include "alert.h"
#include "failure.h"
#include "names.h"
#include "object.h"
#include "stage.h"

#include <ctype.h>
#include <lauxlib.h>
#include <mbedtls/net_sockets.h>
#include <string.h>

static const char *const phases[] = {"handshake", "read", "write"};

/* Who the peer is, for a sentence. */
static const char *peer_name(const LtlsEngine *engine) {
  if (!engine->context->is_client) return "the client";
  if (engine->name != NULL) return engine->name;
  return engine->server_name != NULL ? engine->server_name : "the server";
}

/* Set field 'alert' of the error on top. [-0, +0, m] */
static void add_alert(lua_State *L, int code, const char *direction) {
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, ltls_names_alert(code)->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, direction);
  lua_setfield(L, -2, "direction");
  lua_setfield(L, -2, "alert");
}

/* What a server says when it does not know the identity, or has another key: RFC
** 4279, 2; RFC 8446, 6.2; in TLS 1.2 the key shows in the first record only; the
** last is OpenSSL's word. */
static int is_about_key(const LtlsEngine *engine, int alert) {
  return engine->context->psk != LTLS_PSK_NONE &&
         (alert == MBEDTLS_SSL_ALERT_MSG_UNKNOWN_PSK_IDENTITY ||
          alert == MBEDTLS_SSL_ALERT_MSG_DECRYPT_ERROR ||
          alert == MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC ||
          alert == MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER);
}

static void push_alert(lua_State *L, const LtlsEngine *engine) {
  int code = ltls_mbed_received_alert(&engine->ssl);
  const LtlsAlert *alert = ltls_names_alert(code);
  ltls_failure_push(L, "alert", "%s sent alert %s (%d): %s", peer_name(engine),
                    alert->name, code, alert->meaning);
  add_alert(L, code, "received");
  if (engine->context->is_client && is_about_key(engine, code))
    ltls_failure_detail(L, "hint",
                        "the server does not know the identity of option psk, "
                        "or has another key for it");
  if (engine->has_selected && engine->shown.chain == NULL)
    ltls_failure_detail(L, "hint",
                        "the server asked for a client certificate, and "
                        "there was none to send that it takes");
}

/* The alert that we sent, or -1; with a foreign mbedTLS only if it was in
** plaintext, where the tap saw it. */
static int sent_alert(const LtlsEngine *engine) {
  int code = engine->transport.said.alert;
  return code >= 0 ? code : ltls_mbed_sent_alert(&engine->ssl);
}

static void add_sent_alert(lua_State *L, const LtlsEngine *engine) {
  int code = sent_alert(engine);
  if (code >= 0) add_alert(L, code, "sent");
}

/* mbedTLS gives up after a record's header: no more than that has been read. */
static int starts_with(const LtlsEngine *engine, const char *word) {
  return strncmp((const char *)engine->transport.first, word,
                 sizeof(engine->transport.first)) == 0;
}

/* Are the peer's first bytes words rather than a record? 22 and 21, the first
** bytes of handshake and alert records, are not printable. */
static int speaks_text(const LtlsEngine *engine) {
  size_t i;
  for (i = 0; i < sizeof(engine->transport.first); i++)
    if (!isprint(engine->transport.first[i]) &&
        !isspace(engine->transport.first[i]))
      return 0;
  return 1;
}

static int is_http_request(const LtlsEngine *engine) {
  static const char *const methods[] = {"GET /", "HEAD ", "POST ", "PUT /",
                                        "DELET", "OPTIO", "PATCH", "TRACE",
                                        "CONNE", NULL};
  int i;
  for (i = 0; methods[i] != NULL; i++)
    if (starts_with(engine, methods[i])) return 1;
  return 0;
}

/* What to do when the peer does not speak TLS at all. */
static void add_text_hint(lua_State *L, const LtlsEngine *engine) {
  if (!speaks_text(engine)) return;
  if (starts_with(engine, "HTTP/"))
    ltls_failure_detail(L, "hint", "this port speaks plain HTTP, not TLS");
  else if (is_http_request(engine))
    ltls_failure_detail(L, "hint",
                        "the client sent plain HTTP to a TLS port; "
                        "its URL must begin with https://");
  else
    ltls_failure_detail(L, "hint",
                        "this port speaks plain text, not TLS; "
                        "perhaps it wants STARTTLS first");
}

static void push_io(lua_State *L, const LtlsEngine *engine) {
  const LtlsDescriptor *descriptor = &engine->transport.descriptor;
  ltls_failure_push(L, "io", "cannot %s: %s",
                    descriptor->failed_writing ? "send to the peer"
                                               : "receive from the peer",
                    strerror(descriptor->failure));
}

static void push_truncated(lua_State *L, const LtlsEngine *engine) {
  if (ltls_engine_is_connected(engine)) {
    ltls_failure_push(L, "truncated",
                      "%s ended the stream without "
                      "close_notify: data may be missing",
                      peer_name(engine));
    return;
  }
  ltls_failure_push(L, "truncated",
                    "%s ended the stream during the TLS handshake",
                    peer_name(engine));
  if (engine->transport.bytes_in == 0)
    ltls_failure_detail(L, "hint",
                        engine->context->is_client
                            ? "it sent nothing at all: is this a TLS port?"
                            : "it sent nothing at all: health checks and port "
                              "scans do so");
}

static void push_verify(lua_State *L, const LtlsEngine *engine) {
  ltls_verdict_push_error(L, &engine->verdict, peer_name(engine));
  if (!engine->callback_raised) return;
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CAUSE);
  lua_setfield(L, -2, "cause");
}

/* The rest: by mbedTLS' code. */
static void push_other(lua_State *L, const LtlsEngine *engine, int rc) {
  const LtlsMeaning *meaning = ltls_names_error(rc);
  const char *what = ltls_engine_is_over(engine)
                         ? "TLS connection with %s failed: %s"
                         : "TLS handshake with %s failed: %s";
  if (meaning != NULL) {
    const char *reason = ltls_names_reason(rc, sent_alert(engine));
    lua_pushfstring(L, what, peer_name(engine),
                    reason != NULL ? reason : meaning->text);
    ltls_failure_push(L, meaning->kind, "%s", lua_tostring(L, -1));
    lua_remove(L, -2);
    ltls_failure_code(L, rc);
  } else {
    lua_pushfstring(L, what, peer_name(engine), "the peer's message is wrong");
    ltls_fail(L, "protocol", lua_tostring(L, -1), rc);
    lua_replace(L, -3);
    lua_pop(L, 1);
  }
  add_text_hint(L, engine);
  add_sent_alert(L, engine);
}

/* The error object was made when the handshake was refused. */
static void push_refusal(lua_State *L, const LtlsEngine *engine) {
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CAUSE);
  add_alert(L, engine->refusal, "sent");
}

/* A server refused a client for its pre-shared key. The client is not told which
** of both it was. */
static void push_wrong_key(lua_State *L, const LtlsEngine *engine, int rc) {
  ltls_failure_push(L, "protocol", "TLS handshake with the client failed: %s",
                    engine->lacks_key
                        ? "its PSK identity is unknown"
                        : "it has another key for its PSK identity");
  ltls_failure_code(L, rc);
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_IDENTITY);
  lua_setfield(L, -2, "psk_identity");
  add_sent_alert(L, engine);
}

static int is_wrong_key(const LtlsEngine *engine) {
  return !engine->context->is_client && engine->searches > 0 &&
         !ltls_engine_is_over(engine) &&
         is_about_key(engine, sent_alert(engine));
}

/* A function that could not yield raised. */
static void push_raised(lua_State *L, const LtlsEngine *engine) {
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CAUSE);
  ltls_failure_push(L, "internal", "%s raised an error: %s", engine->raised,
                    ltls_failure_text(L, -1));
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "cause");
  add_alert(L, engine->refusal, "sent");
}

/* The transport's end, and mbedTLS' word for it. */
static int is_end(int rc) {
  return rc == MBEDTLS_ERR_NET_CONN_RESET || rc == MBEDTLS_ERR_SSL_CONN_EOF;
}

static void push_failure(lua_State *L, const LtlsEngine *engine, int rc) {
  if (engine->raised != NULL)
    push_raised(L, engine);
  else if (engine->refusal != 0)
    push_refusal(L, engine);
  else if (engine->transport.descriptor.failure != 0)
    push_io(L, engine);
  else if (rc == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
    push_alert(L, engine);
  else if (engine->verdict.count > 0 && !engine->context->skip_verify) {
    push_verify(L, engine);
    add_sent_alert(L, engine);
  } else if (is_wrong_key(engine))
    push_wrong_key(L, engine, rc);
  else if (is_end(rc))
    push_truncated(L, engine);
  else
    push_other(L, engine, rc);
}

static int not_yet(lua_State *L, const char *want) {
  lua_pushboolean(L, 0);
  lua_pushstring(L, want);
  return 2;
}

int ltls_outcome_closed(lua_State *L, const char *text) {
  ltls_failure_push(L, "closed", "%s", text);
  return ltls_fail_top(L);
}

int ltls_outcome_shut_down(lua_State *L, const LtlsEngine *engine) {
  if (!engine->rekey.has_ended)
    return ltls_outcome_closed(L, "this side has shut down writing");
  ltls_failure_push(L, "closed",
                    "the keys of this connection have protected all the data "
                    "that they may, and cannot be renewed");
  ltls_failure_detail(L, "hint",
                      "use TLS 1.3, which renews keys, or open another "
                      "connection");
  return ltls_fail_top(L);
}

int ltls_outcome(lua_State *L, LtlsEngine *engine, LtlsPhase phase, int rc) {
  const char *step = ltls_stage_failed(engine);
  if (rc == MBEDTLS_ERR_SSL_WANT_READ) return not_yet(L, "read");
  if (rc == MBEDTLS_ERR_SSL_WANT_WRITE) return not_yet(L, "write");
  if (rc == MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS) return not_yet(L, "callback");
  if (rc == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY &&
      ltls_engine_is_connected(engine)) {
    engine->peer_closed = 1;
    return ltls_outcome_closed(L, "the peer closed the connection");
  }
  if (rc == MBEDTLS_ERR_SSL_COUNTER_WRAPPING && engine->has_shut_down)
    return ltls_outcome_shut_down(L, engine);
  if (engine->refusal == 0) ltls_alert_send(engine, rc);
  push_failure(L, engine, rc);
  if (!ltls_engine_is_over(engine)) phase = LTLS_PHASE_HANDSHAKE;
  ltls_failure_detail(L, "phase", phases[phase]);
  if (phase == LTLS_PHASE_HANDSHAKE) ltls_failure_detail(L, "step", step);
  if (engine->context->is_client)
    ltls_failure_detail(L, "host", peer_name(engine));
  ltls_object_pin(L, LTLS_SELF, LTLS_PIN_ERROR, -1);
  engine->has_failed = 1;
  return ltls_fail_top(L);
}

int ltls_outcome_ended(lua_State *L, const LtlsEngine *engine) {
  if (engine->has_failed) {
    lua_pushnil(L);
    lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_ERROR);
    return 2;
  }
  if (engine->is_open) return 0;
  return ltls_outcome_closed(L, "the connection was closed on this side");
}
