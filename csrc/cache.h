/*
** The cache of session ids, for clients of TLS 1.2 that take no tickets. Its
** entries are sealed: who keeps them can neither read nor make them.
*/

#ifndef LUATLS_CACHE_H
#define LUATLS_CACHE_H

#include "lru.h"
#include "ticket.h"

/* A cache of the user's, as functions that get LtlsVisit.owner. They return 0
** when the user's function has raised. */
struct LtlsShelf {
  /* 'bytes' is a block that the caller frees, or NULL when there is no entry. */
  int (*get)(void *owner, LtlsSpan id, unsigned char **bytes, size_t *len);
  int (*set)(void *owner, LtlsSpan id, LtlsSpan bytes, uint32_t lifetime);
  int (*remove)(void *owner, LtlsSpan id);
};

typedef struct LtlsCache {
  LtlsTickets *tickets; /* of the same context: they seal the entries */
  LtlsLru memory;       /* where the entries are, unless */
  int is_users;         /* they are on the visit's shelf */
} LtlsCache;

/* The callbacks of mbedtls_ssl_conf_session_cache; 'data' is an LtlsCache. */
int ltls_cache_get(void *data, const unsigned char *id, size_t id_len,
                   mbedtls_ssl_session *session);
int ltls_cache_set(void *data, const unsigned char *id, size_t id_len,
                   const mbedtls_ssl_session *session);

#endif
