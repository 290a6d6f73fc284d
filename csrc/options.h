/*
** Option tables: one table of snake_case keys. What is wrong with it is a
** mistake in the program, so all of these raise.
*/

#ifndef LUATLS_OPTIONS_H
#define LUATLS_OPTIONS_H

#include <lua.h>

/* Raise unless the value at 'arg' is a table whose keys all stand in 'known'
** (NULL ends it); names the nearest known key. [-0, +0, v] */
void ltls_options_check(lua_State *L, int arg, const char *const known[]);

/* The word of 'known' (NULL ends it, and there is one) that looks most like
** 'word'. */
const char *ltls_options_nearest(const char *word, const char *const known[]);

/* Push options[key]; 1 when it is there, else nothing is pushed. [-0, +(0|1), e] */
int ltls_options_has(lua_State *L, int arg, const char *key);

/* As above, and raise when it is not a string without zero bytes.
** [-0, +(0|1), v] */
int ltls_options_string(lua_State *L, int arg, const char *key);

/* The index in 'words' of a word; 'otherwise' when absent. [-0, +0, v] */
int ltls_options_word(lua_State *L, int arg, const char *key,
                      const char *const words[], int otherwise);

/* true or false; absent is false. [-0, +0, v] */
int ltls_options_flag(lua_State *L, int arg, const char *key);

/* A whole number within [low, high]; 'otherwise' when absent. [-0, +0, v] */
typedef struct LtlsRange {
  lua_Integer low, high, otherwise;
} LtlsRange;
lua_Integer ltls_options_integer(lua_State *L, int arg, const char *key,
                                 LtlsRange range);

/* Raise 'bad option "key" (detail)'. Never returns. [-0, +0, v] */
int ltls_options_bad(lua_State *L, const char *key, const char *detail);

#endif
