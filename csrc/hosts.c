/*
** Hosts. A name is looked up as it is, then with its first label replaced by
** "*": two look-ups in a hash table, however many hosts there are.
*/

#include "hosts.h"

#include "name.h"
#include "options.h"

#include <lauxlib.h>
#include <string.h>

#define MAX_NAME 253 /* bytes of a host name (RFC 1035, 2.3.4) */

static char lower(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int is_label_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/* Labels of ASCII, a dot between two of them: what clients send. */
static int is_host(const char *name, size_t len) {
  size_t i;
  char last = '.';
  for (i = 0; i < len; last = name[i++])
    if (name[i] == '.' ? last == '.' : !is_label_byte(name[i])) return 0;
  return len > 0 && len <= MAX_NAME && last != '.';
}

/* Push a name in lower case. [-0, +1, m] */
static void push_lower(lua_State *L, const char *name, size_t len) {
  luaL_Buffer buffer;
  char *copy = luaL_buffinitsize(L, &buffer, len);
  size_t i;
  for (i = 0; i < len; i++)
    copy[i] = lower(name[i]);
  luaL_pushresultsize(&buffer, len);
}

static void bad_name(lua_State *L, const char *name, const char *what) {
  lua_pushfstring(L, "\"%s\" %s", name, what);
  ltls_options_bad(L, "hosts", lua_tostring(L, -1));
}

/* Push the name that is the key at 'index', checked. [-0, +1, v] */
static void push_name(lua_State *L, int index) {
  const char *given, *name;
  size_t len;
  if (lua_type(L, index) != LUA_TSTRING)
    ltls_options_bad(L, "hosts", "a table by host names expected");
  given = lua_tolstring(L, index, &len);
  push_lower(L, given, len);
  name = lua_tostring(L, -1);
  if (ltls_name_is_ip(name))
    bad_name(L, given, "is an address: clients send names only (RFC 6066, 3)");
  if (strncmp(name, "*.", 2) == 0) {
    name += 2;
    len -= 2;
  }
  if (!is_host(name, len))
    bad_name(L, given,
             "is no host name: ASCII, with \"*\" as first label only");
}

int ltls_hosts_read(lua_State *L, int arg) {
  int given, table;
  if (!ltls_options_has(L, arg, "hosts")) return 0;
  given = lua_gettop(L);
  if (!lua_istable(L, given)) ltls_options_bad(L, "hosts", "table expected");
  lua_newtable(L);
  table = given + 1;
  lua_pushnil(L);
  while (lua_next(L, given) != 0) { /* stack: …, key, value */
    push_name(L, -2);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, table) != LUA_TNIL)
      bad_name(L, lua_tostring(L, -2), "stands there twice");
    lua_pop(L, 1);
    lua_insert(L, -2); /* key, name, value */
    lua_rawset(L, table);
  }
  lua_remove(L, given);
  return 1;
}

void ltls_hosts_find(lua_State *L, int hosts, LtlsSpan name) {
  const char *text, *dot;
  push_lower(L, (const char *)name.p, name.len);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, hosts) == LUA_TNIL) {
    text = lua_tostring(L, -2);
    dot = strchr(text, '.');
    lua_pop(L, 1);
    if (dot == NULL || dot == text)
      lua_pushnil(L);
    else {
      lua_pushfstring(L, "*%s", dot);
      lua_rawget(L, hosts);
    }
  }
  lua_remove(L, -2);
}
