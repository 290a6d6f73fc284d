/*
** The harness's clock, in the place of all clocks that the engine reads.
*/

#include "clock.h"

#include <lauxlib.h>
#include <mbedtls/platform_time.h>
#include <stdint.h>
#include <time.h>

#define NOW 1767225600 /* 2026-01-01: when every input begins */

/* What the linker puts in the place of the functions without "__wrap_". */
time_t __wrap_time(time_t *out);
uint64_t __wrap_ltls_mbed_time_of_day(void);
mbedtls_ms_time_t __wrap_mbedtls_ms_time(void);

static mbedtls_ms_time_t passed; /* milliseconds since then */

mbedtls_ms_time_t __wrap_mbedtls_ms_time(void) {
  return (mbedtls_ms_time_t)NOW * 1000 + passed;
}

uint64_t __wrap_ltls_mbed_time_of_day(void) {
  return (uint64_t)__wrap_mbedtls_ms_time();
}

time_t __wrap_time(time_t *out) {
  time_t now = (time_t)(__wrap_mbedtls_ms_time() / 1000);
  if (out != NULL) *out = now;
  return now;
}

void fuzz_clock_rewind(void) {
  passed = 0;
}

/* pass(seconds): let time pass. */
static int clock_pass(lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e6, 1, "no time");
  passed += (mbedtls_ms_time_t)(seconds * 1000);
  return 0;
}

/* rewind(): as for a new input. */
static int clock_rewind(lua_State *L) {
  (void)L;
  fuzz_clock_rewind();
  return 0;
}

int fuzz_clock_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"pass", clock_pass}, {"rewind", clock_rewind}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
