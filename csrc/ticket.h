/*
** Tickets: what a server gives its clients so that they may resume (RFC 5077;
** RFC 8446, 4.6.1). Their keys come from one secret and the clock, so that all
** who share the secret take each other's tickets without talking.
*/

#ifndef LUATLS_TICKET_H
#define LUATLS_TICKET_H

#include "mbed.h"
#include "replay.h"

#define LTLS_TICKET_SECRET 32

/* What a connection took. After HelloRetryRequest the same ticket comes once
** more (RFC 8446, 4.1.2). */
typedef struct LtlsTicketUse {
  unsigned char taken[LTLS_REPLAY_ID];
  int has_taken;
} LtlsTicketUse;

typedef struct LtlsTickets {
  unsigned char secret[LTLS_TICKET_SECRET];
  unsigned char bond[32]; /* of the context: no other one takes them */
  uint32_t lifetime;      /* seconds that a ticket, and a key, lives */
  int are_single;         /* each is taken once */
  LtlsReplay *replay;     /* when they are: shared with the context before */
  LtlsTicketUse *use;     /* of the connection that is inside mbedTLS */
} LtlsTickets;

/* Wipe and give back the memory. */
void ltls_ticket_free(LtlsTickets *tickets);

/* The callbacks of mbedtls_ssl_conf_session_tickets_cb; 'data' is an
** LtlsTickets. */
int ltls_ticket_write(void *data, const mbedtls_ssl_session *session,
                      unsigned char *start, const unsigned char *end,
                      size_t *len, uint32_t *lifetime);
int ltls_ticket_parse(void *data, mbedtls_ssl_session *session,
                      unsigned char *ticket, size_t len);

#endif
