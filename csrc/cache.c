/*
** The cache of session ids. Whatever goes wrong here, the handshake is a full
** one.
*/

#include "cache.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <string.h>

#define STATE_ROOM 2048 /* bytes: a sealed session without its chain */

static LtlsSpan span_of(const unsigned char *p, size_t len) {
  LtlsSpan span = {p, len};
  return span;
}

static const LtlsShelf *shelf_of(const LtlsCache *cache) {
  return cache->is_users ? cache->tickets->visit->shelf : NULL;
}

/* Count what a function of the user returned. */
static int succeeds(const LtlsCache *cache, int result) {
  if (!result) cache->tickets->statistics->errors++;
  return result;
}

/* A copy of the entry, in a block that the caller frees; NULL: there is none. */
static unsigned char *find(LtlsCache *cache, LtlsSpan id, size_t *len) {
  const LtlsShelf *shelf = shelf_of(cache);
  void *owner = cache->tickets->visit->owner;
  unsigned char *bytes = NULL;
  LtlsSpan found;
  if (shelf != NULL)
    return succeeds(cache, shelf->get(owner, id, &bytes, len)) ? bytes : NULL;
  found = ltls_lru_get(&cache->memory, id);
  if (found.p != NULL) bytes = mbedtls_calloc(1, found.len + 1);
  if (bytes == NULL) return NULL;
  memcpy(bytes, found.p, found.len);
  *len = found.len;
  return bytes;
}

static void drop(LtlsCache *cache, LtlsSpan id) {
  const LtlsShelf *shelf = shelf_of(cache);
  cache->tickets->statistics->dropped++;
  if (shelf != NULL)
    (void)succeeds(cache, shelf->remove(cache->tickets->visit->owner, id));
  else
    ltls_lru_remove(&cache->memory, id);
}

int ltls_cache_get(void *data, const unsigned char *id, size_t id_len,
                   mbedtls_ssl_session *session) {
  LtlsCache *cache = data;
  LtlsStatistics *statistics = cache->tickets->statistics;
  LtlsSpan whole = span_of(id, id_len);
  size_t len = 0;
  unsigned char *bytes = find(cache, whole, &len);
  LtlsFate fate;
  if (bytes == NULL) {
    statistics->misses++;
    return MBEDTLS_ERR_SSL_CACHE_ENTRY_NOT_FOUND;
  }
  fate = ltls_ticket_open(cache->tickets, whole, session, bytes, len);
  mbedtls_free(bytes);
  if (fate == LTLS_FATE_TAKEN) {
    statistics->hits++;
    return 0;
  }
  statistics->misses++;
  /* The others may come again with what the session was made for. */
  if (fate == LTLS_FATE_UNKNOWN || fate == LTLS_FATE_EXPIRED)
    drop(cache, whole);
  return MBEDTLS_ERR_SSL_CACHE_ENTRY_NOT_FOUND;
}

static int keep(LtlsCache *cache, LtlsSpan id, LtlsSpan sealed) {
  const LtlsShelf *shelf = shelf_of(cache);
  if (shelf == NULL) return ltls_lru_set(&cache->memory, id, sealed);
  return succeeds(cache, shelf->set(cache->tickets->visit->owner, id, sealed,
                                    cache->tickets->lifetime));
}

int ltls_cache_set(void *data, const unsigned char *id, size_t id_len,
                   const mbedtls_ssl_session *session) {
  LtlsCache *cache = data;
  LtlsSpan whole = span_of(id, id_len);
  size_t room = LTLS_TICKET_MOST_CHAIN + STATE_ROOM, len;
  unsigned char *sealed = mbedtls_calloc(1, room);
  int is_kept = 0;
  if (sealed == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  len = ltls_ticket_seal(cache->tickets, whole, session, sealed, room);
  if (len > 0) is_kept = keep(cache, whole, span_of(sealed, len));
  cache->tickets->statistics->stored += (uint64_t)is_kept;
  mbedtls_platform_zeroize(sealed, room);
  mbedtls_free(sealed);
  return is_kept ? 0 : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}
