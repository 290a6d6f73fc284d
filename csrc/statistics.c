/*
** Statistics, as Lua sees them.
*/

#include "statistics.h"

#include <stddef.h>

typedef struct Row {
  const char *name;
  uint64_t count;
} Row;

static void push_rows(lua_State *L, const Row *rows) {
  lua_newtable(L);
  for (; rows->name != NULL; rows++) {
    lua_pushinteger(L, (lua_Integer)rows->count);
    lua_setfield(L, -2, rows->name);
  }
}

void ltls_statistics_push(lua_State *L, const LtlsStatistics *s) {
  const Row all[] = {
      {"handshakes", s->handshakes},
      {"resumed", s->by_ticket + s->by_id},
      {"resumed_by_ticket", s->by_ticket},
      {"resumed_by_id", s->by_id},
      {NULL, 0},
  };
  const Row tickets[] = {
      {"issued", s->issued},
      {"too_large", s->too_large},
      {"taken", s->tickets[LTLS_FATE_TAKEN]},
      {"unknown", s->tickets[LTLS_FATE_UNKNOWN]},
      {"expired", s->tickets[LTLS_FATE_EXPIRED]},
      {"replayed", s->tickets[LTLS_FATE_REPLAYED]},
      {"other_name", s->tickets[LTLS_FATE_OTHER_NAME]},
      {"unbound", s->tickets[LTLS_FATE_UNBOUND]},
      {"other_peer", s->tickets[LTLS_FATE_PEER]},
      {NULL, 0},
  };
  const Row cache[] = {
      {"hits", s->hits},       {"misses", s->misses}, {"stored", s->stored},
      {"dropped", s->dropped}, {"errors", s->errors}, {NULL, 0},
  };
  push_rows(L, all);
  push_rows(L, tickets);
  lua_setfield(L, -2, "tickets");
  push_rows(L, cache);
  lua_setfield(L, -2, "cache");
}
