/*
** Connections: Lua's view of an engine. Every method that enters mbedTLS goes
** in by 'enter' and out by 'leave', so that no callback enters it again and
** what happened inside is told afterwards.
*/

#include "connection.h"

#include "engine.h"
#include "failure.h"
#include "flow.h"
#include "handshake.h"
#include "info.h"
#include "object.h"
#include "outcome.h"
#include "question.h"
#include "reception.h"
#include "resume.h"
#include "shelf.h"
#include "stage.h"
#include "trampoline.h"

#include <lauxlib.h>
#include <string.h>

#define DEFAULT_READ 16384 /* bytes: the largest record (RFC 8446, 5.1) */

static const LtlsClass connection_class;

static LtlsEngine *connection_check(lua_State *L) {
  return ltls_object_self(L, &connection_class);
}

LtlsEngine *ltls_connection_idle(lua_State *L) {
  LtlsEngine *engine = connection_check(L);
  if (engine->L != NULL || engine->is_asking)
    luaL_error(L, "connection is busy: a callback must not use it");
  return engine;
}

void ltls_connection_enter(lua_State *L, LtlsEngine *engine) {
  luaL_checkstack(L, LTLS_TRAMPOLINE_STACK, "too many nested calls");
  engine->L = L;
}

/* Call keylog(line) for the lines that were collected. It may raise. */
static void deliver_keylog(lua_State *L, LtlsEngine *engine) {
  LtlsBuffer *lines = &engine->keylog.lines;
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_KEYLOG);
  while (ltls_buffer_length(lines) > 0) {
    const char *start = (const char *)lines->data + lines->start;
    const char *end = memchr(start, '\n', ltls_buffer_length(lines));
    size_t len = (size_t)(end - start);
    lua_pushvalue(L, -1);
    lua_pushlstring(L, start, len);
    ltls_buffer_consume(lines, len + 1);
    lua_call(L, 1, 0);
  }
  lua_pop(L, 2);
}

void ltls_connection_leave(LtlsEngine *engine) {
  engine->L = NULL;
}

int ltls_connection_tell(lua_State *L, LtlsEngine *engine, int results) {
  if (ltls_buffer_length(&engine->keylog.lines) > 0) deliver_keylog(L, engine);
  return results;
}

int ltls_connection_outcome(lua_State *L, LtlsEngine *engine, LtlsPhase phase,
                            int rc) {
  return ltls_connection_tell(L, engine, ltls_outcome(L, engine, phase, rc));
}

/* conn:feed(bytes[, first]) -> integer */
static int connection_feed(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  size_t len;
  const char *bytes = luaL_checklstring(L, 2, &len);
  lua_Integer first = luaL_optinteger(L, 3, 1);
  long taken;
  luaL_argcheck(L, first >= 1 && (size_t)first <= len + 1, 3, "out of range");
  if (!engine->is_open)
    taken = (long)(len - (size_t)first + 1);
  else
    taken = ltls_transport_feed(&engine->transport, bytes + first - 1,
                                len - (size_t)first + 1);
  if (taken < 0) return luaL_error(L, "not enough memory");
  lua_pushinteger(L, taken);
  return 1;
}

/* conn:feed_end() */
static int connection_feed_end(lua_State *L) {
  ltls_connection_idle(L)->transport.ended = 1;
  return 0;
}

/* conn:drain() of datagrams: one for each call. */
static int drain_datagram(lua_State *L, LtlsBuffer *out) {
  const unsigned char *bytes = NULL;
  size_t len = ltls_datagram_first(out, &bytes);
  luaL_argcheck(L, lua_isnoneornil(L, 2), 2, "a datagram is taken whole");
  lua_pushlstring(L, (const char *)bytes, len);
  ltls_datagram_drop(out);
  return 1;
}

/* conn:drain([max]) -> string */
static int connection_drain(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  LtlsBuffer *out = &engine->transport.out;
  lua_Integer max = luaL_optinteger(L, 2, LUA_MAXINTEGER);
  if (engine->context->is_datagram) return drain_datagram(L, out);
  luaL_argcheck(L, max >= 1, 2, "at least 1 expected");
  ltls_buffer_push(L, out, (size_t)max);
  return 1;
}

int ltls_connection_decided(lua_State *L, LtlsEngine *engine) {
  int rc = ltls_outcome_ended(L, engine);
  if (rc != 0 || !engine->awaits_hello) return rc;
  rc = ltls_reception_run(L, engine);
  return rc != 0 ? ltls_outcome(L, engine, LTLS_PHASE_HANDSHAKE, rc) : 0;
}

/* conn:handshake() -> true | false, want | nil, err */
static int connection_handshake(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  int rc = ltls_connection_decided(L, engine);
  if (rc != 0) return rc;
  ltls_connection_enter(L, engine);
  rc = ltls_handshake_run(engine, LTLS_UNTIL_DONE);
  ltls_connection_leave(engine);
  if (rc != 0)
    return ltls_connection_outcome(L, engine, LTLS_PHASE_HANDSHAKE, rc);
  lua_pushboolean(L, 1);
  return ltls_connection_tell(L, engine, 1);
}

/* conn:callback(): run the user's function that the handshake waits for. */
static int connection_callback(lua_State *L) {
  return ltls_question_run(L, ltls_connection_idle(L));
}

/* conn:step() -> done | false, want | nil, err */
static int connection_step(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  int rc = ltls_connection_decided(L, engine);
  if (rc != 0) return rc;
  ltls_connection_enter(L, engine);
  rc = ltls_handshake_run(engine, LTLS_UNTIL_STEP);
  ltls_connection_leave(engine);
  if (rc != 0)
    return ltls_connection_outcome(L, engine, LTLS_PHASE_HANDSHAKE, rc);
  lua_pushboolean(L, ltls_engine_is_over(engine));
  return ltls_connection_tell(L, engine, 1);
}

/* conn:state() -> string */
static int connection_state(lua_State *L) {
  const LtlsEngine *engine = connection_check(L);
  lua_pushstring(L, engine->is_open ? ltls_stage_name(engine) : "closed");
  return 1;
}

/* conn:read([size]) -> string | false, want | nil, err
** The string is made from mbedTLS' buffer before the bytes are consumed: when
** there is no memory for it, they are still there. */
static int connection_read(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  lua_Integer size = luaL_optinteger(L, 2, DEFAULT_READ);
  int rc = ltls_connection_decided(L, engine);
  luaL_argcheck(L, size >= 1, 2, "at least 1 expected");
  if (rc != 0) return rc;
  if (engine->peer_closed)
    return ltls_outcome_closed(L, "the peer closed the connection");
  ltls_connection_enter(L, engine);
  rc = ltls_flow_fill(engine);
  ltls_connection_leave(engine);
  if (ltls_flow_has_early(engine) &&
      (rc >= 0 || rc == MBEDTLS_ERR_SSL_WANT_READ))
    return luaL_error(L, "there is early data, which may be a replay: take it "
                         "with read_early(), until that gives \"\"");
  if (rc < 0) return ltls_connection_outcome(L, engine, LTLS_PHASE_READ, rc);
  if (size > rc) size = rc;
  lua_pushlstring(L, ltls_mbed_plaintext(&engine->ssl), (size_t)size);
  ltls_flow_consume(engine, (size_t)size);
  return ltls_connection_tell(L, engine, 1);
}

/* conn:read_early([size]) -> string | false, want | nil, err */
static int connection_read_early(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  lua_Integer size = luaL_optinteger(L, 2, DEFAULT_READ);
  int rc = ltls_connection_decided(L, engine);
  luaL_argcheck(L, size >= 1, 2, "at least 1 expected");
  if (engine->context->is_client)
    return luaL_error(L, "read_early is for servers");
  if (rc != 0) return rc;
  ltls_connection_enter(L, engine);
  rc = ltls_flow_await_early(engine);
  ltls_connection_leave(engine);
  if (rc != 0) return ltls_connection_outcome(L, engine, LTLS_PHASE_READ, rc);
  engine->early.is_read =
      ltls_buffer_push(L, &engine->early.came, (size_t)size) == 0;
  return ltls_connection_tell(L, engine, 1);
}

/* conn:pending() -> integer */
static int connection_pending(lua_State *L) {
  const LtlsEngine *engine = connection_check(L);
  size_t bytes = 0;
  if (engine->is_open) bytes = mbedtls_ssl_get_bytes_avail(&engine->ssl);
  lua_pushinteger(L, (lua_Integer)bytes);
  return 1;
}

/* conn:close(), possible also while a question's function takes its time. */
static int connection_close(lua_State *L) {
  LtlsEngine *engine = connection_check(L);
  if (engine->L != NULL) ltls_connection_idle(L);
  ltls_engine_free(engine);
  return 0;
}

/* conn:info() -> table */
static int connection_info(lua_State *L) {
  ltls_info_push(L, connection_check(L));
  return 1;
}

/* conn:peer_chain() -> chain | nil */
static int connection_peer_chain(lua_State *L) {
  const LtlsEngine *engine = connection_check(L);
  int pushed;
  if (!engine->is_open) return 0;
  pushed = ltls_resume_push_chain(L, engine);
  return pushed >= 0 ? pushed : ltls_fail_top(L);
}

/* conn:session() -> session | nil */
static int connection_session(lua_State *L) {
  LtlsEngine *engine = ltls_connection_idle(L);
  if (!engine->is_open || engine->has_failed) return 0;
  return ltls_resume_push_session(L, engine);
}

static const luaL_Reg methods[] = {
    {"feed", connection_feed},
    {"feed_end", connection_feed_end},
    {"drain", connection_drain},
    {"handshake", connection_handshake},
    {"callback", connection_callback},
    {"step", connection_step},
    {"state", connection_state},
    {"read", connection_read},
    {"read_early", connection_read_early},
    {"pending", connection_pending},
    {"close", connection_close},
    {"info", connection_info},
    {"peer_chain", connection_peer_chain},
    {"session", connection_session},
    {NULL, NULL},
};

/* tostring(conn): "luatls.connection (client, TLS 1.3, open)" */
static int connection_tostring(lua_State *L) {
  const LtlsEngine *engine = connection_check(L);
  const char *state = engine->has_failed ? "failed" : "closed";
  const char *version = NULL;
  if (engine->is_open && !engine->has_failed)
    state = ltls_engine_is_over(engine) ? "open" : "handshake";
  if (engine->is_open && ltls_engine_is_over(engine))
    version = ltls_engine_version(engine);
  lua_pushfstring(L, "luatls.connection (%s, %s%s%s)",
                  engine->context->is_client ? "client" : "server",
                  version != NULL ? version : "", version != NULL ? ", " : "",
                  state);
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__tostring", connection_tostring},
    {"__close", connection_close},
    {NULL, NULL},
};

static void connection_free(void *self) {
  ltls_engine_free(self);
}

static const LtlsClass connection_class = {
    .name = "luatls.connection",
    .size = sizeof(LtlsEngine),
    .pins = LTLS_CONNECTION_PINS,
    .free = connection_free,
    .methods = methods,
    .metamethods = metamethods,
};

LtlsEngine *ltls_connection_create(lua_State *L, LtlsContext *context, int fd) {
  LtlsEngine *engine = ltls_object_new(L, &connection_class);
  engine->context = context;
  mbedtls_ssl_init(&engine->ssl);
  ltls_transport_init(&engine->transport, fd);
  engine->is_open = 1;
  engine->visit.shelf = &ltls_shelf;
  return engine;
}

void ltls_connection_register(lua_State *L) {
  ltls_class_register(L, &connection_class);
}
