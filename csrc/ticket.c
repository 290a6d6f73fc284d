/*
** Tickets. One is: the name of its key, a nonce, the time and the session
** encrypted with AES-256-GCM, the tag. A key lives for a period of the clock and
** is taken for one more, so a ticket lives as long as it was told, whenever it
** was made. mbedTLS counts a ticket's age by a clock that every machine starts
** anew; here the time of day stands in the ticket.
*/

#include "ticket.h"

#include "random.h"

#include <mbedtls/gcm.h>
#include <mbedtls/hkdf.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <string.h>

enum { NAME = 16, NONCE = 12, TAG = 16, HEAD = NAME + NONCE, TIME = 8 };

typedef struct Key {
  unsigned char name[NAME];
  unsigned char key[32];
} Key;

/* Most significant byte first. */
static void write_number(unsigned char *out, uint64_t number) {
  int i;
  for (i = 7; i >= 0; i--, number >>= 8)
    out[i] = (unsigned char)number;
}

static uint64_t read_number(const unsigned char *in) {
  uint64_t number = 0;
  int i;
  for (i = 0; i < 8; i++)
    number = number << 8 | in[i];
  return number;
}

/* The key of a period (RFC 5869). */
static int derive(const LtlsTickets *tickets, uint64_t period, Key *key) {
  unsigned char info[] = "luatls ticket \0\0\0\0\0\0\0\0";
  write_number(info + sizeof(info) - 1 - 8, period);
  return mbedtls_hkdf(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), NULL, 0,
                      tickets->secret, sizeof(tickets->secret), info,
                      sizeof(info) - 1, (unsigned char *)key, sizeof(*key));
}

/* What is authenticated beside the session. */
typedef struct Extra {
  unsigned char head[HEAD];
  unsigned char bond[32];
} Extra;

static Extra extra_of(const LtlsTickets *tickets, const unsigned char *head) {
  Extra extra;
  memcpy(extra.head, head, HEAD);
  memcpy(extra.bond, tickets->bond, sizeof(extra.bond));
  return extra;
}

/* Encrypt, or decrypt and check, 'len' bytes behind the head in place; the tag
** follows them. 0 or an mbedTLS error. */
static int run(const LtlsTickets *tickets, const Key *key, unsigned char *head,
               size_t len, int mode) {
  Extra extra = extra_of(tickets, head);
  const unsigned char *nonce = head + NAME, *more = (unsigned char *)&extra;
  unsigned char *text = head + HEAD;
  mbedtls_gcm_context gcm;
  int rc;
  mbedtls_gcm_init(&gcm);
  rc = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key->key, 256);
  if (rc == 0 && mode == MBEDTLS_GCM_ENCRYPT)
    rc = mbedtls_gcm_crypt_and_tag(&gcm, mode, len, nonce, NONCE, more,
                                   sizeof(extra), text, text, TAG, text + len);
  else if (rc == 0)
    rc = mbedtls_gcm_auth_decrypt(&gcm, len, nonce, NONCE, more, sizeof(extra),
                                  text + len, TAG, text, text);
  mbedtls_gcm_free(&gcm);
  return rc;
}

static uint64_t period_of(const LtlsTickets *tickets, uint64_t time) {
  return time / 1000 / tickets->lifetime;
}

int ltls_ticket_write(void *data, const mbedtls_ssl_session *session,
                      unsigned char *start, const unsigned char *end,
                      size_t *len, uint32_t *lifetime) {
  const LtlsTickets *tickets = data;
  size_t room = (size_t)(end - start), saved = 0;
  unsigned char *text = start + HEAD;
  uint64_t time = ltls_mbed_time_of_day();
  Key key;
  int rc;
  *len = 0;
  if (room < HEAD + TIME + TAG) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  write_number(text, time);
  rc = mbedtls_ssl_session_save(session, text + TIME, room - HEAD - TIME - TAG,
                                &saved);
  if (rc == 0) rc = derive(tickets, period_of(tickets, time), &key);
  if (rc == 0) rc = ltls_random_fill(NULL, start + NAME, NONCE);
  if (rc != 0) return rc;
  memcpy(start, key.name, NAME);
  rc = run(tickets, &key, start, TIME + saved, MBEDTLS_GCM_ENCRYPT);
  mbedtls_platform_zeroize(&key, sizeof(key));
  if (rc != 0) return rc;
  *lifetime = tickets->lifetime;
  *len = HEAD + TIME + saved + TAG;
  return 0;
}

/* Decrypt with the key of this or the last period; 0 when neither fits. */
static int open_ticket(const LtlsTickets *tickets, unsigned char *ticket,
                       size_t text_len) {
  uint64_t period = period_of(tickets, ltls_mbed_time_of_day());
  int back, is_open = 0;
  Key key;
  for (back = 0; back < 2 && !is_open; back++)
    is_open = derive(tickets, period - (uint64_t)back, &key) == 0 &&
              memcmp(key.name, ticket, NAME) == 0 &&
              run(tickets, &key, ticket, text_len, MBEDTLS_GCM_DECRYPT) == 0;
  mbedtls_platform_zeroize(&key, sizeof(key));
  return is_open;
}

/* Has nobody used this ticket, which is authentic, before? */
static int is_first_use(LtlsTickets *tickets, const unsigned char *nonce,
                        uint64_t made, uint64_t now) {
  LtlsTicketUse *use = tickets->use;
  uint64_t lifetime = (uint64_t)tickets->lifetime * 1000;
  if (!tickets->are_single) return 1;
  if (use->has_taken && memcmp(use->taken, nonce, LTLS_REPLAY_ID) == 0)
    return 1;
  if (!ltls_replay_take(tickets->replay, nonce, made, now - lifetime)) return 0;
  memcpy(use->taken, nonce, LTLS_REPLAY_ID);
  use->has_taken = 1;
  return 1;
}

int ltls_ticket_parse(void *data, mbedtls_ssl_session *session,
                      unsigned char *ticket, size_t len) {
  LtlsTickets *tickets = data;
  const unsigned char *text = ticket + HEAD;
  uint64_t now = ltls_mbed_time_of_day(), made;
  int rc;
  if (len < HEAD + TIME + TAG) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  len -= HEAD + TAG;
  if (!open_ticket(tickets, ticket, len)) return MBEDTLS_ERR_SSL_INVALID_MAC;
  made = read_number(text);
  if ((now - made) / 1000 > tickets->lifetime ||
      !is_first_use(tickets, ticket + NAME, made, now))
    return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
  rc = mbedtls_ssl_session_load(session, text + TIME, len - TIME);
  if (rc == 0) ltls_mbed_set_ticket_age(session, now - made);
  return rc;
}

void ltls_ticket_free(LtlsTickets *tickets) {
  ltls_replay_release(tickets->replay);
  mbedtls_platform_zeroize(tickets, sizeof(*tickets));
}
