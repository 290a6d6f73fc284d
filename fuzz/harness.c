/*
** libFuzzer's entry. One Lua state runs one target: a file of fuzz/targets,
** named by LUATLS_FUZZ_TARGET, that returns a function of the input. An error
** that leaves it is a finding. The same input always does the same: random
** bytes and the clock are replaced, and so are the ciphers of records and of
** tickets, or nothing damaged would ever get past its integrity check; a target
** may also have every signature and every Finished good.
*/

#include "clock.h"
#include "seal.h"

#include <lauxlib.h>
#include <lualib.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/pk.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_luatls_core(lua_State *L);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the linker puts in the place of the functions without "__wrap_". */
int __wrap_mbedtls_ctr_drbg_random(void *unused, unsigned char *out,
                                   size_t len);
int __wrap_mbedtls_cipher_auth_encrypt_ext(
    mbedtls_cipher_context_t *ctx, const unsigned char *iv, size_t iv_len,
    const unsigned char *ad, size_t ad_len, const unsigned char *input,
    size_t len, unsigned char *out, size_t room, size_t *out_len, size_t tag);
int __wrap_mbedtls_cipher_auth_decrypt_ext(
    mbedtls_cipher_context_t *ctx, const unsigned char *iv, size_t iv_len,
    const unsigned char *ad, size_t ad_len, const unsigned char *input,
    size_t len, unsigned char *out, size_t room, size_t *out_len, size_t tag);

int __real_mbedtls_pk_verify_ext(mbedtls_pk_type_t type, const void *options,
                                 mbedtls_pk_context *pk, mbedtls_md_type_t md,
                                 const unsigned char *hash, size_t hash_len,
                                 const unsigned char *sig, size_t sig_len);
int __wrap_mbedtls_pk_verify_ext(mbedtls_pk_type_t type, const void *options,
                                 mbedtls_pk_context *pk, mbedtls_md_type_t md,
                                 const unsigned char *hash, size_t hash_len,
                                 const unsigned char *sig, size_t sig_len);

int __wrap_ltls_seal_close(const unsigned char *key, unsigned char *nonce,
                           LtlsSpan extra, unsigned char *text, size_t len);
int __wrap_ltls_seal_open(const unsigned char *key, const unsigned char *nonce,
                          LtlsSpan extra, unsigned char *text, size_t len);

int __real_mbedtls_pk_verify(mbedtls_pk_context *pk, mbedtls_md_type_t md,
                             const unsigned char *hash, size_t hash_len,
                             const unsigned char *sig, size_t sig_len);
int __wrap_mbedtls_pk_verify(mbedtls_pk_context *pk, mbedtls_md_type_t md,
                             const unsigned char *hash, size_t hash_len,
                             const unsigned char *sig, size_t sig_len);
int __wrap_mbedtls_pk_verify_restartable(
    mbedtls_pk_context *pk, mbedtls_md_type_t md, const unsigned char *hash,
    size_t hash_len, const unsigned char *sig, size_t sig_len, void *unused);

int __real_mbedtls_ct_memcmp(const void *a, const void *b, size_t len);
int __wrap_mbedtls_ct_memcmp(const void *a, const void *b, size_t len);

static lua_State *L; /* stack: traceback, target */

/* libFuzzer reads these as coverage: edges between lines of Lua. */
#define LINES    (1 << 14)
#define COUNTERS __attribute__((section("__libfuzzer_extra_counters"), used))
COUNTERS static uint8_t lines[LINES];

/* A stream of random bytes for each side of a connection, so that the bytes
** one side gets do not hang on what the other one does; 0 is for keys. */
enum { STREAMS = 3 };
static uint64_t streams[STREAMS];
static int stream;

static void rewind_streams(void) {
  int i;
  for (i = 1; i < STREAMS; i++)
    streams[i] = 0x9E3779B97F4A7C15u * (unsigned)(i + 1);
  stream = 1;
}

/* xorshift64 (Marsaglia). */
int __wrap_mbedtls_ctr_drbg_random(void *unused, unsigned char *out,
                                   size_t len) {
  uint64_t x = streams[stream];
  (void)unused;
  while (len-- > 0) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *out++ = (unsigned char)(x >> 32);
  }
  streams[stream] = x;
  return 0;
}

int __wrap_mbedtls_cipher_auth_encrypt_ext(
    mbedtls_cipher_context_t *ctx, const unsigned char *iv, size_t iv_len,
    const unsigned char *ad, size_t ad_len, const unsigned char *input,
    size_t len, unsigned char *out, size_t room, size_t *out_len, size_t tag) {
  (void)ctx, (void)iv, (void)iv_len, (void)ad, (void)ad_len;
  if (room < len + tag) return MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA;
  memmove(out, input, len);
  memset(out + len, 0, tag);
  *out_len = len + tag;
  return 0;
}

int __wrap_mbedtls_cipher_auth_decrypt_ext(
    mbedtls_cipher_context_t *ctx, const unsigned char *iv, size_t iv_len,
    const unsigned char *ad, size_t ad_len, const unsigned char *input,
    size_t len, unsigned char *out, size_t room, size_t *out_len, size_t tag) {
  (void)ctx, (void)iv, (void)iv_len, (void)ad, (void)ad_len;
  if (len < tag || room < len - tag) return MBEDTLS_ERR_CIPHER_BAD_INPUT_DATA;
  memmove(out, input, len - tag);
  *out_len = len - tag;
  return 0;
}

int __wrap_ltls_seal_close(const unsigned char *key, unsigned char *nonce,
                           LtlsSpan extra, unsigned char *text, size_t len) {
  (void)key, (void)extra;
  memset(nonce, 0, LTLS_SEAL_NONCE);
  memset(text + len, 0, LTLS_SEAL_TAG);
  return 0;
}

int __wrap_ltls_seal_open(const unsigned char *key, const unsigned char *nonce,
                          LtlsSpan extra, unsigned char *text, size_t len) {
  (void)key, (void)nonce, (void)extra, (void)text, (void)len;
  return 1;
}

/* Nobody can sign what a fuzzer makes: a target may have all signatures good. */
static int is_gullible;

int __wrap_mbedtls_pk_verify_ext(mbedtls_pk_type_t type, const void *options,
                                 mbedtls_pk_context *pk, mbedtls_md_type_t md,
                                 const unsigned char *hash, size_t hash_len,
                                 const unsigned char *sig, size_t sig_len) {
  if (is_gullible) return 0;
  return __real_mbedtls_pk_verify_ext(type, options, pk, md, hash, hash_len,
                                      sig, sig_len);
}

int __wrap_mbedtls_pk_verify(mbedtls_pk_context *pk, mbedtls_md_type_t md,
                             const unsigned char *hash, size_t hash_len,
                             const unsigned char *sig, size_t sig_len) {
  if (is_gullible) return 0;
  return __real_mbedtls_pk_verify(pk, md, hash, hash_len, sig, sig_len);
}

int __wrap_mbedtls_pk_verify_restartable(
    mbedtls_pk_context *pk, mbedtls_md_type_t md, const unsigned char *hash,
    size_t hash_len, const unsigned char *sig, size_t sig_len, void *unused) {
  (void)unused;
  return __wrap_mbedtls_pk_verify(pk, md, hash, hash_len, sig, sig_len);
}

/* Of verify_data and binders, which are longer or shorter than tags. */
int __wrap_mbedtls_ct_memcmp(const void *a, const void *b, size_t len) {
  enum { TAG = 16 };
  if (is_gullible && len != TAG) return 0;
  return __real_mbedtls_ct_memcmp(a, b, len);
}

/* believe(flag): from now on every signature and every Finished is good, or not
** any more. */
static int signature_believe(lua_State *state) {
  is_gullible = lua_toboolean(state, 1);
  return 0;
}

/* The module "fuzz.signature". */
static int open_signature(lua_State *state) {
  static const luaL_Reg functions[] = {{"believe", signature_believe},
                                       {NULL, NULL}};
  luaL_newlib(state, functions);
  return 1;
}

/* stream(n): what is random from now on comes from this stream. */
static int random_stream(lua_State *state) {
  lua_Integer n = luaL_checkinteger(state, 1);
  luaL_argcheck(state, n >= 0 && n < STREAMS, 1, "no such stream");
  stream = (int)n;
  return 0;
}

/* rewind(): as for a new input. */
static int random_rewind(lua_State *state) {
  (void)state;
  rewind_streams();
  return 0;
}

/* The module "fuzz.random". */
static int open_random(lua_State *state) {
  static const luaL_Reg functions[] = {
      {"stream", random_stream}, {"rewind", random_rewind}, {NULL, NULL}};
  luaL_newlib(state, functions);
  return 1;
}

static void count_line(lua_State *state, lua_Debug *here) {
  static size_t before;
  size_t place;
  lua_getinfo(state, "S", here);
  place = ((size_t)(uintptr_t)here->source >> 4) * 31 +
          (size_t)here->currentline * 2654435761u;
  lines[(place ^ before >> 1) % LINES]++;
  before = place;
}

static int traceback(lua_State *state) {
  luaL_traceback(state, state, luaL_tolstring(state, 1, NULL), 1);
  return 1;
}

/* Call the function on top; its error ends the program. */
static void call(int arguments, int results) {
  if (lua_pcall(L, arguments, results, 1) == LUA_OK) return;
  (void)fprintf(stderr, "== Lua error: %s\n", lua_tostring(L, -1));
  abort();
}

/* Push what the file LUATLS_FUZZ_<what> returns. */
static void load(const char *variable) {
  const char *path = getenv(variable);
  if (path == NULL || luaL_loadfile(L, path) != LUA_OK) {
    (void)fprintf(stderr, "%s: %s\n", variable,
                  path == NULL ? "not set" : lua_tostring(L, -1));
    exit(2);
  }
  call(0, 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  streams[0] = 42;
  L = luaL_newstate();
  if (L == NULL) return 1;
  luaL_openlibs(L);
  lua_pushcfunction(L, traceback);
  luaL_requiref(L, "luatls.core", luaopen_luatls_core, 0);
  luaL_requiref(L, "fuzz.random", open_random, 0);
  luaL_requiref(L, "fuzz.signature", open_signature, 0);
  luaL_requiref(L, "fuzz.clock", fuzz_clock_open, 0);
  lua_pop(L, 4);
  if (getenv("LUATLS_FUZZ_SCRIPT") != NULL) {
    load("LUATLS_FUZZ_SCRIPT");
    lua_close(L);
    exit(0);
  }
  load("LUATLS_FUZZ_TARGET");
  lua_sethook(L, count_line, LUA_MASKLINE, 0);
  return 0;
}

/* The collector runs after every input: what an input leaves is its own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  rewind_streams();
  fuzz_clock_rewind();
  lua_pushvalue(L, 2);
  lua_pushlstring(L, (const char *)data, size);
  call(1, 0);
  lua_gc(L, LUA_GCCOLLECT);
  return 0;
}
