/*
** A ClientHello as a table of Lua: lists in the order of the client, absent
** where their extension is. Nothing is judged here.
*/

#include "greeting.h"

#include "codepoint.h"
#include "failure.h"
#include "fingerprint.h"

#include <lauxlib.h>

/* Set a field to a list of names of numbers; an absent list is no field. */
static void set_numbers(lua_State *L, const char *field, LtlsCodepoint kind,
                        LtlsSpan numbers) {
  lua_Integer i = 0;
  unsigned number;
  if (numbers.p == NULL) return;
  lua_createtable(L, (int)(numbers.len / 2), 0);
  while (ltls_hello_number(&numbers, 2, &number)) {
    ltls_codepoint_push(L, kind, number);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, field);
}

/* Set a field to the names of what stands before vectors of bytes: key shares
** and extensions. */
static void set_types(lua_State *L, const char *field, LtlsCodepoint kind,
                      LtlsSpan list) {
  LtlsSpan ignored;
  lua_Integer i = 0;
  unsigned type;
  lua_newtable(L);
  while (ltls_hello_number(&list, 2, &type) &&
         ltls_hello_vector(&list, 2, &ignored)) {
    ltls_codepoint_push(L, kind, type);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, field);
}

static void push_span(lua_State *L, LtlsSpan span) {
  lua_pushlstring(L, (const char *)span.p, span.len);
}

static void set_alpn(lua_State *L, LtlsSpan names) {
  LtlsSpan name;
  lua_Integer i = 0;
  if (names.p == NULL) return;
  lua_newtable(L);
  while (ltls_hello_vector(&names, 1, &name)) {
    push_span(L, name);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "alpn");
}

static void set_flag(lua_State *L, const char *field, int flag) {
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, field);
}

static void set_scalars(lua_State *L, const LtlsHello *hello) {
  char ja4[LTLS_JA4_LENGTH + 1];
  if (hello->server_name.p != NULL) {
    push_span(L, hello->server_name);
    lua_setfield(L, -2, "server_name");
  }
  ltls_codepoint_push(L, LTLS_VERSION, hello->legacy_version);
  lua_setfield(L, -2, "legacy_version");
  lua_pushinteger(L, (lua_Integer)hello->session_id.len);
  lua_setfield(L, -2, "session_id_length");
  set_flag(L, "has_early_data", hello->has_early_data);
  set_flag(L, "has_pre_shared_key", hello->has_pre_shared_key);
  if (!ltls_fingerprint_ja4(hello, ja4)) luaL_error(L, "not enough memory");
  lua_pushstring(L, ja4);
  lua_setfield(L, -2, "ja4");
}

void ltls_greeting_push(lua_State *L, const LtlsHello *hello) {
  lua_createtable(L, 0, 13);
  set_scalars(L, hello);
  set_numbers(L, "supported_versions", LTLS_VERSION, hello->supported_versions);
  set_numbers(L, "cipher_suites", LTLS_SUITE, hello->cipher_suites);
  set_numbers(L, "groups", LTLS_GROUP, hello->groups);
  set_numbers(L, "signature_algorithms", LTLS_SIGNATURE,
              hello->signature_algorithms);
  set_alpn(L, hello->alpn);
  if (hello->key_shares.p != NULL)
    set_types(L, "key_shares", LTLS_GROUP, hello->key_shares);
  set_types(L, "extensions", LTLS_EXTENSION, hello->extensions);
}

void ltls_greeting_push_fault(lua_State *L, const char *kind,
                              const LtlsHelloFault *fault) {
  ltls_failure_push(L, kind, "malformed ClientHello: field %s %s", fault->field,
                    fault->what);
  ltls_failure_detail(L, "field", fault->field);
  lua_pushinteger(L, (lua_Integer)fault->offset);
  lua_setfield(L, -2, "offset");
}

int ltls_greeting_parse(lua_State *L) {
  LtlsHelloFault fault = {0};
  LtlsHello hello = {0};
  LtlsSpan message;
  message.p = (const unsigned char *)luaL_checklstring(L, 1, &message.len);
  if (!ltls_hello_parse(&hello, message, &fault)) {
    ltls_greeting_push_fault(L, "parse", &fault);
    return ltls_fail_top(L);
  }
  ltls_greeting_push(L, &hello);
  return 1;
}
