/*
** Option tables: what is known, of which type, and the word that was probably
** meant. A misspelt option that passed in silence could be a security setting.
*/

#include "options.h"

#include <lauxlib.h>
#include <string.h>

#define MAX_LISTED 16 /* names that a message lists */
#define MAX_WORD   63 /* longer than every option's or algorithm's name */

static int least(int a, int b, int c) {
  int smaller = a < b ? a : b;
  return smaller < c ? smaller : c;
}

/* Levenshtein distance, by rows; words over MAX_WORD count as far away. */
static int distance(const char *left, const char *right) {
  int row[MAX_WORD + 1];
  size_t i, j, width = strlen(right);
  if (width > MAX_WORD || strlen(left) > MAX_WORD) return MAX_WORD;
  for (j = 0; j <= width; j++)
    row[j] = (int)j;
  for (i = 0; left[i] != '\0'; i++) {
    int diagonal = row[0];
    row[0]++;
    for (j = 0; j < width; j++) {
      int replaced = diagonal + (left[i] != right[j]);
      diagonal = row[j + 1];
      row[j + 1] = least(replaced, row[j] + 1, diagonal + 1);
    }
  }
  return row[width];
}

const char *ltls_options_nearest(const char *word, const char *const known[]) {
  const char *best = known[0];
  for (; *known != NULL; known++)
    if (distance(word, *known) < distance(word, best)) best = *known;
  return best;
}

static int is_among(const char *word, const char *const known[]) {
  while (*known != NULL && strcmp(word, *known) != 0)
    known++;
  return *known != NULL;
}

static void push_list(lua_State *L, const char *const words[]) {
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, *words);
  while (*++words != NULL) {
    luaL_addstring(&text, ", ");
    luaL_addstring(&text, *words);
  }
  luaL_pushresult(&text);
}

/* Push what could be meant instead of 'word': a name that looks like it, or all
** of them where they are few; a name that is far away would only mislead. */
static void push_advice(lua_State *L, const char *word,
                        const char *const known[]) {
  const char *nearest = ltls_options_nearest(word, known);
  int far = distance(word, nearest), count = 0;
  while (known[count] != NULL)
    count++;
  if (far < MAX_WORD && 2 * far <= (int)strlen(word) + 1)
    lua_pushfstring(L, " (nearest: \"%s\")", nearest);
  else if (count > MAX_LISTED)
    lua_pushliteral(L, "");
  else {
    push_list(L, known);
    lua_pushfstring(L, " (known: %s)", lua_tostring(L, -1));
  }
}

static void unknown(lua_State *L, const char *key, const char *const known[]) {
  push_advice(L, key, known);
  luaL_error(L, "unknown option \"%s\"%s", key, lua_tostring(L, -1));
}

void ltls_options_check(lua_State *L, int arg, const char *const known[]) {
  luaL_checktype(L, arg, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, arg) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING)
      unknown(L, luaL_tolstring(L, -2, NULL), known);
    if (!is_among(lua_tostring(L, -2), known))
      unknown(L, lua_tostring(L, -2), known);
    lua_pop(L, 1);
  }
}

int ltls_options_bad(lua_State *L, const char *key, const char *detail) {
  return luaL_error(L, "bad option \"%s\" (%s)", key, detail);
}

int ltls_options_has(lua_State *L, int arg, const char *key) {
  if (lua_getfield(L, arg, key) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  return 0;
}

/* Raise: 'key' is of the wrong type; its value is on top. */
static void wrong_type(lua_State *L, const char *key, const char *expected) {
  const char *got = luaL_typename(L, -1);
  lua_pushfstring(L, "%s expected, got %s", expected, got);
  ltls_options_bad(L, key, lua_tostring(L, -1));
}

int ltls_options_string(lua_State *L, int arg, const char *key) {
  if (!ltls_options_has(L, arg, key)) return 0;
  if (lua_type(L, -1) != LUA_TSTRING) wrong_type(L, key, "string");
  /* C would see what stands before it: "good.example\0.evil.example". */
  if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
    ltls_options_bad(L, key, "it contains a zero byte");
  return 1;
}

int ltls_options_word(lua_State *L, int arg, const char *key,
                      const char *const words[], int otherwise) {
  const char *word;
  int i = 0;
  if (!ltls_options_string(L, arg, key)) return otherwise;
  word = lua_tostring(L, -1);
  while (words[i] != NULL && strcmp(words[i], word) != 0)
    i++;
  if (words[i] == NULL) {
    lua_pushfstring(L, "\"%s\" is none of its words; nearest: \"%s\"", word,
                    ltls_options_nearest(word, words));
    ltls_options_bad(L, key, lua_tostring(L, -1));
  }
  lua_pop(L, 1);
  return i;
}

int ltls_options_flag(lua_State *L, int arg, const char *key) {
  int flag;
  if (!ltls_options_has(L, arg, key)) return 0;
  if (!lua_isboolean(L, -1)) wrong_type(L, key, "boolean");
  flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

lua_Integer ltls_options_integer(lua_State *L, int arg, const char *key,
                                 LtlsRange range) {
  lua_Integer value;
  int whole;
  if (!ltls_options_has(L, arg, key)) return range.otherwise;
  value = lua_tointegerx(L, -1, &whole);
  if (!whole || lua_type(L, -1) != LUA_TNUMBER)
    wrong_type(L, key, "whole number");
  if (value < range.low || value > range.high) {
    lua_pushfstring(L, "%I is not between %I and %I", value, range.low,
                    range.high);
    ltls_options_bad(L, key, lua_tostring(L, -1));
  }
  lua_pop(L, 1);
  return value;
}
