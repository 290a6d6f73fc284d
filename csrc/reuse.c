/*
** What a server's options say about sessions.
*/

#include "reuse.h"

#include "early.h"
#include "options.h"
#include "random.h"

#include <lauxlib.h>
#include <string.h>

/* Clients use a ticket of TLS 1.3 once (RFC 8446, C.4), and open more than one
** connection at a time. */
#define TICKETS_AT_ONCE 2

static int read_secret(lua_State *L, int arg, LtlsTickets *tickets,
                       const LtlsReuse *old) {
  unsigned char *secret = tickets->secret;
  const size_t size = sizeof(tickets->secret);
  if (ltls_options_has(L, arg, "ticket_secret")) {
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) != size)
      ltls_options_bad(L, "ticket_secret", "32 random bytes expected");
    memcpy(secret, lua_tostring(L, -1), size);
    lua_pop(L, 1);
    return 0;
  }
  if (old == NULL) return ltls_random_fill(NULL, secret, size);
  memcpy(secret, old->tickets.secret, size);
  return 0;
}

/* Bytes of early data that every ticket allows. */
static void read_early(lua_State *L, int arg, LtlsReuse *reuse) {
  LtlsRange sizes = {1, LTLS_EARLY_MOST, 0};
  const char *key = "early_data";
  reuse->tickets.early_data = (size_t)ltls_options_integer(L, arg, key, sizes);
  if (reuse->tickets.early_data == 0) return;
  if (!ltls_early_is_built())
    ltls_options_bad(L, key,
                     "this mbedTLS is built without MBEDTLS_SSL_EARLY_DATA");
  if (!reuse->gives_tickets)
    ltls_options_bad(L, key, "it comes with tickets, and there are none");
}

/* true, or how many used tickets are remembered. Connections that began with
** the context before go on, and must not take a ticket once more: one memory
** for both. */
static int read_single_use(lua_State *L, int arg, LtlsTickets *tickets,
                           const LtlsReuse *old) {
  LtlsRange counts = {1, 16777216, LTLS_REPLAY_MOST};
  size_t most = LTLS_REPLAY_MOST;
  int is_word = lua_getfield(L, arg, "single_use_tickets") == LUA_TBOOLEAN;
  tickets->are_single = lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (tickets->are_single && !is_word)
    most = (size_t)ltls_options_integer(L, arg, "single_use_tickets", counts);
  if (!tickets->are_single && tickets->early_data == 0) return 0;
  if (old != NULL && old->tickets.replay != NULL)
    tickets->replay = ltls_replay_share(old->tickets.replay, most);
  else
    tickets->replay = ltls_replay_new(ltls_mbed_time_of_day(), most);
  return tickets->replay != NULL ? 0 : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

/* The user's functions, from the table on top into ours below it. */
static void read_functions(lua_State *L) {
  static const char *const known[] = {"get", "set", "remove", NULL};
  int table = lua_gettop(L), i;
  ltls_options_check(L, table, known);
  for (i = 0; known[i] != NULL; i++) {
    int type = lua_getfield(L, table, known[i]);
    if (type != LUA_TFUNCTION &&
        (type != LUA_TNIL || i + 1 < LTLS_SHELF_REMOVE))
      ltls_options_bad(L, "session_cache",
                       "functions get and set, and perhaps remove, expected");
    lua_rawseti(L, table - 1, i + 1);
  }
}

/* Push the table of the user's functions, or nil. */
static void read_cache(lua_State *L, int arg, LtlsReuse *reuse) {
  LtlsRange counts = {1, 1048576, LTLS_LRU_MOST};
  reuse->has_cache = 1;
  reuse->cache.memory.most = LTLS_LRU_MOST;
  lua_pushnil(L);
  if (!ltls_options_has(L, arg, "session_cache")) return;
  if (lua_isboolean(L, -1)) {
    reuse->has_cache = lua_toboolean(L, -1);
  } else if (lua_istable(L, -1)) {
    reuse->cache.is_users = 1;
    lua_createtable(L, LTLS_SHELF_REMOVE, 0);
    lua_replace(L, -3);
    read_functions(L);
  } else
    reuse->cache.memory.most =
        (int)ltls_options_integer(L, arg, "session_cache", counts);
  lua_pop(L, 1);
}

int ltls_reuse_read(lua_State *L, int arg, LtlsReuse *reuse,
                    const LtlsReuse *old) {
  LtlsRange lifetimes = {1, 604800, 86400}; /* RFC 8446, 4.6.1: a week */
  LtlsTickets *tickets = &reuse->tickets;
  int rc;
  reuse->gives_tickets = 1;
  if (ltls_options_has(L, arg, "tickets")) {
    reuse->gives_tickets = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  tickets->lifetime =
      (uint32_t)ltls_options_integer(L, arg, "ticket_lifetime", lifetimes);
  read_cache(L, arg, reuse);
  read_early(L, arg, reuse);
  rc = read_single_use(L, arg, tickets, old);
  /* Without tickets too: the context that comes after may give them. */
  return rc == 0 ? read_secret(L, arg, tickets, old) : rc;
}

void ltls_reuse_configure(LtlsReuse *reuse, const unsigned char *bond,
                          LtlsStatistics *statistics,
                          mbedtls_ssl_config *conf) {
  LtlsTickets *tickets = &reuse->tickets;
  memcpy(tickets->bond, bond, sizeof(tickets->bond));
  tickets->statistics = statistics;
  tickets->wants_verified = conf->authmode == MBEDTLS_SSL_VERIFY_REQUIRED;
  reuse->cache.tickets = tickets;
  if (reuse->gives_tickets) {
    mbedtls_ssl_conf_session_tickets_cb(conf, ltls_ticket_write,
                                        ltls_ticket_parse, tickets);
    mbedtls_ssl_conf_new_session_tickets(conf, TICKETS_AT_ONCE);
  }
  if (tickets->early_data > 0) ltls_early_configure(conf, tickets->early_data);
  if (reuse->has_cache)
    mbedtls_ssl_conf_session_cache(conf, &reuse->cache, ltls_cache_get,
                                   ltls_cache_set);
}

void ltls_reuse_free(LtlsReuse *reuse) {
  ltls_lru_free(&reuse->cache.memory);
  ltls_ticket_free(&reuse->tickets);
}
