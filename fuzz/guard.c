/*
** luatls-guard SCRIPT [ARGUMENT...]: runs a Lua script with an engine whose
** memory is guarded. Every block that C code of ours or of mbedTLS allocates
** ends where a page ends, and the next page cannot be touched; a block that was
** freed cannot be touched either, and its place is never used again. So a
** single byte too far ends the program. The engine's clocks can be put forward,
** and the process forked.
*/

#define _DEFAULT_SOURCE /* for mmap without a file, and madvise */

#include "greeting.h"
#include "x509.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE  ((size_t)4096)
#define PAGES ((size_t)1 << 24) /* 64 GB of addresses, not of memory */

int luaopen_luatls_core(lua_State *L);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *block);
void __real_free(void *block);
time_t __wrap_time(time_t *into);
time_t __real_time(time_t *into);
uint64_t __wrap_ltls_mbed_time_of_day(void);
uint64_t __real_ltls_mbed_time_of_day(void);
int64_t __wrap_mbedtls_ms_time(void);
int64_t __real_mbedtls_ms_time(void);

static unsigned char *arena; /* PAGES pages, none of which can be touched */
static uint32_t *lengths;    /* by page: how many pages a block has */
static size_t used;          /* pages */

static int64_t passed; /* seconds that 'pass' has let pass */

static void *reserve(size_t size, int protection) {
  void *place = mmap(NULL, size, protection,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) {
    perror("luatls-guard");
    exit(2);
  }
  return place;
}

/* Called for the engine's first block, before main perhaps. */
static void prepare(void) {
  arena = reserve(PAGES * PAGE, PROT_NONE);
  lengths = reserve(PAGES * sizeof(*lengths), PROT_READ | PROT_WRITE);
}

void *__wrap_calloc(size_t count, size_t size) {
  size_t bytes = count * size, pages = (bytes + PAGE - 1) / PAGE;
  unsigned char *start;
  if (arena == NULL) prepare();
  if (size != 0 && bytes / size != count) return NULL;
  if (pages == 0) pages = 1;
  if (used + pages + 1 > PAGES) return NULL;
  start = arena + used * PAGE;
  if (mprotect(start, pages * PAGE, PROT_READ | PROT_WRITE) != 0) return NULL;
  lengths[used] = (uint32_t)pages;
  used += pages + 1;
  return start + pages * PAGE - bytes;
}

void __wrap_free(void *block) {
  size_t page;
  if (arena == NULL || (unsigned char *)block < arena ||
      (unsigned char *)block > arena + PAGES * PAGE) {
    __real_free(block);
    return;
  }
  /* A block of no bytes starts where its page ends. */
  page = (size_t)((unsigned char *)block - arena) / PAGE;
  if (lengths[page] == 0) page--;
  (void)madvise(arena + page * PAGE, lengths[page] * PAGE, MADV_DONTNEED);
  (void)mprotect(arena + page * PAGE, lengths[page] * PAGE, PROT_NONE);
}

time_t __wrap_time(time_t *into) {
  time_t now = __real_time(NULL) + (time_t)passed;
  if (into != NULL) *into = now;
  return now;
}

uint64_t __wrap_ltls_mbed_time_of_day(void) {
  return __real_ltls_mbed_time_of_day() + (uint64_t)(passed * 1000);
}

int64_t __wrap_mbedtls_ms_time(void) {
  return __real_mbedtls_ms_time() + passed * 1000;
}

/* pass(seconds): put the engine's clocks forward, or back. */
static int guard_pass(lua_State *L) {
  passed += luaL_checkinteger(L, 1);
  return 0;
}

/* fork(f): what f returns in a process that is forked off. */
static int guard_fork(lua_State *L) {
  luaL_Buffer answer;
  char part[1024];
  ssize_t got;
  int ends[2];
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  if (pipe(ends) != 0) return luaL_error(L, "no pipe");
  if (fork() == 0) {
    size_t len;
    const char *text;
    lua_call(L, 0, 1);
    text = luaL_checklstring(L, -1, &len);
    _exit(write(ends[1], text, len) == (ssize_t)len ? 0 : 1);
  }
  close(ends[1]);
  luaL_buffinit(L, &answer);
  while ((got = read(ends[0], part, sizeof(part))) > 0)
    luaL_addlstring(&answer, part, (size_t)got);
  close(ends[0]);
  luaL_pushresult(&answer);
  return 1;
}

/* parse(text): DER, and as PEM, out of a block that ends with its last byte. */
static int guard_parse(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  mbedtls_x509_crt crt;
  int bad;
  int counted;
  for (counted = 0; counted < 2; counted++) {
    unsigned char *block = calloc(1, len + (size_t)counted);
    if (block == NULL) return luaL_error(L, "no room");
    memcpy(block, text, len);
    mbedtls_x509_crt_init(&crt);
    (void)ltls_x509_parse(&crt, block, len + (size_t)counted, &bad);
    mbedtls_x509_crt_free(&crt);
    free(block);
  }
  return 0;
}

/* hello(message): a ClientHello, out of a block that ends with its last byte. */
static int guard_hello(lua_State *L) {
  LtlsHelloFault fault;
  LtlsHello hello;
  LtlsSpan message;
  const char *text = luaL_checklstring(L, 1, &message.len);
  unsigned char *block = calloc(1, message.len);
  if (block == NULL) return luaL_error(L, "no room");
  memcpy(block, text, message.len);
  message.p = block;
  if (ltls_hello_parse(&hello, message, &fault))
    ltls_greeting_push(L, &hello);
  else
    ltls_greeting_push_fault(L, "parse", &fault);
  free(block);
  return 1;
}

/* touch("over" | "after"): do what must not be done. */
static int guard_touch(lua_State *L) {
  int is_over = strcmp(luaL_checkstring(L, 1), "over") == 0;
  volatile unsigned char *block = calloc(1, 100);
  if (block == NULL) return luaL_error(L, "no room");
  if (!is_over) free((void *)block);
  lua_pushinteger(L, block[is_over ? 100 : 0]);
  return 1;
}

static int open_guard(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"parse", guard_parse}, {"hello", guard_hello}, {"touch", guard_touch},
      {"pass", guard_pass},   {"fork", guard_fork},   {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  int i;
  if (L == NULL || argc < 2) return 2;
  luaL_openlibs(L);
  luaL_requiref(L, "luatls.core", luaopen_luatls_core, 0);
  luaL_requiref(L, "guard", open_guard, 0);
  if (luaL_loadfile(L, argv[1]) == LUA_OK) {
    for (i = 2; i < argc; i++)
      lua_pushstring(L, argv[i]);
    if (lua_pcall(L, argc - 2, 0, 0) == LUA_OK) {
      lua_close(L);
      return 0;
    }
  }
  (void)fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  return 1;
}
