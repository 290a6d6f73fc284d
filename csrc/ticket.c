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

/* The key of a period (RFC 5869). */
static int derive(const LtlsTickets *tickets, uint64_t period, Key *key) {
  unsigned char info[] = "luatls ticket \0\0\0\0\0\0\0\0", out[sizeof(Key)];
  int i, rc;
  for (i = 0; i < 8; i++)
    info[sizeof(info) - 2 - (size_t)i] = (unsigned char)(period >> (8 * i));
  rc = mbedtls_hkdf(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), NULL, 0,
                    tickets->secret, sizeof(tickets->secret), info,
                    sizeof(info) - 1, out, sizeof(out));
  memcpy(key->name, out, NAME);
  memcpy(key->key, out + NAME, sizeof(key->key));
  mbedtls_platform_zeroize(out, sizeof(out));
  return rc;
}

static void write_time(unsigned char *out, uint64_t time) {
  int i;
  for (i = 0; i < TIME; i++)
    out[i] = (unsigned char)(time >> (8 * i));
}

static uint64_t read_time(const unsigned char *in) {
  uint64_t time = 0;
  int i;
  for (i = TIME - 1; i >= 0; i--)
    time = time << 8 | in[i];
  return time;
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

/* Encrypt 'len' bytes behind the head in place; the tag follows them. */
static int seal(const LtlsTickets *tickets, const Key *key, unsigned char *head,
                size_t len) {
  Extra extra = extra_of(tickets, head);
  unsigned char *text = head + HEAD;
  mbedtls_gcm_context gcm;
  int rc;
  mbedtls_gcm_init(&gcm);
  rc = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key->key, 256);
  if (rc == 0)
    rc = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, len, head + NAME,
                                   NONCE, (unsigned char *)&extra,
                                   sizeof(extra), text, text, TAG, text + len);
  mbedtls_gcm_free(&gcm);
  return rc;
}

/* Decrypt in place; the session's length, or -1. */
static long unseal(const LtlsTickets *tickets, const Key *key,
                   unsigned char *head, size_t len) {
  Extra extra = extra_of(tickets, head);
  unsigned char *text = head + HEAD;
  size_t text_len = len - HEAD - TAG;
  mbedtls_gcm_context gcm;
  int rc;
  mbedtls_gcm_init(&gcm);
  rc = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key->key, 256);
  if (rc == 0)
    rc = mbedtls_gcm_auth_decrypt(&gcm, text_len, head + NAME, NONCE,
                                  (unsigned char *)&extra, sizeof(extra),
                                  text + text_len, TAG, text, text);
  mbedtls_gcm_free(&gcm);
  return rc == 0 ? (long)text_len : -1;
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
  write_time(text, time);
  rc = mbedtls_ssl_session_save(session, text + TIME, room - HEAD - TIME - TAG,
                                &saved);
  if (rc == 0) rc = derive(tickets, period_of(tickets, time), &key);
  if (rc == 0) rc = ltls_random_fill(NULL, start + NAME, NONCE);
  if (rc != 0) return rc;
  memcpy(start, key.name, NAME);
  rc = seal(tickets, &key, start, TIME + saved);
  mbedtls_platform_zeroize(&key, sizeof(key));
  if (rc != 0) return rc;
  *lifetime = tickets->lifetime;
  *len = HEAD + TIME + saved + TAG;
  return 0;
}

/* The text's length under the key of this or the last period, or -1. */
static long open_ticket(const LtlsTickets *tickets, unsigned char *ticket,
                        size_t len) {
  uint64_t period = period_of(tickets, ltls_mbed_time_of_day());
  long text_len = -1;
  int back;
  Key key;
  for (back = 0; back < 2 && text_len < 0; back++)
    if (derive(tickets, period - (uint64_t)back, &key) == 0 &&
        memcmp(key.name, ticket, NAME) == 0)
      text_len = unseal(tickets, &key, ticket, len);
  mbedtls_platform_zeroize(&key, sizeof(key));
  return text_len;
}

int ltls_ticket_parse(void *data, mbedtls_ssl_session *session,
                      unsigned char *ticket, size_t len) {
  const LtlsTickets *tickets = data;
  const unsigned char *text = ticket + HEAD;
  long text_len;
  uint64_t age;
  int rc;
  if (len < HEAD + TIME + TAG) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  text_len = open_ticket(tickets, ticket, len);
  if (text_len < TIME) return MBEDTLS_ERR_SSL_INVALID_MAC;
  age = ltls_mbed_time_of_day() - read_time(text);
  if (age / 1000 > tickets->lifetime)
    return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
  rc = mbedtls_ssl_session_load(session, text + TIME, (size_t)text_len - TIME);
  ltls_mbed_set_ticket_age(session, age);
  return rc;
}
