/*
** Roots. The last file that was read is remembered as long as somebody uses it;
** the mutex guards that and the counts.
*/

#include "roots.h"

#include "x509.h"

#include <mbedtls/platform.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static LtlsRoots *latest; /* not counted as a user */

static void free_roots(LtlsRoots *roots) {
  ltls_store_free(&roots->store);
  mbedtls_x509_crt_free(&roots->list);
  mbedtls_free(roots->path);
  mbedtls_free(roots);
}

static int is_current(const LtlsRoots *roots, const char *path,
                      const struct stat *now) {
  return roots != NULL && strcmp(roots->path, path) == 0 &&
         roots->size == now->st_size && roots->time == now->st_mtime;
}

/* The latest ones, if they are of this file; they get one more user. */
static LtlsRoots *take_latest(const char *path, const struct stat *now) {
  if (!is_current(latest, path, now)) return NULL;
  latest->users++;
  return latest;
}

LtlsRoots *ltls_roots_find(const char *path) {
  LtlsRoots *found;
  struct stat now;
  if (stat(path, &now) != 0) return NULL;
  (void)pthread_mutex_lock(&mutex);
  found = take_latest(path, &now);
  (void)pthread_mutex_unlock(&mutex);
  return found;
}

/* 0 or an mbedTLS error. */
static int fill(LtlsRoots *roots, const char *path, LtlsBytes bytes) {
  size_t len = strlen(path) + 1;
  int bad, rc = ltls_x509_parse(&roots->list, bytes.data, bytes.len, &bad);
  if (roots->list.raw.p == NULL || rc == MBEDTLS_ERR_X509_ALLOC_FAILED)
    return rc;
  roots->path = mbedtls_calloc(1, len);
  if (roots->path == NULL ||
      !ltls_store_fill(&roots->store, &roots->list, NULL))
    return MBEDTLS_ERR_X509_ALLOC_FAILED;
  memcpy(roots->path, path, len);
  return 0;
}

/* Somebody else may have been faster: then theirs are used. */
static LtlsRoots *publish(LtlsRoots *roots) {
  struct stat now = {0};
  LtlsRoots *winner = NULL;
  int is_known = stat(roots->path, &now) == 0;
  roots->users = 1;
  roots->size = now.st_size;
  roots->time = now.st_mtime;
  (void)pthread_mutex_lock(&mutex);
  if (is_known) winner = take_latest(roots->path, &now);
  if (is_known && winner == NULL) latest = roots;
  (void)pthread_mutex_unlock(&mutex);
  if (winner == NULL) return roots;
  free_roots(roots);
  return winner;
}

LtlsRoots *ltls_roots_add(const char *path, LtlsBytes bytes, int *rc) {
  LtlsRoots *roots = mbedtls_calloc(1, sizeof(*roots));
  *rc = MBEDTLS_ERR_X509_ALLOC_FAILED;
  if (roots == NULL) return NULL;
  mbedtls_x509_crt_init(&roots->list);
  *rc = fill(roots, path, bytes);
  if (*rc == 0) return publish(roots);
  free_roots(roots);
  return NULL;
}

void ltls_roots_release(LtlsRoots *roots) {
  int users;
  (void)pthread_mutex_lock(&mutex);
  users = --roots->users;
  if (users == 0 && latest == roots) latest = NULL;
  (void)pthread_mutex_unlock(&mutex);
  if (users == 0) free_roots(roots);
}
