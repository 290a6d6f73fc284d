/*
** Contexts. A context never changes after it was made, so that any number of
** connections may use it; new settings are a new context.
*/

#include "context.h"

#include "bond.h"
#include "object.h"

#include <mbedtls/platform.h>

static void context_free(void *self) {
  LtlsContext *context = self;
  ltls_reuse_free(&context->reuse);
  ltls_cookie_free(&context->cookies);
  ltls_pool_free(&context->pool);
  mbedtls_ssl_config_free(&context->conf);
  mbedtls_free((void *)context->alpn);
}

/* ctx:role() -> "client" | "server" */
static int context_role(lua_State *L) {
  lua_pushstring(L, ltls_context_check(L, 1)->is_client ? "client" : "server");
  return 1;
}

/* ctx:transport() -> "stream" | "datagram" */
static int context_transport(lua_State *L) {
  lua_pushstring(L,
                 ltls_context_check(L, 1)->is_datagram ? "datagram" : "stream");
  return 1;
}

/* ctx:statistics() -> table */
static int context_statistics(lua_State *L) {
  ltls_statistics_push(L, &ltls_context_check(L, 1)->statistics);
  return 1;
}

static const luaL_Reg methods[] = {
    {"role", context_role},
    {"transport", context_transport},
    {"statistics", context_statistics},
    {NULL, NULL},
};

/* tostring(ctx): "luatls.context (client)" */
static int context_tostring(lua_State *L) {
  lua_pushfstring(L, "luatls.context (%s)",
                  ltls_context_check(L, 1)->is_client ? "client" : "server");
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__tostring", context_tostring},
    {NULL, NULL},
};

static const LtlsClass context_class = {
    .name = "luatls.context",
    .size = sizeof(LtlsContext),
    .pins = LTLS_CONTEXT_PINS,
    .free = context_free,
    .methods = methods,
    .metamethods = metamethods,
};

void ltls_context_register(lua_State *L) {
  ltls_class_register(L, &context_class);
}

LtlsContext *ltls_context_create(lua_State *L) {
  LtlsContext *context = ltls_object_new(L, &context_class);
  mbedtls_ssl_config_init(&context->conf);
  ltls_cookie_init(&context->cookies);
  return context;
}

LtlsContext *ltls_context_check(lua_State *L, int arg) {
  return ltls_object_check(L, arg, &context_class);
}

LtlsContext *ltls_context_test(lua_State *L, int index) {
  return ltls_object_test(L, index, &context_class);
}

int ltls_context_selects(const LtlsContext *context) {
  return context->has_hosts || context->has_on_client_hello;
}

const unsigned char *ltls_context_bond(LtlsContext *context) {
  LtlsBondTerms terms = {
      context->is_client, context->conf.authmode,  context->skip_verify,
      context->skip_name, context->has_on_request, &context->terms,
      &context->offer,    context->conf.ca_chain,  &context->credentials};
  if (!context->has_bond) ltls_bond_make(&terms, context->bond);
  context->has_bond = 1;
  return context->bond;
}
