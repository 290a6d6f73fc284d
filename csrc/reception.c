/*
** Reception. Nothing here runs inside mbedTLS, which is set up only when the
** context is known, and then reads the same hello.
*/

#include "reception.h"

#include "failure.h"
#include "greeting.h"
#include "handshake.h"
#include "hooks.h"
#include "hosts.h"
#include "names.h"
#include "object.h"
#include "question.h"

#include <lauxlib.h>

enum { INTERNAL_ERROR = 80, UNRECOGNIZED_NAME = 112 };

static void push_option(lua_State *L, int slot) {
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, slot);
  lua_remove(L, -2);
}

/* Make the context on top the connection's, and pop it. */
static void choose(lua_State *L, LtlsEngine *engine) {
  engine->context = ltls_context_check(L, lua_gettop(L));
  ltls_object_pin(L, LTLS_SELF, LTLS_PIN_CONTEXT, -1);
  lua_pop(L, 1);
}

/* Push on_client_hello and the hello. */
static int ask(lua_State *L, LtlsEngine *engine) {
  LtlsHelloFault fault = {0};
  LtlsHello hello = {0};
  push_option(L, LTLS_PIN_ON_CLIENT_HELLO);
  (void)ltls_hello_parse(&hello, ltls_peek_message(&engine->peek), &fault);
  ltls_greeting_push(L, &hello);
  return 1;
}

/* nil (or false) and an alert's name. */
static int take_refusal(lua_State *L) {
  const char *name = lua_tostring(L, -1);
  const LtlsAlert *alert = ltls_names_alert_named(name);
  if (alert == NULL) {
    ltls_failure_push(L, "internal",
                      "on_client_hello returned \"%s\", which is no alert",
                      name);
    return INTERNAL_ERROR;
  }
  ltls_failure_push(L, "protocol", "on_client_hello refused the client: %s",
                    alert->meaning);
  return alert->code;
}

/* A context, or nil: go on with hosts, or the server's own; or a refusal. */
static int answer(lua_State *L, LtlsEngine *engine) {
  const LtlsContext *chosen = ltls_context_test(L, -2);
  engine->has_chosen = 1;
  if (chosen != NULL && !chosen->is_client && !ltls_context_selects(chosen)) {
    lua_pop(L, 1);
    choose(L, engine);
    return 0;
  }
  if (!lua_toboolean(L, -2) && lua_type(L, -1) == LUA_TSTRING)
    return take_refusal(L);
  if (lua_isnil(L, -2) && lua_isnil(L, -1)) return 0;
  ltls_failure_push(L, "internal",
                    "on_client_hello must return a server context that chooses "
                    "no further, or nil, or nil and the name of an alert");
  return INTERNAL_ERROR;
}

static const LtlsQuestion question = {"on_client_hello", ask, answer};

/* Refuse with the error object on top. */
static int refuse(lua_State *L, LtlsEngine *engine, int alert) {
  ltls_question_refuse(L, engine, alert);
  return ltls_handshake_run(engine, LTLS_UNTIL_DONE);
}

static int refuse_stranger(lua_State *L, LtlsEngine *engine, LtlsSpan name) {
  if (name.p == NULL)
    ltls_failure_push(L, "protocol",
                      "the client named no server, and there is no default");
  else {
    lua_pushlstring(L, (const char *)name.p, name.len);
    ltls_failure_push(L, "protocol",
                      "the client asked for %s, which is not "
                      "among the hosts",
                      lua_tostring(L, -1));
    lua_remove(L, -2);
  }
  ltls_failure_detail(L, "hint",
                      "add the name to option hosts, or give options "
                      "certificate and key for all others");
  return refuse(L, engine, UNRECOGNIZED_NAME);
}

/* By name, among the hosts of the server; else its own settings, which may have
** neither certificate nor pre-shared keys. */
static int choose_host(lua_State *L, LtlsEngine *engine, LtlsSpan name) {
  if (engine->context->has_hosts && name.p != NULL) {
    push_option(L, LTLS_PIN_HOSTS);
    ltls_hosts_find(L, lua_gettop(L), name);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1)) {
      choose(L, engine);
      return 0;
    }
    lua_pop(L, 1);
  }
  if (engine->context->credentials.count > 0 ||
      engine->context->psk != LTLS_PSK_NONE)
    return 0;
  return refuse_stranger(L, engine, name);
}

static int set_up(lua_State *L, LtlsEngine *engine) {
  const char *name;
  int rc;
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_NAME);
  name = lua_tostring(L, -1);
  lua_pop(L, 1); /* the pin keeps it */
  rc = ltls_hooks_install(engine, name, NULL);
  if (rc != 0) return rc;
  ltls_peek_free(&engine->peek);
  engine->awaits_hello = 0;
  return 0;
}

static int refuse_bytes(lua_State *L, LtlsEngine *engine) {
  ltls_failure_push(L, "protocol", "TLS handshake failed: %s",
                    engine->peek.what);
  return refuse(L, engine, engine->peek.alert);
}

int ltls_reception_run(lua_State *L, LtlsEngine *engine) {
  LtlsHelloFault fault = {0};
  LtlsHello hello = {0};
  int rc;
  if (engine->refusal != 0) return ltls_handshake_run(engine, LTLS_UNTIL_DONE);
  rc = ltls_peek(&engine->peek, &engine->transport);
  if (engine->peek.alert != 0) return refuse_bytes(L, engine);
  if (rc != 0) return rc;
  if (!ltls_hello_parse(&hello, ltls_peek_message(&engine->peek), &fault)) {
    ltls_greeting_push_fault(L, "protocol", &fault);
    return refuse(L, engine, fault.alert);
  }
  if (engine->context->has_on_client_hello && !engine->has_chosen) {
    engine->question = &question;
    return LTLS_WANT_ANSWER;
  }
  if (ltls_context_selects(engine->context))
    rc = choose_host(L, engine, hello.server_name);
  return rc == 0 ? set_up(L, engine) : rc;
}
