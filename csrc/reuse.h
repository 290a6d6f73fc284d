/*
** What a server's options say about sessions: tickets, and the cache of session
** ids.
*/

#ifndef LUATLS_REUSE_H
#define LUATLS_REUSE_H

#include "cache.h"

#include <lua.h>

/* The options that 'ltls_reuse_read' reads, for a list of known ones. */
#define LTLS_REUSE_OPTIONS                                        \
  "tickets", "ticket_secret", "ticket_lifetime", "session_cache", \
      "single_use_tickets", "early_data"

typedef struct LtlsReuse {
  LtlsTickets tickets;
  LtlsCache cache;
  int gives_tickets;
  int has_cache;
} LtlsReuse;

/* Indexes in the table of the user's cache functions. */
enum { LTLS_SHELF_GET = 1, LTLS_SHELF_SET, LTLS_SHELF_REMOVE };

/* Read the options at 'arg' into what is zeroed, and push the table of the
** user's cache functions, or nil. The secret is the one given, else that of
** 'old' (or NULL), else random. 0 or an mbedTLS error. [-0, +1, v] */
int ltls_reuse_read(lua_State *L, int arg, LtlsReuse *reuse,
                    const LtlsReuse *old);

/* Have mbedTLS ask it. 'bond' is the context's, 'statistics' too. Both must
** stay where they are. */
void ltls_reuse_configure(LtlsReuse *reuse, const unsigned char *bond,
                          LtlsStatistics *statistics, mbedtls_ssl_config *conf);

void ltls_reuse_free(LtlsReuse *reuse);

#endif
