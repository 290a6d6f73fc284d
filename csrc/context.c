/*
** Contexts. A context never changes after it was made, so that any number of
** connections may use it; new settings are a new context.
*/

#include "context.h"

#include "chain.h"
#include "failure.h"
#include "hosts.h"
#include "key.h"
#include "object.h"
#include "options.h"
#include "random.h"

#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <string.h>

static void context_free(void *self) {
  LtlsContext *context = self;
  ltls_ticket_free(&context->tickets);
  mbedtls_ssl_config_free(&context->conf);
  mbedtls_free((void *)context->alpn);
}

/* ctx:role() -> "client" | "server" */
static int context_role(lua_State *L) {
  lua_pushstring(L, ltls_context_check(L, 1)->is_client ? "client" : "server");
  return 1;
}

static const luaL_Reg methods[] = {
    {"role", context_role},
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

LtlsContext *ltls_context_check(lua_State *L, int arg) {
  return ltls_object_check(L, arg, &context_class);
}

LtlsContext *ltls_context_test(lua_State *L, int index) {
  return ltls_object_test(L, index, &context_class);
}

int ltls_context_selects(const LtlsContext *context) {
  return context->has_hosts || context->has_on_client_hello;
}

/* The options are at index 1 and the context at index 2 in all of the
** functions below. Those that return an int give 1, or 0 with an error object
** on top. */
enum { OPTIONS = 1, SELF = 2 };

/* Pin the value on top and pop it. */
static void pin_top(lua_State *L, int slot) {
  ltls_object_pin(L, SELF, slot, -1);
  lua_pop(L, 1);
}

static int set_trust(lua_State *L, LtlsContext *context) {
  int found = ltls_chain_option(L, OPTIONS, "trust");
  if (found == 0) return 0;
  if (found < 0) {
    if (!context->wants_peer || context->skip_verify) return 1;
    ltls_failure_push(L, "config", "there is nothing to trust");
    ltls_failure_detail(L, "hint",
                        "give the authorities' certificates as "
                        "option trust");
    return 0;
  }
  mbedtls_ssl_conf_ca_chain(&context->conf, ltls_chain_check(L, lua_gettop(L)),
                            NULL);
  context->anchors = ltls_chain_store(L, lua_gettop(L));
  pin_top(L, LTLS_PIN_TRUST);
  return 1;
}

/* Push the key that options give; as ltls_chain_option. */
static int key_option(lua_State *L) {
  if (!ltls_options_has(L, OPTIONS, "key")) return -1;
  lua_getfield(L, OPTIONS, "password"); /* stack: key, password */
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
    ltls_options_bad(L, "password", "string expected");
  if (lua_type(L, -2) != LUA_TSTRING && !lua_isuserdata(L, -2))
    ltls_options_bad(L, "key", "key, PEM text or path expected");
  return ltls_key_source(L, lua_gettop(L) - 1, lua_gettop(L));
}

static int set_key(lua_State *L, LtlsContext *context,
                   mbedtls_x509_crt *chain) {
  LtlsKey *key;
  int found = key_option(L);
  if (found == 0) return 0;
  if (found < 0) {
    ltls_failure_push(L, "config", "there is a certificate but no key");
    return 0;
  }
  key = ltls_key_check(L, lua_gettop(L));
  if (!key->is_private ||
      mbedtls_pk_check_pair(&chain->pk, &key->pk, ltls_random_fill, NULL)) {
    ltls_failure_push(L, "config", "the key is not the certificate's: %s",
                      key->is_private ? "the public halves differ"
                                      : "it is a public key");
    return 0;
  }
  pin_top(L, LTLS_PIN_KEY);
  if (mbedtls_ssl_conf_own_cert(&context->conf, chain, &key->pk) == 0) return 1;
  ltls_failure_push(L, "memory", "not enough memory");
  return 0;
}

/* mbedTLS' server would not use such a certificate, and tell nobody why. */
static int is_for_servers(lua_State *L, const mbedtls_x509_crt *leaf) {
  if (mbedtls_x509_crt_check_extended_key_usage(
          leaf, MBEDTLS_OID_SERVER_AUTH,
          MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) == 0)
    return 1;
  ltls_failure_push(L, "config",
                    "the certificate is not for servers: its "
                    "extended key usage lacks serverAuth");
  return 0;
}

static int set_certificate(lua_State *L, LtlsContext *context) {
  mbedtls_x509_crt *chain;
  int found = ltls_chain_option(L, OPTIONS, "certificate");
  if (found == 0) return 0;
  if (found < 0) {
    if (context->is_client || context->psk == LTLS_PSK_ONLY ||
        ltls_context_selects(context))
      return 1;
    ltls_failure_push(L, "config", "a server needs a certificate");
    ltls_failure_detail(L, "hint", "give options certificate and key");
    return 0;
  }
  chain = ltls_chain_check(L, lua_gettop(L));
  context->own = chain;
  pin_top(L, LTLS_PIN_CERTIFICATE);
  if (!context->is_client && !is_for_servers(L, chain)) return 0;
  return set_key(L, context, chain);
}

/* The names of one protocol list; mbedTLS keeps the array, and the strings
** live in the pinned table. RFC 7301, 3.1: 1 to 255 bytes each. */
static void read_alpn(lua_State *L, LtlsContext *context, size_t count) {
  size_t i;
  lua_createtable(L, (int)count, 0); /* ours: the user may change theirs */
  for (i = 0; i < count; i++) {
    size_t len;
    const char *name;
    if (lua_rawgeti(L, -2, (lua_Integer)i + 1) != LUA_TSTRING)
      ltls_options_bad(L, "alpn", "strings expected");
    name = lua_tolstring(L, -1, &len);
    if (len == 0 || len > 255 || strlen(name) != len)
      ltls_options_bad(L, "alpn", "a name has 1 to 255 bytes, none of them 0");
    context->alpn[i] = name;
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  pin_top(L, LTLS_PIN_ALPN);
}

static int set_alpn(lua_State *L, LtlsContext *context) {
  size_t count;
  if (!ltls_options_has(L, OPTIONS, "alpn")) return 1;
  if (!lua_istable(L, -1)) ltls_options_bad(L, "alpn", "array expected");
  count = lua_rawlen(L, -1);
  if (count > 0) {
    context->alpn = mbedtls_calloc(count + 1, sizeof(char *));
    if (context->alpn == NULL) {
      ltls_failure_push(L, "memory", "not enough memory");
      return 0;
    }
    read_alpn(L, context, count);
    if (mbedtls_ssl_conf_alpn_protocols(&context->conf, context->alpn) != 0)
      ltls_options_bad(L, "alpn", "the list is too long");
  }
  lua_pop(L, 1);
  return 1;
}

/* Must the peer have a good certificate? A client's peer always. "optional" is
** told by the engine's verdict: mbedTLS would let a bad one pass. */
static void set_peer(lua_State *L, LtlsContext *context) {
  static const char *const words[] = {"none", "optional", "required", NULL};
  static const int modes[] = {MBEDTLS_SSL_VERIFY_NONE,
                              MBEDTLS_SSL_VERIFY_OPTIONAL,
                              MBEDTLS_SSL_VERIFY_REQUIRED};
  int mode = ltls_options_word(L, OPTIONS, "client_auth", words,
                               context->is_client ? 2 : 0);
  if (context->is_client && mode != 2)
    ltls_options_bad(L, "client_auth", "it is for servers");
  context->wants_peer = mode > 0 && context->psk != LTLS_PSK_ONLY;
  context->skip_verify = ltls_options_flag(L, OPTIONS, "insecure_skip_verify");
  context->skip_name = ltls_options_flag(L, OPTIONS, "insecure_skip_name");
  if (mode == 2 && context->skip_verify) mode = 1;
  mbedtls_ssl_conf_authmode(&context->conf, modes[mode]);
}

static void set_terms(lua_State *L, LtlsContext *context) {
  context->terms.usage =
      context->is_client ? LTLS_USAGE_SERVER : LTLS_USAGE_CLIENT;
  ltls_verify_read(L, OPTIONS, &context->terms);
  pin_top(L, LTLS_PIN_POLICIES);
}

static void hash_chain(mbedtls_sha256_context *hash,
                       const mbedtls_x509_crt *crt) {
  for (; crt != NULL && crt->raw.p != NULL; crt = crt->next)
    (void)mbedtls_sha256_update(hash, crt->raw.p, crt->raw.len);
}

static void hash_policies(mbedtls_sha256_context *hash,
                          const LtlsPolicyInputs *inputs) {
  const int flags[] = {inputs->require_explicit, inputs->inhibit_mapping,
                       inputs->inhibit_any, (int)inputs->initial_count};
  size_t i;
  (void)mbedtls_sha256_update(hash, (const unsigned char *)flags,
                              sizeof(flags));
  for (i = 0; i < inputs->initial_count; i++)
    (void)mbedtls_sha256_update(hash, inputs->initial[i].p,
                                inputs->initial[i].len);
}

const unsigned char *ltls_context_bond(LtlsContext *context) {
  const int settings[] = {context->is_client,
                          context->skip_verify,
                          context->skip_name,
                          context->terms.common_name,
                          (int)context->terms.profile,
                          (int)context->conf.authmode,
                          (int)context->conf.min_tls_version};
  mbedtls_sha256_context hash;
  if (context->has_bond) return context->bond;
  mbedtls_sha256_init(&hash);
  (void)mbedtls_sha256_starts(&hash, 0);
  (void)mbedtls_sha256_update(&hash, (const unsigned char *)settings,
                              sizeof(settings));
  (void)mbedtls_sha256_update(&hash,
                              (const unsigned char *)&context->on_verify_id,
                              sizeof(context->on_verify_id));
  hash_policies(&hash, &context->terms.policies);
  hash_chain(&hash, context->conf.ca_chain);
  hash_chain(&hash, context->own);
  (void)mbedtls_sha256_finish(&hash, context->bond);
  mbedtls_sha256_free(&hash);
  context->has_bond = 1;
  return context->bond;
}

/* The server context whose place the new one takes, or NULL. */
static const LtlsContext *read_predecessor(lua_State *L,
                                           const LtlsContext *context) {
  const LtlsContext *old;
  if (!ltls_options_has(L, OPTIONS, "replaces")) return NULL;
  old = ltls_object_test(L, -1, &context_class);
  if (old == NULL || old->is_client || context->is_client)
    ltls_options_bad(L, "replaces", "it is for servers: a server's context");
  lua_pop(L, 1);
  return old;
}

/* The secret that is given, or that of the context before: clients keep their
** sessions when a server is configured anew. Or a random one. */
static int read_secret(lua_State *L, LtlsTickets *tickets,
                       const LtlsContext *old) {
  const size_t size = sizeof(tickets->secret);
  if (ltls_options_has(L, OPTIONS, "ticket_secret")) {
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) != size)
      ltls_options_bad(L, "ticket_secret", "32 random bytes expected");
    memcpy(tickets->secret, lua_tostring(L, -1), size);
    lua_pop(L, 1);
    return 0;
  }
  if (old == NULL) return ltls_random_fill(NULL, tickets->secret, size);
  memcpy(tickets->secret, old->tickets.secret, size);
  return 0;
}

/* true, or how many used tickets are remembered. Connections that began with
** the context before go on, and must not take a ticket once more: one memory
** for both. */
static int read_single_use(lua_State *L, LtlsTickets *tickets,
                           const LtlsContext *old) {
  LtlsRange counts = {1, 16777216, LTLS_REPLAY_MOST};
  size_t most = LTLS_REPLAY_MOST;
  if (!ltls_options_has(L, OPTIONS, "single_use_tickets")) return 0;
  tickets->are_single = !lua_isboolean(L, -1) || lua_toboolean(L, -1);
  if (!lua_isboolean(L, -1))
    most =
        (size_t)ltls_options_integer(L, OPTIONS, "single_use_tickets", counts);
  if (!tickets->are_single) return 0;
  if (old != NULL && old->tickets.replay != NULL)
    tickets->replay = ltls_replay_share(old->tickets.replay, most);
  else
    tickets->replay = ltls_replay_new(ltls_mbed_time_of_day(), most);
  return tickets->replay != NULL ? 0 : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

/* A server's tickets. A client's certificate does not stand in them: who asks
** for one does the whole handshake. With a pre-shared key nothing is resumed: it
** would save next to nothing, and outlive the key. */
static int set_tickets(lua_State *L, LtlsContext *context) {
  LtlsRange lifetimes = {1, 604800, 86400}; /* RFC 8446, 4.6.1: a week */
  const LtlsContext *old;
  int rc;
  int off = ltls_options_has(L, OPTIONS, "tickets") && !lua_toboolean(L, -1);
  LtlsTickets *tickets = &context->tickets;
  tickets->lifetime =
      (uint32_t)ltls_options_integer(L, OPTIONS, "ticket_lifetime", lifetimes);
  old = read_predecessor(L, context);
  rc = read_single_use(L, tickets, old);
  /* Without tickets too: the context that comes after may give them. */
  if (rc == 0) rc = read_secret(L, tickets, old);
  if (rc != 0) {
    ltls_fail(L, "internal", "cannot make a context", rc);
    return 0;
  }
  lua_settop(L, SELF);
  if (context->psk != LTLS_PSK_NONE) return 1;
  if (context->is_client) {
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &context->conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    return 1;
  }
  if (off || context->wants_peer) return 1;
  memcpy(tickets->bond, ltls_context_bond(context), sizeof(tickets->bond));
  mbedtls_ssl_conf_session_tickets_cb(&context->conf, ltls_ticket_write,
                                      ltls_ticket_parse, tickets);
  return 1;
}

/* Pin a function option; 1 when it is there. */
static int set_function(lua_State *L, const char *key, int slot) {
  if (!ltls_options_has(L, OPTIONS, key)) return 0;
  if (!lua_isfunction(L, -1)) ltls_options_bad(L, key, "function expected");
  pin_top(L, slot);
  return 1;
}

/* Whoever is chosen serves: choosing goes no further. */
static void set_hosts(lua_State *L, LtlsContext *context) {
  if (!ltls_hosts_read(L, OPTIONS)) return;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const LtlsContext *chosen = ltls_context_test(L, -1);
    if (chosen == NULL || chosen->is_client || ltls_context_selects(chosen))
      ltls_options_bad(L, "hosts",
                       "server contexts expected, without hosts and "
                       "on_client_hello of their own");
    lua_pop(L, 1);
  }
  pin_top(L, LTLS_PIN_HOSTS);
  context->has_hosts = 1;
}

static void set_selection(lua_State *L, LtlsContext *context) {
  set_hosts(L, context);
  context->has_on_client_hello =
      set_function(L, "on_client_hello", LTLS_PIN_ON_CLIENT_HELLO);
  if (context->is_client && ltls_context_selects(context))
    ltls_options_bad(L, context->has_hosts ? "hosts" : "on_client_hello",
                     "it is for servers");
}

/* TLS 1.3. Without fresh keys, only where that was asked for: a ticket's secret
** must not open the records. */
static void set_key_exchange(LtlsContext *context) {
  unsigned modes = MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL;
  if (context->offer.has_chains)
    modes |= MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL;
  if (context->offer.static_psk)
    modes |= MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK;
  mbedtls_ssl_conf_tls13_key_exchange_modes(&context->conf, (int)modes);
}

static int set_psk(lua_State *L, LtlsContext *context) {
  int rc = ltls_psk_read(L, OPTIONS, &context->conf);
  pin_top(L, LTLS_PIN_PSK);
  return rc;
}

static int context_configure(lua_State *L, LtlsContext *context) {
  int rc = mbedtls_ssl_config_defaults(
      &context->conf,
      context->is_client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
      MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  context->psk = ltls_psk_mode(L, OPTIONS, context->is_client);
  context->offer.has_psk = context->psk != LTLS_PSK_NONE;
  context->offer.has_chains = context->psk != LTLS_PSK_ONLY;
  if (rc == 0) rc = set_psk(L, context);
  if (rc == 0)
    rc = ltls_offer_read(L, OPTIONS, &context->offer, &context->conf);
  if (rc != 0) {
    ltls_fail(L, "internal", "cannot make a context", rc);
    return 0;
  }
  mbedtls_ssl_conf_rng(&context->conf, ltls_random_fill, NULL);
  set_selection(L, context);
  set_peer(L, context);
  set_terms(L, context);
  context->has_keylog = set_function(L, "keylog", LTLS_PIN_KEYLOG);
  set_function(L, "on_verify", LTLS_PIN_ON_VERIFY);
  lua_getiuservalue(L, SELF, LTLS_PIN_ON_VERIFY);
  context->on_verify_id = lua_topointer(L, -1);
  lua_pop(L, 1);
  set_key_exchange(context);
  return set_trust(L, context) && set_certificate(L, context) &&
         set_alpn(L, context);
}

int ltls_context_new(lua_State *L) {
  static const char *const known[] = {LTLS_OFFER_OPTIONS,
                                      "role",
                                      "trust",
                                      "certificate",
                                      "key",
                                      "password",
                                      "client_auth",
                                      "alpn",
                                      "hosts",
                                      "on_client_hello",
                                      "keylog",
                                      "on_verify",
                                      "psk",
                                      "profile",
                                      "policies",
                                      "require_policy",
                                      "inhibit_policy_mapping",
                                      "inhibit_any_policy",
                                      "public_suffixes",
                                      "insecure_common_name",
                                      "tickets",
                                      "ticket_secret",
                                      "ticket_lifetime",
                                      "single_use_tickets",
                                      "replaces",
                                      "insecure_skip_verify",
                                      "insecure_skip_name",
                                      NULL};
  static const char *const roles[] = {"client", "server", NULL};
  LtlsContext *context;
  int role;
  ltls_options_check(L, OPTIONS, known);
  lua_settop(L, OPTIONS);
  role = ltls_options_word(L, OPTIONS, "role", roles, -1);
  if (role < 0) ltls_options_bad(L, "role", "client or server expected");
  context = ltls_object_new(L, &context_class);
  mbedtls_ssl_config_init(&context->conf);
  context->is_client = role == 0;
  if (!context_configure(L, context) || !set_tickets(L, context))
    return ltls_fail_top(L);
  lua_settop(L, SELF);
  return 1;
}
