/*
** Tickets. One is: the name of its key, a nonce, an envelope encrypted with
** AES-256-GCM, the tag. A key lives for a period of the clock and is taken for
** one more, so a ticket lives as long as it was told, whenever it was made.
** mbedTLS counts a ticket's age by a clock that every machine starts anew; here
** the time of day stands in the ticket.
*/

#include "ticket.h"

#include "state.h"

#include <mbedtls/hkdf.h>
#include <mbedtls/platform_util.h>
#include <string.h>

enum { HEAD = LTLS_TICKET_HEAD, TAG = LTLS_SEAL_TAG };
typedef struct Key {
  unsigned char name[LTLS_TICKET_NAME];
  unsigned char key[LTLS_SEAL_KEY];
} Key;

/* The key of a period (RFC 5869). */
static int derive(const LtlsTickets *tickets, uint64_t period, Key *key) {
  unsigned char info[] = "luatls ticket\0\0\0\0\0\0\0\0";
  size_t len = sizeof(info) - 1, i;
  for (i = 0; i < 8; i++)
    info[len - 1 - i] = (unsigned char)(period >> 8 * i);
  return mbedtls_hkdf(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), NULL, 0,
                      tickets->secret, sizeof(tickets->secret), info, len,
                      (unsigned char *)key, sizeof(*key));
}

static uint64_t period_of(const LtlsTickets *tickets, uint64_t time) {
  return time / 1000 / tickets->lifetime;
}

/* What is authenticated beside the envelope: a ticket is no entry of a cache,
** and one entry is not another. */
typedef struct Extra {
  unsigned char name[LTLS_TICKET_NAME];
  unsigned char bond[32];
  unsigned char id_len;
  unsigned char id[32];
} Extra;

static LtlsSpan fill_extra(Extra *extra, const LtlsTickets *tickets,
                           const unsigned char *name, LtlsSpan id) {
  LtlsSpan whole;
  memset(extra, 0, sizeof(*extra));
  memcpy(extra->name, name, sizeof(extra->name));
  memcpy(extra->bond, tickets->bond, sizeof(extra->bond));
  extra->id_len = (unsigned char)id.len;
  if (id.len > 0 && id.len <= sizeof(extra->id))
    memcpy(extra->id, id.p, id.len);
  whole.p = (const unsigned char *)extra;
  whole.len = sizeof(*extra);
  return whole;
}

static const mbedtls_x509_crt *chain_of(const LtlsVisit *visit,
                                        const mbedtls_ssl_session *session) {
  return visit->chain != NULL ? visit->chain : ltls_state_peer(session);
}

int ltls_ticket_fits(const LtlsVisit *visit,
                     const mbedtls_ssl_session *session) {
  return ltls_envelope_chain_length(chain_of(visit, session)) <=
         LTLS_TICKET_MOST_CHAIN;
}

/* Does it take the place of the one that came, for the same master secret? Then
** it grows old with it. */
static int is_renewed(const LtlsVisit *visit,
                      const mbedtls_ssl_session *session) {
  return visit->way == LTLS_WAY_TICKET && !ltls_state_is_tls13(session);
}

size_t ltls_ticket_seal(const LtlsTickets *tickets, LtlsSpan id,
                        const mbedtls_ssl_session *session, unsigned char *out,
                        size_t room) {
  const LtlsVisit *visit = tickets->visit;
  LtlsEnvelope envelope = {
      visit->origin, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
  uint64_t now = ltls_mbed_time_of_day();
  Extra extra;
  size_t len;
  Key key;
  int rc;
  if (room < HEAD + TAG || !ltls_ticket_fits(visit, session)) return 0;
  if (!is_renewed(visit, session)) envelope.origin.made = now;
  envelope.server_name.p = (const unsigned char *)visit->server_name;
  if (visit->server_name != NULL)
    envelope.server_name.len = strlen(visit->server_name);
  len = ltls_envelope_write(&envelope, chain_of(visit, session), session,
                            out + HEAD, room - HEAD - TAG);
  if (len == 0 || derive(tickets, period_of(tickets, now), &key) != 0) return 0;
  memcpy(out, key.name, sizeof(key.name));
  rc = ltls_seal_close(key.key, out + LTLS_TICKET_NAME,
                       fill_extra(&extra, tickets, out, id), out + HEAD, len);
  mbedtls_platform_zeroize(&key, sizeof(key));
  return rc == 0 ? HEAD + len + TAG : 0;
}

/* Decrypt with the key of this or the last period, or of the next one when
** another machine's clock is fast. */
static int decrypt(const LtlsTickets *tickets, LtlsSpan id,
                   unsigned char *sealed, size_t text_len) {
  static const int shifts[] = {0, -1, 1};
  uint64_t period = period_of(tickets, ltls_mbed_time_of_day());
  int i, is_open = 0;
  Extra extra;
  Key key;
  for (i = 0; i < 3 && !is_open; i++)
    is_open = derive(tickets, period + (uint64_t)shifts[i], &key) == 0 &&
              memcmp(key.name, sealed, sizeof(key.name)) == 0 &&
              ltls_seal_open(key.key, sealed + LTLS_TICKET_NAME,
                             fill_extra(&extra, tickets, sealed, id),
                             sealed + HEAD, text_len);
  mbedtls_platform_zeroize(&key, sizeof(key));
  return is_open;
}

LtlsFate ltls_ticket_open(LtlsTickets *tickets, LtlsSpan id,
                          mbedtls_ssl_session *session, unsigned char *sealed,
                          size_t len) {
  LtlsEnvelope envelope;
  LtlsSpan text;
  LtlsFate fate = LTLS_FATE_UNKNOWN;
  if (len <= HEAD + TAG) return fate;
  text.p = sealed + HEAD;
  text.len = len - HEAD - TAG;
  if (decrypt(tickets, id, sealed, text.len) &&
      ltls_envelope_read(&envelope, text))
    fate = ltls_visit_weigh(tickets, &envelope, session,
                            id.len == 0 ? sealed + LTLS_TICKET_NAME : NULL);
  mbedtls_platform_zeroize(sealed + HEAD, text.len);
  if (fate == LTLS_FATE_TAKEN)
    tickets->visit->way = id.len == 0 ? LTLS_WAY_TICKET : LTLS_WAY_ID;
  return fate;
}

/* Seconds, at least one: none would mean that the server does not say (RFC 5077,
** 3.3). */
static uint32_t remaining(const LtlsTickets *tickets,
                          const LtlsOrigin *origin) {
  uint64_t age = ltls_visit_age(origin) / 1000;
  return age < tickets->lifetime ? tickets->lifetime - (uint32_t)age : 1;
}

int ltls_ticket_write(void *data, const mbedtls_ssl_session *session,
                      unsigned char *start, const unsigned char *end,
                      size_t *len, uint32_t *lifetime) {
  const LtlsTickets *tickets = data;
  LtlsSpan none = {NULL, 0};
  *lifetime = tickets->lifetime;
  if (is_renewed(tickets->visit, session))
    *lifetime = remaining(tickets, &tickets->visit->origin);
  *len = ltls_ticket_seal(tickets, none, session, start, (size_t)(end - start));
  if (*len == 0) {
    tickets->statistics->too_large++;
    return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  }
  tickets->statistics->issued++;
  return 0;
}

int ltls_ticket_parse(void *data, mbedtls_ssl_session *session,
                      unsigned char *ticket, size_t len) {
  LtlsTickets *tickets = data;
  LtlsSpan none = {NULL, 0};
  int is_again = tickets->visit->way == LTLS_WAY_TICKET; /* HelloRetryRequest */
  LtlsFate fate;
  /* The client will show it again, together with its cookie. */
  if (tickets->visit->is_unproven) return MBEDTLS_ERR_SSL_INVALID_MAC;
  fate = ltls_ticket_open(tickets, none, session, ticket, len);
  if (!is_again) tickets->statistics->tickets[fate]++;
  if (fate == LTLS_FATE_TAKEN) return 0;
  return fate == LTLS_FATE_UNKNOWN ? MBEDTLS_ERR_SSL_INVALID_MAC
                                   : MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
}

void ltls_ticket_free(LtlsTickets *tickets) {
  ltls_replay_release(tickets->replay);
  mbedtls_platform_zeroize(tickets, sizeof(*tickets));
}
