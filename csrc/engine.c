/*
** The engine of one connection. The callbacks here run inside mbedTLS: they
** record, and the one that must ask Lua does so through the trampoline.
*/

#include "engine.h"

#include "chain.h"
#include "keylog.h"
#include "name.h"
#include "names.h"
#include "state.h"
#include "trampoline.h"

#include <lauxlib.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <string.h>

#define MOST_SEARCHES 8 /* for pre-shared keys in one handshake */

static char *copy_text(const char *text, size_t len) {
  char *copy = mbedtls_calloc(1, len + 1);
  if (copy != NULL) memcpy(copy, text, len);
  return copy;
}

/* What the trampoline carries to 'ask_user'. */
typedef struct Question {
  LtlsEngine *engine;
  const mbedtls_x509_crt *leaf;
} Question;

/* on_verify(chain, name) -> ok[, reason]. Runs protected. */
static int ask_user(lua_State *L) {
  Question *question = lua_touserdata(L, 1);
  LtlsVerdict *verdict = &question->engine->verdict;
  lua_getiuservalue(L, 2, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_ON_VERIFY);
  if (!ltls_chain_push_copy(L, question->leaf)) return lua_error(L);
  lua_pushstring(L, question->engine->name);
  lua_call(L, 2, 2);
  if (lua_toboolean(L, -2) && !lua_isboolean(L, -2))
    return luaL_error(L,
                      "on_verify must return true, or nil and a reason; "
                      "not a %s",
                      luaL_typename(L, -2));
  if (!lua_toboolean(L, -2))
    ltls_verdict_add(verdict, "refused", 0, "%s",
                     lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                    : "refused by on_verify");
  return 0;
}

static void consult_user(LtlsEngine *engine, const mbedtls_x509_crt *leaf) {
  Question question = {engine, leaf};
  if (ltls_trampoline(engine->L, LTLS_SELF, LTLS_PIN_CAUSE, ask_user,
                      &question))
    return;
  engine->callback_raised = 1;
  ltls_verdict_add(&engine->verdict, "refused", 0, "on_verify raised an error");
}

/* What mbedTLS makes an alert of: RFC 8446, 6.2 and 4.4.2.4. Its other flags
** all become bad_certificate's neighbours, so that one stands for the rest. */
static uint32_t flag_of(const char *code) {
  static const struct {
    const char *code;
    uint32_t flag;
  } flags[] = {
      {"expired", MBEDTLS_X509_BADCERT_EXPIRED},
      {"not_yet_valid", MBEDTLS_X509_BADCERT_EXPIRED},
      {"untrusted", MBEDTLS_X509_BADCERT_NOT_TRUSTED},
      {"self_signed", MBEDTLS_X509_BADCERT_NOT_TRUSTED},
      {"key_usage", MBEDTLS_X509_BADCERT_KEY_USAGE},
      {"extended_key_usage", MBEDTLS_X509_BADCERT_EXT_KEY_USAGE},
      {"refused", MBEDTLS_X509_BADCERT_OTHER},
      {"too_complex", MBEDTLS_X509_BADCERT_SKIP_VERIFY},
  };
  size_t i;
  for (i = 0; code != NULL && i < sizeof(flags) / sizeof(flags[0]); i++)
    if (strcmp(flags[i].code, code) == 0) return flags[i].flag;
  return MBEDTLS_X509_BADCERT_CN_MISMATCH;
}

/* Judge the chain that begins with 'leaf'. */
static void judge(LtlsEngine *engine, const mbedtls_x509_crt *leaf) {
  LtlsTerms terms = engine->context->terms;
  LtlsCandidates chains = {leaf, NULL};
  terms.name = engine->name;
  ltls_verdict_free(&engine->verdict);
  engine->verdict.count = 0;
  ltls_verify_judge(&terms, engine->context->anchors, &chains,
                    &engine->verdict);
  if (!ltls_verdict_is_good(&engine->verdict)) return;
  if (engine->context->has_on_verify) consult_user(engine, leaf);
  if (engine->verdict.count > 0) return;
  engine->visit.origin.is_verified = 1;
  engine->visit.origin.good_until = (uint64_t)engine->verdict.good_until;
  ltls_verdict_free(&engine->verdict);
}

/* LtlsVisit.accepts: the user's further check of a chain that was verified when
** its session was made. If it fails, the full handshake will tell why. */
static int accepts(void *owner, const mbedtls_x509_crt *chain) {
  LtlsEngine *engine = owner;
  int is_good;
  if (!engine->context->has_on_verify) return 1;
  consult_user(engine, chain);
  is_good = engine->verdict.count == 0;
  ltls_verdict_free(&engine->verdict);
  engine->verdict.count = 0;
  engine->callback_raised = 0;
  return is_good;
}

/* f_vrfy: comes for every certificate of a path, the leaf last. mbedTLS' own
** findings are dropped: the verdict is ours alone. A client's certificate that
** is optional but bad must end the handshake too, and there mbedTLS would
** ignore the flags. */
static int verify(void *data, mbedtls_x509_crt *crt, int depth,
                  uint32_t *flags) {
  LtlsEngine *engine = data;
  *flags = 0;
  if (engine->context->skip_verify || depth > 0) return 0;
  judge(engine, crt);
  if (ltls_verdict_is_good(&engine->verdict)) return 0;
  *flags = flag_of(ltls_verdict_code(&engine->verdict));
  return engine->context->conf.authmode == MBEDTLS_SSL_VERIFY_OPTIONAL
             ? MBEDTLS_ERR_X509_FATAL_ERROR
             : 0;
}

/* f_sni, on servers: the name of the ClientHello. A second one, after
** HelloRetryRequest, has the same name (RFC 8446, 4.1.2), or a client could be
** let in as one host's and ask for another's. */
static int remember_sni(void *unused, mbedtls_ssl_context *ssl,
                        const unsigned char *name, size_t len) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  const char *old = engine->server_name;
  (void)unused;
  if (old != NULL && (strlen(old) != len || memcmp(old, name, len) != 0))
    return MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME;
  mbedtls_free(engine->server_name);
  engine->server_name = copy_text((const char *)name, len);
  return engine->server_name != NULL ? 0 : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

/* Find the key of a search. Runs protected. */
static int find_key(lua_State *L) {
  LtlsPskSearch *search = lua_touserdata(L, 1);
  lua_getiuservalue(L, 2, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_PSK);
  ltls_psk_find(L, search);
  lua_setiuservalue(L, 2, LTLS_PIN_IDENTITY);
  return 0;
}

/* f_psk, on servers: comes for every identity that a client offers, and for the
** tickets that are none of ours. A ClientHello has room for thousands. */
static int use_key(void *unused, mbedtls_ssl_context *ssl,
                   const unsigned char *identity, size_t len) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  LtlsPskSearch search = {identity, len, {0}, 0};
  (void)unused;
  if (len > 0 && len <= LTLS_PSK_IDENTITY &&
      engine->searches++ < MOST_SEARCHES &&
      !ltls_trampoline(engine->L, LTLS_SELF, LTLS_PIN_CAUSE, find_key,
                       &search)) {
    engine->raised = "psk";
    engine->refusal = MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  engine->lacks_key = search.key_len == 0;
  return ltls_psk_use(ssl, &search);
}

/* The name that a client sends: RFC 6066, 3 allows no IP address. mbedTLS must
** be told even when there is none, or it refuses to verify. */
static int set_sni(LtlsEngine *engine, const char *name, const char *sni) {
  const char *sent = sni != NULL ? sni : name;
  size_t len;
  if (sent == NULL || ltls_name_is_ip(sent))
    return mbedtls_ssl_set_hostname(&engine->ssl, NULL);
  len = strlen(sent);
  if (len > 1 && sent[len - 1] == '.') len--; /* RFC 6066: no trailing dot */
  engine->server_name = copy_text(sent, len);
  if (engine->server_name == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  return mbedtls_ssl_set_hostname(&engine->ssl, engine->server_name);
}

int ltls_engine_set_peer(LtlsEngine *engine, const char *peer) {
  engine->peer = copy_text(peer, strlen(peer));
  return engine->peer != NULL;
}

static int set_up_datagrams(LtlsEngine *engine) {
  mbedtls_ssl_set_timer_cb(&engine->ssl, &engine->timer, ltls_timer_set,
                           ltls_timer_get);
  ltls_mbed_set_mtu(&engine->ssl, engine->context->mtu);
  engine->transport.is_datagram = 1;
  if (engine->context->is_client) return 0;
  engine->visit.is_unproven = 1;
  return ltls_mbed_set_peer(&engine->ssl, engine->peer);
}

int ltls_engine_setup(LtlsEngine *engine, const char *name, const char *sni) {
  LtlsContext *context = engine->context;
  int rc = mbedtls_ssl_setup(&engine->ssl, &context->conf);
  if (rc != 0) return rc;
  mbedtls_ssl_set_user_data_p(&engine->ssl, engine);
  mbedtls_ssl_set_bio(&engine->ssl, &engine->transport, ltls_transport_send,
                      ltls_transport_receive, NULL);
  mbedtls_ssl_set_verify(&engine->ssl, verify, engine);
  if (context->has_keylog)
    mbedtls_ssl_set_export_keys_cb(&engine->ssl, ltls_keylog_collect,
                                   &engine->keylog);
  if (!context->skip_name && !context->skip_verify) engine->name = name;
  engine->visit.ssl = &engine->ssl;
  engine->visit.owner = engine;
  engine->visit.accepts = accepts;
  if (context->is_datagram) rc = set_up_datagrams(engine);
  if (rc != 0) return rc;
  if (context->is_client) return set_sni(engine, name, sni);
  /* The same for every connection of the context; it belongs to this layer. */
  mbedtls_ssl_conf_sni(&context->conf, remember_sni, NULL);
  if (context->psk != LTLS_PSK_NONE)
    mbedtls_ssl_conf_psk_cb(&context->conf, use_key, NULL);
  return 0;
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

const LtlsOrigin *ltls_engine_origin(const LtlsEngine *engine) {
  if (!ltls_engine_is_over(engine) || engine->saw_certificate) return NULL;
  if (engine->context->is_client)
    return engine->offered != NULL ? &engine->offered->origin : NULL;
  return engine->visit.way != LTLS_WAY_NONE ? &engine->visit.origin : NULL;
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

/* The messages of a flight are sent together. */
int ltls_engine_handshake(LtlsEngine *engine, int until) {
  LtlsDescriptor *descriptor = &engine->transport.descriptor;
  int rc, sent;
  if (engine->refusal != 0) return refuse(engine);
  ltls_descriptor_cork(descriptor);
  rc = take_steps(engine, until);
  sent = ltls_descriptor_flush(descriptor);
  return sent != 0 && (rc == 0 || rc == MBEDTLS_ERR_SSL_WANT_READ) ? sent : rc;
}

int ltls_engine_is_psk(const LtlsEngine *engine) {
  const LtlsTap *server = engine->context->is_client ? &engine->transport.heard
                                                     : &engine->transport.said;
  return engine->context->psk != LTLS_PSK_NONE && ltls_engine_is_over(engine) &&
         (server->has_psk ||
          ltls_algorithm_is_psk(
              mbedtls_ssl_get_ciphersuite_id_from_ssl(&engine->ssl)));
}
