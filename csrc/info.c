/*
** What a connection tells about itself. Every field is set from the live
** engine when it is asked for; what is not known yet is absent.
*/

#include "info.h"

#include "names.h"

#include <lauxlib.h>
#include <string.h>

static void set_text(lua_State *L, const char *field, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

static void set_flag(lua_State *L, const char *field, int flag) {
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, field);
}

static void set_count(lua_State *L, const char *field, uint64_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  lua_setfield(L, -2, field);
}

/* The key exchange's group, as the server named it. */
static unsigned group(const LtlsEngine *engine) {
  return engine->context->is_client ? engine->transport.heard.group
                                    : engine->transport.said.group;
}

/* What the handshake agreed on; absent while it is under way. */
static void set_agreed(lua_State *L, const LtlsEngine *engine) {
  const mbedtls_ssl_context *ssl = &engine->ssl;
  const char *suite = mbedtls_ssl_get_ciphersuite(ssl);
  set_text(L, "version",
           ltls_names_version((int)mbedtls_ssl_get_version_number(ssl)));
  if (suite != NULL) {
    ltls_names_push_suite(L, suite);
    lua_setfield(L, -2, "cipher_suite");
  }
  set_text(L, "group", ltls_names_group(group(engine)));
  set_text(L, "alpn", mbedtls_ssl_get_alpn_protocol(ssl));
}

/* Danger that is in force must be visible. */
static void set_insecure(lua_State *L, const LtlsContext *context) {
  const struct {
    int is_on;
    const char *name;
  } options[] = {
      {context->skip_verify, "insecure_skip_verify"},
      {context->skip_name, "insecure_skip_name"},
      {context->terms.common_name, "insecure_common_name"},
      {context->offer.static_rsa, "insecure_static_rsa"},
  };
  lua_Integer n = 0;
  size_t i;
  lua_newtable(L);
  for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    if (!options[i].is_on) continue;
    lua_pushstring(L, options[i].name);
    lua_rawseti(L, -2, ++n);
  }
  if (n > 0)
    lua_setfield(L, -2, "insecure");
  else
    lua_pop(L, 1);
}

/* Was everything checked that there is to check, and found good? Not before
** the handshake is done: anybody can send a good chain, but only its owner can
** finish. */
static int is_verified(const LtlsEngine *engine) {
  const LtlsContext *context = engine->context;
  if (context->skip_verify || (context->is_client && context->skip_name))
    return 0;
  return ltls_verdict_is_good(&engine->verdict);
}

void ltls_info_push(lua_State *L, const LtlsEngine *engine) {
  int over = engine->is_open && ltls_engine_is_over(engine);
  lua_createtable(L, 0, 12);
  set_text(L, "role", engine->context->is_client ? "client" : "server");
  set_flag(L, "handshake_done", over);
  if (over) set_agreed(L, engine);
  set_text(L, "server_name", engine->server_name);
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_NAME);
  lua_setfield(L, -2, "name");
  set_flag(L, "verified", over && is_verified(engine));
  set_insecure(L, engine->context);
  set_count(L, "bytes_in", engine->transport.bytes_in);
  set_count(L, "bytes_out", engine->transport.bytes_out);
}
