/*
** Tickets: what a server gives its clients so that they may resume (RFC 5077;
** RFC 8446, 4.6.1). Their keys come from one secret and the clock, so that all
** who share the secret take each other's tickets without talking. Entries of a
** cache of session ids are sealed in the same way.
*/

#ifndef LUATLS_TICKET_H
#define LUATLS_TICKET_H

#include "envelope.h"
#include "replay.h"
#include "seal.h"
#include "statistics.h"

enum {
  LTLS_TICKET_SECRET = 32,
  LTLS_TICKET_NAME = 16, /* bytes: the name of a key */
  LTLS_TICKET_HEAD = LTLS_TICKET_NAME + LTLS_SEAL_NONCE,
  LTLS_TICKET_MOST_CHAIN = 4096 /* bytes of a peer's chain: with more of them
                                   every ClientHello would be as large */
};

/* How a connection resumes. */
typedef enum LtlsWay { LTLS_WAY_NONE, LTLS_WAY_TICKET, LTLS_WAY_ID } LtlsWay;

typedef struct LtlsShelf LtlsShelf;

/* One connection of a server, as far as it is about resuming. Its owner fills
** in what stands first. */
typedef struct LtlsVisit {
  mbedtls_ssl_context *ssl;
  const char *server_name; /* that the client asked for, or NULL */
  void *owner;             /* for the functions below */
  /* Would the owner accept this chain, which was verified, today? */
  int (*accepts)(void *owner, const mbedtls_x509_crt *chain);
  /* A cache of the user's; see 'cache'. */
  const LtlsShelf *shelf;

  LtlsOrigin origin;       /* of what is resumed, or so far of what begins */
  mbedtls_x509_crt *chain; /* owned: of what is resumed; NULL: no certificate */
  LtlsWay way;             /* in which it resumes, unless mbedTLS objects */
  unsigned char
      taken[LTLS_REPLAY_ID]; /* the single-use ticket it took: it comes
                                          again after HelloRetryRequest */
  int has_taken;
  int is_unproven; /* its client's address, in datagrams: see 'cookie' */
} LtlsVisit;

typedef struct LtlsTickets {
  unsigned char secret[LTLS_TICKET_SECRET];
  unsigned char bond[32];     /* of the context: no other one takes them */
  uint32_t lifetime;          /* seconds that a ticket, and a key, lives */
  int wants_verified;         /* who resumes must have been verified */
  int are_single;             /* each is taken once */
  size_t early_data;          /* bytes that each may bring once */
  LtlsReplay *replay;         /* then; shared */
  LtlsVisit *visit;           /* the connection that is inside mbedTLS */
  LtlsStatistics *statistics; /* of the context */
} LtlsTickets;

/* Wipe and give back the memory. */
void ltls_ticket_free(LtlsTickets *tickets);

/* Forget what a visit was to resume: the handshake is a full one. Frees what
** it owns. */
void ltls_ticket_forget(LtlsVisit *visit);

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
