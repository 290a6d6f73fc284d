/*
** Opening a connection: its options, and an engine with them.
*/

#include "opening.h"

#include "connection.h"
#include "failure.h"
#include "hooks.h"
#include "object.h"
#include "options.h"
#include "resume.h"

#include <lauxlib.h>
#include <limits.h>

/* What mbedTLS allocates for a connection, in KB. The collector is told that so
** much was allocated: it sees only some hundred bytes, and dropped connections
** would pile up to a hundred megabytes before it cares. */
#define CONNECTION_KB 40

enum { CONTEXT = 1, OPTIONS = 2 }; /* stack indices in all functions below */

/* What is not in the engine before it exists. The strings are on the stack. */
typedef struct Wishes {
  const char *name; /* on top of the stack, or nil is */
  const char *sni;
  const char *peer;
  int fd; /* -1: memory */
} Wishes;

/* A server of datagrams must say who its client is, and only that: cookies are
** for an address. */
static const char *read_peer(lua_State *L, const LtlsContext *context, int fd) {
  int is_server = context->is_datagram && !context->is_client;
  int has_peer = ltls_options_string(L, OPTIONS, "peer");
  if (context->is_datagram && fd >= 0)
    ltls_options_bad(L, "fd", "it is for streams");
  if (has_peer && (!is_server || *lua_tostring(L, -1) == '\0'))
    ltls_options_bad(L, "peer",
                     "the client's address, for a server of datagrams");
  if (is_server && !has_peer)
    luaL_error(L, "a server of datagrams needs option \"peer\": the client's "
                  "address, as \"192.0.2.7:50123\"");
  return has_peer ? lua_tostring(L, -1) : NULL;
}

/* A client must say who its peer is. */
static void require_name(lua_State *L, const LtlsContext *context,
                         const char *name) {
  if (name != NULL || !context->is_client) return;
  if (context->skip_name || context->skip_verify) return;
  if (context->psk == LTLS_PSK_ONLY) return; /* the key tells who it is */
  luaL_error(L, "a client connection needs option \"name\": the host or IP "
                "address that the certificate must be for");
}

/* Send options.early_data, if the session allows. The connection is
** on top. */
static void offer_early(lua_State *L, LtlsEngine *engine) {
  LtlsEarly *early = &engine->early;
  if (ltls_options_has(L, OPTIONS, "early_data")) {
    if (lua_type(L, -1) != LUA_TSTRING)
      ltls_options_bad(L, "early_data", "string expected");
    ltls_object_pin(L, -2, LTLS_PIN_EARLY, -1);
    early->data = lua_tolstring(L, -1, &early->len);
    early->is_wanted = 1;
    lua_pop(L, 1);
  }
  if (engine->offered != NULL)
    ltls_early_offer(early, &engine->ssl);
  else
    early->len = 0;
}

/* Push the name, or nil, of which NULL is returned. */
static const char *read_name(lua_State *L, const char *key) {
  if (!ltls_options_string(L, OPTIONS, key)) {
    lua_pushnil(L);
    return NULL;
  }
  if (lua_rawlen(L, -1) == 0) ltls_options_bad(L, key, "it is empty");
  return lua_tostring(L, -1);
}

static void read_options(lua_State *L, const LtlsContext *context,
                         Wishes *wishes) {
  static const char *const known[] = {"name",    "sni",        "fd", "peer",
                                      "session", "early_data", NULL};
  LtlsRange descriptors = {0, INT_MAX, -1};
  ltls_options_check(L, OPTIONS, known);
  wishes->fd = (int)ltls_options_integer(L, OPTIONS, "fd", descriptors);
  wishes->peer = read_peer(L, context, wishes->fd);
  if (!context->is_client && ltls_options_has(L, OPTIONS, "early_data"))
    ltls_options_bad(L, "early_data", "it is for clients");
  wishes->sni = read_name(L, "sni");
  wishes->name = read_name(L, "name");
  require_name(L, context, wishes->name);
}

static int set_up(LtlsEngine *engine, const Wishes *wishes) {
  if (wishes->peer != NULL && !ltls_engine_set_peer(engine, wishes->peer))
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  return ltls_hooks_install(engine, wishes->name, wishes->sni);
}

/* ctx:connection([options]) -> connection */
static int opening_connection(lua_State *L) {
  LtlsContext *context = ltls_context_check(L, CONTEXT);
  Wishes wishes = {NULL, NULL, NULL, -1};
  LtlsEngine *engine;
  int rc;
  lua_settop(L, OPTIONS);
  if (lua_isnil(L, OPTIONS)) {
    lua_newtable(L);
    lua_replace(L, OPTIONS);
  }
  read_options(L, context, &wishes);
  lua_gc(L, LUA_GCSTEP, CONNECTION_KB);
  engine = ltls_connection_create(L, context, wishes.fd);
  ltls_object_pin(L, -1, LTLS_PIN_CONTEXT, CONTEXT);
  ltls_object_pin(L, -1, LTLS_PIN_NAME, -2);
  engine->awaits_hello = ltls_context_selects(context);
  if (engine->awaits_hello) return 1;
  rc = set_up(engine, &wishes);
  if (rc != 0) return ltls_fail(L, "memory", "cannot make a connection", rc);
  ltls_resume_offer(L, OPTIONS, engine);
  if (context->is_client) offer_early(L, engine);
  return 1;
}

void ltls_opening_register(lua_State *L) {
  static const luaL_Reg method = {"connection", opening_connection};
  ltls_class_extend(L, "luatls.context", &method);
}
