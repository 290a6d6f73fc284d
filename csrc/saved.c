/*
** Sessions as bytes: a mark, then the bond of the context and an envelope; with
** a key these are sealed, and a nonce stands before them. What is loaded may be
** anything.
*/

#include "saved.h"

#include "bytes.h"
#include "chain.h"
#include "failure.h"
#include "object.h"
#include "seal.h"
#include "session.h"
#include "state.h"

#include <lauxlib.h>
#include <string.h>

#define MARK_TEXT "luatls session" /* and a byte: PLAIN or SEALED */

enum { MARK = sizeof(MARK_TEXT) - 1, HEAD = MARK + 1 };
enum { PLAIN = 1, SEALED = 2 };
enum { BOND = sizeof(((LtlsSession *)NULL)->bond) };
enum { STATE_ROOM = 512 }; /* bytes, beside ticket, names and chain */

/* The key at 'arg', or NULL. */
static const unsigned char *read_key(lua_State *L, int arg) {
  size_t len;
  const char *key = luaL_optlstring(L, arg, NULL, &len);
  luaL_argcheck(L, key == NULL || len == LTLS_SEAL_KEY, arg,
                "a key of 32 random bytes expected");
  return (const unsigned char *)key;
}

/* The user value 'slot' of the session at index 1. */
static LtlsSpan text_of(lua_State *L, int slot) {
  LtlsSpan text;
  lua_getiuservalue(L, 1, slot);
  text.p = (const unsigned char *)lua_tolstring(L, -1, &text.len);
  if (text.p == NULL) text.len = 0;
  lua_pop(L, 1); /* the session keeps it */
  return text;
}

static const mbedtls_x509_crt *chain_of(lua_State *L) {
  const mbedtls_x509_crt *chain = NULL;
  if (lua_getiuservalue(L, 1, LTLS_SESSION_CHAIN) != LUA_TNIL)
    chain = ltls_chain_check(L, lua_gettop(L));
  lua_pop(L, 1);
  return chain;
}

/* session:save([key]) -> string */
static int session_save(lua_State *L) {
  const LtlsSession *session = ltls_session_check(L, 1);
  const unsigned char *key = read_key(L, 2);
  size_t head = HEAD + (key != NULL ? LTLS_SEAL_NONCE : 0), room, len;
  const mbedtls_x509_crt *chain = chain_of(L);
  LtlsEnvelope envelope = {
      session->origin, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
  LtlsSpan mark;
  unsigned char *out;
  envelope.name = text_of(L, LTLS_SESSION_NAME);
  envelope.server_name = text_of(L, LTLS_SESSION_SERVER_NAME);
  room = BOND + ltls_envelope_chain_length(chain) + envelope.name.len +
         2 * envelope.server_name.len + session->state.ticket_len + STATE_ROOM;
  out = ltls_bytes_block(L, head + room + LTLS_SEAL_TAG);
  memcpy(out, MARK_TEXT, MARK);
  out[MARK] = key != NULL ? SEALED : PLAIN;
  memcpy(out + head, session->bond, BOND);
  len = ltls_envelope_write(&envelope, chain, &session->state,
                            out + head + BOND, room - BOND);
  if (len == 0) return luaL_error(L, "the session cannot be saved");
  len += BOND;
  mark.p = out;
  mark.len = HEAD;
  if (key != NULL) {
    if (ltls_seal_close(key, out + HEAD, mark, out + head, len) != 0)
      return luaL_error(L, "the session cannot be encrypted");
    len += LTLS_SEAL_TAG;
  }
  lua_pushlstring(L, (const char *)out, head + len);
  return 1;
}

static int refuse(lua_State *L, const char *why, const char *hint) {
  ltls_failure_push(L, "parse", "cannot load the session: %s", why);
  if (hint != NULL) ltls_failure_detail(L, "hint", hint);
  return ltls_fail_top(L);
}

/* What mbedTLS says of the state. It puts its version first. */
static int refuse_state(lua_State *L, LtlsSpan state, int rc) {
  if (rc != MBEDTLS_ERR_SSL_VERSION_MISMATCH)
    return refuse(L, "its content is damaged", NULL);
  lua_pushfstring(L,
                  "it was saved with mbedTLS %d.%d.%d, or with another build "
                  "of it; this is %s",
                  state.p[0], state.p[1], state.p[2], MBEDTLS_VERSION_STRING);
  return refuse(L, lua_tostring(L, -1),
                "connect without a session, and save the new one");
}

/* Set the user value 'slot' of the session on top; [-0, +0, m]. */
static void pin_text(lua_State *L, int slot, LtlsSpan text) {
  if (text.p == NULL) return;
  lua_pushlstring(L, (const char *)text.p, text.len);
  ltls_object_pin(L, lua_gettop(L) - 1, slot, -1);
  lua_pop(L, 1);
}

/* The milliseconds that have gone by since a session was made. */
static uint64_t age_of(const LtlsOrigin *origin) {
  uint64_t now = ltls_mbed_time_of_day();
  return now > origin->made ? now - origin->made : 0;
}

/* The session of a bond and an envelope. */
static int push_session(lua_State *L, LtlsSpan text) {
  LtlsEnvelope envelope;
  LtlsSpan bond = {text.p, BOND};
  LtlsSession *session;
  int rc;
  if (text.len < BOND) return refuse(L, "it is cut off", NULL);
  text.p += BOND;
  text.len -= BOND;
  if (!ltls_envelope_read(&envelope, text) || envelope.state.len < 5)
    return refuse(L, "its content is damaged", NULL);
  session = ltls_session_new(L);
  rc = ltls_state_load(&session->state, envelope.state.p, envelope.state.len,
                       MBEDTLS_SSL_IS_CLIENT);
  if (rc != 0) return refuse_state(L, envelope.state, rc);
  if (!ltls_state_can_resume(&session->state))
    return refuse(L, "its content is damaged", NULL);
  memcpy(session->bond, bond.p, BOND);
  session->origin = envelope.origin;
  ltls_state_set_age(&session->state, age_of(&session->origin));
  pin_text(L, LTLS_SESSION_NAME, envelope.name);
  pin_text(L, LTLS_SESSION_SERVER_NAME, envelope.server_name);
  if (envelope.chain.len == 0) return 1;
  (void)ltls_chain_push_copy(L, NULL); /* an empty one */
  if (ltls_envelope_chain(envelope.chain, ltls_chain_check(L, lua_gettop(L))) !=
      0)
    return refuse(L, "one of its certificates cannot be read", NULL);
  ltls_object_pin(L, lua_gettop(L) - 1, LTLS_SESSION_CHAIN, -1);
  lua_pop(L, 1);
  return 1;
}

/* Decrypt what stands behind the mark, in a copy that wipes itself. */
static int load_sealed(lua_State *L, LtlsSpan bytes, const unsigned char *key) {
  LtlsSpan mark = {bytes.p, HEAD}, text;
  size_t head = HEAD + LTLS_SEAL_NONCE;
  unsigned char *copy;
  if (bytes.len < head + LTLS_SEAL_TAG) return refuse(L, "it is cut off", NULL);
  text.len = bytes.len - head - LTLS_SEAL_TAG;
  copy = ltls_bytes_block(L, text.len + LTLS_SEAL_TAG);
  memcpy(copy, bytes.p + head, text.len + LTLS_SEAL_TAG);
  if (!ltls_seal_open(key, bytes.p + HEAD, mark, copy, text.len))
    return refuse(L, "it was saved with another key, or is damaged", NULL);
  text.p = copy;
  return push_session(L, text);
}

int ltls_saved_load(lua_State *L) {
  LtlsSpan bytes, text;
  const unsigned char *key = read_key(L, 2);
  bytes.p = (const unsigned char *)luaL_checklstring(L, 1, &bytes.len);
  if (bytes.len < HEAD || memcmp(bytes.p, MARK_TEXT, MARK) != 0 ||
      (bytes.p[MARK] != PLAIN && bytes.p[MARK] != SEALED))
    return refuse(L, "the bytes are no saved session", NULL);
  if (bytes.p[MARK] == SEALED && key == NULL)
    return refuse(L, "it is encrypted", "give the key it was saved with");
  if (bytes.p[MARK] == PLAIN && key != NULL)
    return refuse(L, "it is not encrypted, though a key is given",
                  "anybody could have put it in the place of yours");
  if (key != NULL) return load_sealed(L, bytes, key);
  text.p = bytes.p + HEAD;
  text.len = bytes.len - HEAD;
  return push_session(L, text);
}

void ltls_saved_register(lua_State *L) {
  static const luaL_Reg method = {"save", session_save};
  ltls_class_extend(L, "luatls.session", &method);
}
