/*
** Keys, private and public: "luatls.key".
*/

#ifndef LUATLS_KEY_H
#define LUATLS_KEY_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/pk.h>

/* User values of a key. */
enum { LTLS_KEY_SIGN = 1, LTLS_KEY_PINS = 1 };

typedef struct LtlsKey {
  mbedtls_pk_context pk;
  int is_private;
  int is_external; /* 'pk' is public, and LTLS_KEY_SIGN signs */
} LtlsKey;

/* Register the class. [-0, +0, m] */
void ltls_key_register(lua_State *L);

/* The key at 'arg'; it lives as long as the Lua value does. [-0, +0, v] */
LtlsKey *ltls_key_check(lua_State *L, int arg);

/* The key at 'index', or NULL for another value. [-0, +0, m] */
LtlsKey *ltls_key_test(lua_State *L, int index);

/* options[key], which must be a key object when it is there: pushes it.
** NULL when absent, and nothing is pushed. [-0, +(0|1), v] */
LtlsKey *ltls_key_option(lua_State *L, int arg, const char *key);

/* Push a key with the public half of 'pk'. 1, or 0 with an error object
** pushed. [-0, +1, m] */
int ltls_key_push_public(lua_State *L, const mbedtls_pk_context *pk);

/* Have two keys the same public half? */
int ltls_key_is_same(const mbedtls_pk_context *a, const mbedtls_pk_context *b);

/* A key object, PEM text or a path at 'index', with the password at
** 'password' (nil: none). Pushes the key and returns 1, or an error and 0. */
int ltls_key_source(lua_State *L, int index, int password);

int ltls_key_generate(lua_State *L); /* generate([options]) -> key | nil, err */
int ltls_key_parse(
    lua_State *L);               /* parse(text[, password]) -> key | nil, err */
int ltls_key_load(lua_State *L); /* load(path[, password]) -> key | nil, err */

#endif
