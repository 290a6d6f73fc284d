/*
** Statistics: what a context's connections did, counted.
*/

#ifndef LUATLS_STATISTICS_H
#define LUATLS_STATISTICS_H

#include <lua.h>
#include <stdint.h>

/* What becomes of a ticket, or of what a cache gave. */
typedef enum LtlsFate {
  LTLS_FATE_TAKEN,
  LTLS_FATE_UNKNOWN,    /* of another key or context, damaged, or not ours */
  LTLS_FATE_EXPIRED,    /* older than its lifetime */
  LTLS_FATE_REPLAYED,   /* single-use, and used or perhaps used */
  LTLS_FATE_OTHER_NAME, /* the client asks for another server name */
  LTLS_FATE_UNBOUND,    /* extended master secret only once (RFC 7627, 5.3) */
  LTLS_FATE_PEER,       /* the peer's chain is no longer accepted */
  LTLS_FATES
} LtlsFate;

typedef struct LtlsStatistics {
  uint64_t handshakes;       /* that were completed */
  uint64_t by_ticket, by_id; /* of them: resumed */
  uint64_t issued;           /* tickets */
  uint64_t too_large;        /* tickets not given: the chain does not fit */
  uint64_t tickets[LTLS_FATES];
  uint64_t hits, misses;    /* of the cache of session ids */
  uint64_t stored, dropped; /* in it: entries, and those that were of no use */
  uint64_t errors;          /* raised by the user's functions */
} LtlsStatistics;

/* Push them as a table. [-0, +1, m] */
void ltls_statistics_push(lua_State *L, const LtlsStatistics *statistics);

#endif
