/*
** Shelves. The functions are asked inside mbedTLS, so they cannot yield; what
** they raise ends in a full handshake, and in conn:info().
*/

#include "shelf.h"

#include "bytes.h"
#include "trampoline.h"

#include <lauxlib.h>
#include <mbedtls/platform.h>
#include <string.h>

/* What the trampoline carries. */
typedef struct Errand {
  LtlsSpan id, bytes;
  uint32_t lifetime;
  unsigned char *found; /* owned, or NULL */
  size_t found_len;
} Errand;

/* Push a function of the user and the id; 0 when there is no such function.
** Stack: errand, connection. */
static int push_function(lua_State *L, int which, const Errand *errand) {
  lua_getiuservalue(L, 2, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_SESSION_CACHE);
  if (lua_rawgeti(L, -1, which) == LUA_TNIL) return 0;
  ltls_bytes_push_hex(L, errand->id.p, errand->id.len);
  return 1;
}

/* get(id) -> string | nil */
static int run_get(lua_State *L) {
  Errand *errand = lua_touserdata(L, 1);
  const char *bytes;
  push_function(L, LTLS_SHELF_GET, errand);
  lua_call(L, 1, 1);
  if (lua_isnil(L, -1)) return 0;
  if (lua_type(L, -1) != LUA_TSTRING)
    return luaL_error(L, "session_cache.get must return a string or nil");
  bytes = lua_tolstring(L, -1, &errand->found_len);
  errand->found = mbedtls_calloc(1, errand->found_len + 1);
  if (errand->found == NULL) return luaL_error(L, "not enough memory");
  memcpy(errand->found, bytes, errand->found_len);
  return 0;
}

/* set(id, bytes, lifetime) */
static int run_set(lua_State *L) {
  const Errand *errand = lua_touserdata(L, 1);
  push_function(L, LTLS_SHELF_SET, errand);
  lua_pushlstring(L, (const char *)errand->bytes.p, errand->bytes.len);
  lua_pushinteger(L, (lua_Integer)errand->lifetime);
  lua_call(L, 3, 0);
  return 0;
}

/* remove(id) */
static int run_remove(lua_State *L) {
  if (push_function(L, LTLS_SHELF_REMOVE, lua_touserdata(L, 1)))
    lua_call(L, 1, 0);
  return 0;
}

static int run(void *owner, lua_CFunction body, Errand *errand) {
  const LtlsEngine *engine = owner;
  return ltls_trampoline(engine->L, LTLS_SELF, LTLS_PIN_CACHE_ERROR, body,
                         errand);
}

static int shelf_get(void *owner, LtlsSpan id, unsigned char **bytes,
                     size_t *len) {
  Errand errand = {0};
  int ok;
  errand.id = id;
  ok = run(owner, run_get, &errand);
  *bytes = errand.found;
  *len = errand.found_len;
  return ok;
}

static int shelf_set(void *owner, LtlsSpan id, LtlsSpan bytes,
                     uint32_t lifetime) {
  Errand errand = {0};
  errand.id = id;
  errand.bytes = bytes;
  errand.lifetime = lifetime;
  return run(owner, run_set, &errand);
}

static int shelf_remove(void *owner, LtlsSpan id) {
  Errand errand = {0};
  errand.id = id;
  return run(owner, run_remove, &errand);
}

const LtlsShelf ltls_shelf = {shelf_get, shelf_set, shelf_remove};
