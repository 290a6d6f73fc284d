/*
** The harness's clock: for each input it stands at the same moment, and goes on
** only when a target lets time pass.
*/

#ifndef LUATLS_FUZZ_CLOCK_H
#define LUATLS_FUZZ_CLOCK_H

#include <lua.h>

void fuzz_clock_rewind(void);

/* The module "fuzz.clock". */
int fuzz_clock_open(lua_State *L);

#endif
