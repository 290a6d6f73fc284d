/*
** The door of the C module "luatls.core": registers every class and hands out
** their constructors. No logic.
*/

#include "core.h"

#include "bytes.h"
#include "certificate.h"
#include "chain.h"
#include "configuration.h"
#include "connection.h"
#include "context.h"
#include "csr.h"
#include "exporter.h"
#include "extension.h"
#include "external.h"
#include "failure.h"
#include "feature.h"
#include "greeting.h"
#include "issue.h"
#include "key.h"
#include "message.h"
#include "opening.h"
#include "output.h"
#include "random.h"
#include "renewal.h"
#include "saved.h"
#include "selection.h"
#include "session.h"
#include "signing.h"
#include "verify.h"

#define VERSION "0.1.0"

/* context(options) -> context | nil, err. What its connections ask of functions
** is of the layers above it. */
static int make_context(lua_State *L) {
  int results = ltls_configuration_context(L);
  if (results == 1) {
    LtlsContext *context = ltls_context_check(L, lua_gettop(L));
    ltls_signing_attach(context);
    ltls_selection_attach(context);
  }
  return results;
}

static const luaL_Reg functions[] = {
    {"error", ltls_failure_new},
    {"random", ltls_random_string},
    {"context", make_context},
    {"client_hello", ltls_greeting_parse},
    {NULL, NULL},
};

static const luaL_Reg key_functions[] = {
    {"generate", ltls_key_generate},
    {"parse", ltls_key_parse},
    {"load", ltls_key_load},
    {"external", ltls_external_key},
    {NULL, NULL},
};

static const luaL_Reg csr_functions[] = {
    {"parse", ltls_csr_parse},
    {"load", ltls_csr_load},
    {NULL, NULL},
};

static const luaL_Reg certificate_functions[] = {
    {"parse", ltls_certificate_parse},
    {"load", ltls_certificate_load},
    {"issue", ltls_issue},
    {NULL, NULL},
};

static const luaL_Reg chain_functions[] = {
    {"parse", ltls_chain_parse},
    {"load", ltls_chain_load},
    {"share", ltls_chain_share},
    {NULL, NULL},
};

static const luaL_Reg session_functions[] = {
    {"load", ltls_saved_load},
    {NULL, NULL},
};

static void add_library(lua_State *L, const char *name,
                        const luaL_Reg *library) {
  lua_newtable(L);
  luaL_setfuncs(L, library, 0);
  lua_setfield(L, -2, name);
}

/* In the order of the layers; the generator first, so that its hold on the
** library outlives every other object of this state. */
static void register_classes(lua_State *L) {
  ltls_random_register(L);
  ltls_failure_register(L);
  ltls_bytes_register(L);
  ltls_key_register(L);
  ltls_certificate_register(L);
  ltls_extension_register(L);
  ltls_chain_register(L);
  ltls_session_register(L);
  ltls_saved_register(L);
  ltls_csr_register(L);
  ltls_verify_register(L);
  ltls_context_register(L);
  ltls_connection_register(L);
  ltls_opening_register(L);
  ltls_exporter_register(L);
  ltls_output_register(L);
  ltls_renewal_register(L);
  ltls_message_register(L);
}

int luaopen_luatls_core(lua_State *L) {
  luaL_checkversion(L);
  register_classes(L);
  luaL_newlib(L, functions);
  add_library(L, "key", key_functions);
  add_library(L, "csr", csr_functions);
  add_library(L, "certificate", certificate_functions);
  add_library(L, "chain", chain_functions);
  add_library(L, "session", session_functions);
  ltls_feature_push_all(L);
  lua_setfield(L, -2, "features");
  lua_pushliteral(L, VERSION);
  lua_setfield(L, -2, "VERSION");
  return 1;
}
