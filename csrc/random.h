/*
** The process's random generator, and with it the life of the mbedTLS library.
*/

#ifndef LUATLS_RANDOM_H
#define LUATLS_RANDOM_H

#include <lua.h>
#include <stddef.h>

/* Seed the generator, or share the one that another Lua state of this process
** seeded; raises when the system gives no entropy. It lives until the last
** state that called this is closed. [-0, +0, v] */
void ltls_random_register(lua_State *L);

/* The generator, in the form of an mbedTLS 'f_rng'; safe in every thread, and in
** processes that are forked off. */
int ltls_random_fill(void *unused, unsigned char *out, size_t len);

/* random(size) -> string. */
int ltls_random_string(lua_State *L);

#endif
