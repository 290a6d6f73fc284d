/*
** Visits: a client that comes back, as the server sees it. It says whether what
** the client shows, and is authentic, may be resumed today.
*/

#ifndef LUATLS_VISIT_H
#define LUATLS_VISIT_H

#include "envelope.h"
#include "replay.h"
#include "statistics.h"

enum { LTLS_TICKET_SECRET = 32 }; /* bytes */

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
  /* The single-use ticket it took: it comes again after HelloRetryRequest. */
  unsigned char taken[LTLS_REPLAY_ID];
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

/* What an envelope is worth that was sealed by us. 'session' is loaded and the
** visit filled when it is taken; else both stay as they were. 'nonce' names a
** ticket, LTLS_REPLAY_ID bytes; NULL for the entry of a cache. */
LtlsFate ltls_visit_weigh(LtlsTickets *tickets, const LtlsEnvelope *envelope,
                          mbedtls_ssl_session *session,
                          const unsigned char *nonce);

/* The milliseconds that have gone by since a session was given out. */
uint64_t ltls_visit_age(const LtlsOrigin *origin);

/* Forget what a visit was to resume: the handshake is a full one. Frees what
** it owns. */
void ltls_visit_forget(LtlsVisit *visit);

#endif
