/*
** Visits. Whatever does not fit ends in a full handshake, never in a failure.
*/

#include "visit.h"

#include "state.h"

#include <mbedtls/platform.h>
#include <string.h>

enum { EXTENDED_MASTER_SECRET = 23 }; /* ExtensionType */

#define MOST_AHEAD 60000 /* ms that another machine's clock may be fast */

uint64_t ltls_visit_age(const LtlsOrigin *origin) {
  uint64_t now = ltls_mbed_time_of_day();
  return now > origin->made ? now - origin->made : 0;
}

/* Has nobody used this ticket, which is authentic, before? */
static int is_first_use(LtlsTickets *tickets, const unsigned char *nonce,
                        uint64_t made, uint64_t now) {
  LtlsVisit *visit = tickets->visit;
  uint64_t lifetime = (uint64_t)tickets->lifetime * 1000;
  if (tickets->replay == NULL) return 1;
  if (visit->has_taken && memcmp(visit->taken, nonce, LTLS_REPLAY_ID) == 0)
    return 1;
  if (!ltls_replay_take(tickets->replay, nonce, made, now - lifetime)) return 0;
  memcpy(visit->taken, nonce, LTLS_REPLAY_ID);
  visit->has_taken = 1;
  if (tickets->are_single) ltls_mbed_renew_ticket(visit->ssl);
  return 1;
}

/* RFC 8446, 8.1: what resumes once more does so without early data, if it may at
** all. */
static LtlsFate use(LtlsTickets *tickets, mbedtls_ssl_session *session,
                    const unsigned char *nonce, uint64_t made, uint64_t now) {
  int is_first = is_first_use(tickets, nonce, made, now);
  ltls_mbed_limit_early(session, is_first ? tickets->early_data : 0);
  return is_first || !tickets->are_single ? LTLS_FATE_TAKEN
                                          : LTLS_FATE_REPLAYED;
}

static int offers(const LtlsHello *hello, unsigned extension) {
  LtlsSpan rest = hello->extensions, body;
  unsigned type;
  while (ltls_hello_number(&rest, 2, &type) &&
         ltls_hello_vector(&rest, 2, &body))
    if (type == extension) return 1;
  return 0;
}

static int lower(int c) {
  return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* RFC 6066, 3: a session is not resumed under another server name. */
static int is_same_name(LtlsSpan a, LtlsSpan b) {
  size_t i;
  if (a.p == NULL || b.p == NULL) return a.p == b.p;
  if (a.len != b.len) return 0;
  for (i = 0; i < a.len; i++)
    if (lower(a.p[i]) != lower(b.p[i])) return 0;
  return 1;
}

/* Does the ClientHello, which mbedTLS still holds, ask for what the session
** has? In TLS 1.2 mbedTLS would take a ticket of TLS 1.3 too, with a master
** secret of zeros: whoever overheard one could be its owner. */
static LtlsFate compare_hello(const LtlsVisit *visit,
                              const LtlsEnvelope *envelope,
                              const mbedtls_ssl_session *session) {
  int is_tls13 = ltls_state_is_tls13(session);
  int is_datagram =
      visit->ssl->conf->transport == MBEDTLS_SSL_TRANSPORT_DATAGRAM;
  LtlsSpan message;
  LtlsHelloFault fault = {0};
  LtlsHello hello = {0};
  if (mbedtls_ssl_get_version_number(visit->ssl) != session->tls_version)
    return LTLS_FATE_UNKNOWN;
  message.p = ltls_mbed_message(visit->ssl, &message.len);
  if (!(is_datagram ? ltls_hello_parse_datagram
                    : ltls_hello_parse)(&hello, message, &fault))
    return LTLS_FATE_UNKNOWN;
  if (!is_same_name(hello.server_name, envelope->server_name))
    return LTLS_FATE_OTHER_NAME;
  if (!is_tls13 &&
      offers(&hello, EXTENDED_MASTER_SECRET) != envelope->origin.is_bound)
    return LTLS_FATE_UNBOUND;
  return LTLS_FATE_TAKEN;
}

/* Is the peer still who it was? The bond holds that trust and terms are the
** same; time has gone on, and on_verify is asked every time. */
static LtlsFate judge_peer(const LtlsTickets *tickets, const LtlsOrigin *origin,
                           const mbedtls_x509_crt *chain, uint64_t now) {
  const LtlsVisit *visit = tickets->visit;
  if (!origin->is_verified)
    return tickets->wants_verified ? LTLS_FATE_PEER : LTLS_FATE_TAKEN;
  if (now / 1000 > origin->good_until) return LTLS_FATE_PEER;
  return visit->accepts(visit->owner, chain) ? LTLS_FATE_TAKEN : LTLS_FATE_PEER;
}

static void free_chain(mbedtls_x509_crt *chain) {
  if (chain != NULL) mbedtls_x509_crt_free(chain);
  mbedtls_free(chain);
}

/* The envelope's certificates; NULL when it has none, or 'fate' is no longer
** LTLS_FATE_TAKEN. */
static mbedtls_x509_crt *read_chain(LtlsSpan bytes, LtlsFate *fate) {
  mbedtls_x509_crt *chain;
  if (bytes.len == 0) return NULL;
  chain = mbedtls_calloc(1, sizeof(*chain));
  if (chain != NULL) {
    mbedtls_x509_crt_init(chain);
    if (ltls_envelope_chain(bytes, chain) == 0) return chain;
  }
  free_chain(chain);
  *fate = LTLS_FATE_UNKNOWN;
  return NULL;
}

void ltls_visit_forget(LtlsVisit *visit) {
  free_chain(visit->chain);
  visit->chain = NULL;
  memset(&visit->origin, 0, sizeof(visit->origin));
  visit->way = LTLS_WAY_NONE;
}

LtlsFate ltls_visit_weigh(LtlsTickets *tickets, const LtlsEnvelope *envelope,
                          mbedtls_ssl_session *session,
                          const unsigned char *nonce) {
  LtlsVisit *visit = tickets->visit;
  const LtlsOrigin *origin = &envelope->origin;
  uint64_t now = ltls_mbed_time_of_day(), age = ltls_visit_age(origin);
  LtlsFate fate = LTLS_FATE_TAKEN;
  mbedtls_x509_crt *chain = NULL;
  if (origin->made > now + MOST_AHEAD) return LTLS_FATE_EXPIRED;
  if (age / 1000 > tickets->lifetime) return LTLS_FATE_EXPIRED;
  if (ltls_state_load(session, envelope->state.p, envelope->state.len,
                      MBEDTLS_SSL_IS_SERVER) != 0)
    return LTLS_FATE_UNKNOWN;
  fate = compare_hello(visit, envelope, session);
  if (fate == LTLS_FATE_TAKEN) chain = read_chain(envelope->chain, &fate);
  if (fate == LTLS_FATE_TAKEN) fate = judge_peer(tickets, origin, chain, now);
  if (fate == LTLS_FATE_TAKEN && nonce != NULL)
    fate = use(tickets, session, nonce, origin->made, now);
  if (fate != LTLS_FATE_TAKEN) {
    free_chain(chain);
    mbedtls_ssl_session_free(session);
    return fate;
  }
  ltls_state_set_age(session, age);
  ltls_visit_forget(visit);
  visit->origin = *origin;
  visit->chain = chain;
  return fate;
}
