/*
** Failures as values. An error object is a plain table with a metatable, so
** that Lua code makes and reads it without us: one kind for programs, one
** sentence for people, and details as fields.
*/

#include "failure.h"

#include <ctype.h>
#include <lauxlib.h>
#include <mbedtls/error.h>
#include <string.h>

static const char metatable_name[] = "luatls.error";

/* tostring(err): the sentence, and in brackets what to do. */
static int failure_tostring(lua_State *L) {
  lua_getfield(L, 1, "message");
  lua_getfield(L, 1, "hint");
  if (lua_type(L, -1) == LUA_TSTRING && lua_type(L, -2) == LUA_TSTRING)
    lua_pushfstring(L, "%s (%s)", lua_tostring(L, -2), lua_tostring(L, -1));
  else
    luaL_tolstring(L, -2, NULL);
  return 1;
}

/* left .. right, where one of them is an error. */
static int failure_concat(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

/* to_text(value) -> string */
static int to_text(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

const char *ltls_failure_text(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_pushcfunction(L, to_text);
  lua_pushvalue(L, index);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    lua_pop(L, 1);
    lua_pushfstring(L, "a %s without a text", luaL_typename(L, index));
  }
  return lua_tostring(L, -1);
}

static const luaL_Reg metamethods[] = {
    {"__tostring", failure_tostring},
    {"__concat", failure_concat},
    {NULL, NULL},
};

void ltls_failure_register(lua_State *L) {
  luaL_newmetatable(L, metatable_name);
  luaL_setfuncs(L, metamethods, 0);
  lua_pop(L, 1);
}

/* Make the details table at 'index' an error: kind, message, metatable. The
** message is on top. [-1, +0, m] */
static void failure_dress(lua_State *L, int index, const char *kind) {
  index = lua_absindex(L, index);
  lua_setfield(L, index, "message");
  lua_pushstring(L, kind);
  lua_setfield(L, index, "kind");
  luaL_getmetatable(L, metatable_name);
  lua_setmetatable(L, index);
}

void ltls_failure_push(lua_State *L, const char *kind, const char *format,
                       ...) {
  va_list arguments;
  luaL_checkstack(L, 6, "no room for an error object");
  lua_createtable(L, 0, 6);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  failure_dress(L, -2, kind);
}

void ltls_failure_detail(lua_State *L, const char *field, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

void ltls_failure_option(lua_State *L, const char *option) {
  lua_getfield(L, -1, "message");
  lua_pushfstring(L, "option %s: %s", option, lua_tostring(L, -1));
  lua_setfield(L, -3, "message");
  lua_pop(L, 1);
  ltls_failure_detail(L, "option", option);
}

/* mbedTLS says "X509 - Unavailable feature, e.g. …": keep what comes behind
** the module, without its capital unless that starts an abbreviation. */
static void push_reason(lua_State *L, int code) {
  char text[160];
  const char *dash;
  char *start = text;
  mbedtls_strerror(code, text, sizeof(text));
  dash = strstr(text, " - ");
  if (dash != NULL) start = text + (dash - text) + 3;
  if (isupper((unsigned char)start[0]) && !isupper((unsigned char)start[1]))
    start[0] = (char)tolower((unsigned char)start[0]);
  lua_pushstring(L, start);
}

void ltls_failure_code(lua_State *L, int code) {
  char hex[16];
  (void)snprintf(hex, sizeof(hex), "-0x%04x", (unsigned)-code);
  ltls_failure_detail(L, "code", hex);
  push_reason(L, code);
  lua_setfield(L, -2, "reason");
}

int ltls_fail(lua_State *L, const char *kind, const char *message, int code) {
  push_reason(L, code);
  ltls_failure_push(L, kind, "%s: %s", message, lua_tostring(L, -1));
  lua_remove(L, -2);
  ltls_failure_code(L, code);
  return ltls_fail_top(L);
}

int ltls_fail_top(lua_State *L) {
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

int ltls_failure_new(lua_State *L) {
  const char *kind = luaL_checkstring(L, 1);
  luaL_checkstring(L, 2);
  lua_settop(L, 3);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_pushvalue(L, 2);
  failure_dress(L, 3, kind);
  return 1;
}
