/*
** Tickets: what a server gives its clients so that they may resume (RFC 5077;
** RFC 8446, 4.6.1). Their keys come from one secret and the clock, so that all
** who share the secret take each other's tickets without talking. Entries of a
** cache of session ids are sealed in the same way.
*/

#ifndef LUATLS_TICKET_H
#define LUATLS_TICKET_H

#include "seal.h"
#include "visit.h"

enum {
  LTLS_TICKET_NAME = 16, /* bytes: the name of a key */
  LTLS_TICKET_HEAD = LTLS_TICKET_NAME + LTLS_SEAL_NONCE,
  LTLS_TICKET_MOST_CHAIN = 4096 /* bytes of a peer's chain: with more of them
                                   every ClientHello would be as large */
};

/* Wipe and give back the memory. */
void ltls_ticket_free(LtlsTickets *tickets);

/* Could a ticket be made for the peer of this session? */
int ltls_ticket_fits(const LtlsVisit *visit,
                     const mbedtls_ssl_session *session);

/* Seal a session for a ticket, or for the entry 'id' of a cache. Its length, or
** 0 when that cannot be done. */
size_t ltls_ticket_seal(const LtlsTickets *tickets, LtlsSpan id,
                        const mbedtls_ssl_session *session, unsigned char *out,
                        size_t room);

/* Open what may be anything, in place: fill 'session' and the visit, or leave
** both as they were. 'id' is empty for a ticket. */
LtlsFate ltls_ticket_open(LtlsTickets *tickets, LtlsSpan id,
                          mbedtls_ssl_session *session, unsigned char *sealed,
                          size_t len);

/* The callbacks of mbedtls_ssl_conf_session_tickets_cb; 'data' is an
** LtlsTickets. */
int ltls_ticket_write(void *data, const mbedtls_ssl_session *session,
                      unsigned char *start, const unsigned char *end,
                      size_t *len, uint32_t *lifetime);
int ltls_ticket_parse(void *data, mbedtls_ssl_session *session,
                      unsigned char *ticket, size_t len);

#endif
