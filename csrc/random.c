/*
** The process's random generator. mbedTLS keeps state outside objects (PSA's
** keys, which TLS 1.3 needs), so does the generator; both are counted: the
** first Lua state sets them up, the last one to close frees them.
*/

#include "random.h"

#include "object.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <psa/crypto.h>
#include <pthread.h>
#include <signal.h>

#define MAX_RANDOM 65536

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int users; /* Lua states that hold the generator; under 'guard' */
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context generator;

/* A process that was forked off would draw the same bytes as its parent: the
** same keys, and the same nonces under the key of tickets that both share. */
static volatile sig_atomic_t is_forked; /* and nothing was drawn since */

static void note_fork(void) {
  is_forked = 1;
}

static void generator_free(void) {
  mbedtls_psa_crypto_free();
  mbedtls_ctr_drbg_free(&generator);
  mbedtls_entropy_free(&entropy);
}

/* 0, or an mbedTLS or PSA error (both are negative). */
static int generator_seed(void) {
  static const unsigned char purpose[] = "luatls";
  int rc;
  (void)mbedtls_ssl_list_ciphersuites(); /* first calls write globals, */
  (void)mbedtls_ecp_grp_id_list();       /* of which no mutex knows */
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&generator);
  rc = mbedtls_ctr_drbg_seed(&generator, mbedtls_entropy_func, &entropy,
                             purpose, sizeof(purpose));
  if (rc == 0) rc = (int)psa_crypto_init();
  if (rc != 0) generator_free();
  return rc;
}

/* PSA's own generator sees to it by itself. */
static int renew(void) {
  int rc = 0;
  pthread_mutex_lock(&guard);
  if (is_forked) {
    rc = mbedtls_ctr_drbg_reseed(&generator, NULL, 0);
    is_forked = rc != 0;
  }
  pthread_mutex_unlock(&guard);
  return rc;
}

static int hold(void) {
  static int is_watching; /* under 'guard' */
  int rc = 0;
  pthread_mutex_lock(&guard);
  if (!is_watching) is_watching = pthread_atfork(NULL, NULL, note_fork) == 0;
  if (!is_watching) rc = MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
  if (rc == 0 && users == 0) rc = generator_seed();
  if (rc == 0) users++;
  pthread_mutex_unlock(&guard);
  return rc;
}

static void release(void) {
  pthread_mutex_lock(&guard);
  if (--users == 0) generator_free();
  pthread_mutex_unlock(&guard);
}

/* What a Lua state holds: its object dies after all others of this library,
** because it was made before them. */
typedef struct Hold {
  int held; /* 0 until the generator was seeded */
} Hold;

static void hold_free(void *self) {
  if (((Hold *)self)->held) release();
}

static const luaL_Reg none[] = {{NULL, NULL}};

static const LtlsClass hold_class = {
    .name = "luatls.random",
    .size = sizeof(Hold),
    .free = hold_free,
    .methods = none,
    .metamethods = none,
};

void ltls_random_register(lua_State *L) {
  Hold *mine;
  int rc;
  ltls_class_register(L, &hold_class);
  mine = ltls_object_new(L, &hold_class);
  rc = hold();
  if (rc != 0) luaL_error(L, "cannot seed the random generator (%d)", rc);
  mine->held = 1;
  /* The metatable, which the registry keeps, keeps it: */
  lua_getmetatable(L, -1);
  lua_insert(L, -2);
  lua_setfield(L, -2, "held");
  lua_pop(L, 1);
}

int ltls_random_fill(void *unused, unsigned char *out, size_t len) {
  int rc = is_forked ? renew() : 0;
  (void)unused;
  while (len > 0 && rc == 0) {
    size_t part =
        len < MBEDTLS_CTR_DRBG_MAX_REQUEST ? len : MBEDTLS_CTR_DRBG_MAX_REQUEST;
    rc = mbedtls_ctr_drbg_random(&generator, out, part);
    out += part;
    len -= part;
  }
  return rc;
}

int ltls_random_string(lua_State *L) {
  lua_Integer size = luaL_checkinteger(L, 1);
  luaL_Buffer buffer;
  unsigned char *out;
  luaL_argcheck(L, size >= 0 && size <= MAX_RANDOM, 1, "out of range");
  out = (unsigned char *)luaL_buffinitsize(L, &buffer, (size_t)size);
  if (ltls_random_fill(NULL, out, (size_t)size) != 0)
    return luaL_error(L, "the random generator failed");
  luaL_pushresultsize(&buffer, (size_t)size);
  return 1;
}
