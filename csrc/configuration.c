/*
** The options of a context: each part of it reads its own, here they come together.
*/

#include "configuration.h"

#include "chain.h"
#include "client_auth.h"
#include "context.h"
#include "failure.h"
#include "hosts.h"
#include "object.h"
#include "options.h"
#include "random.h"
#include "rekey.h"

#include <mbedtls/platform.h>
#include <string.h>

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

static int set_credentials(lua_State *L, LtlsContext *context) {
  LtlsCredentials *credentials = &context->credentials;
  if (!ltls_credentials_read(L, OPTIONS, credentials)) return 0;
  pin_top(L, LTLS_PIN_CREDENTIALS);
  if (ltls_credentials_are_external(credentials) && context->offer.static_rsa) {
    ltls_failure_push(L, "config",
                      "an external key cannot do insecure_static_rsa: it "
                      "signs, and does not decrypt");
    return 0;
  }
  int needs_none =
      context->psk == LTLS_PSK_ONLY || ltls_context_selects(context);
  return (credentials->count == 0 && needs_none) ||
         ltls_credentials_show(L, credentials, &context->conf);
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

/* Must the peer have a good certificate? "optional" is told by the engine's
** verdict: mbedTLS would let a bad one pass. */
static void set_peer(lua_State *L, LtlsContext *context) {
  int mode = ltls_client_auth_read(L, OPTIONS, context->is_client);
  context->wants_peer =
      mode != MBEDTLS_SSL_VERIFY_NONE && context->psk != LTLS_PSK_ONLY;
  context->skip_verify = ltls_options_flag(L, OPTIONS, "insecure_skip_verify");
  context->skip_name = ltls_options_flag(L, OPTIONS, "insecure_skip_name");
  if (mode == MBEDTLS_SSL_VERIFY_REQUIRED && context->skip_verify)
    mode = MBEDTLS_SSL_VERIFY_OPTIONAL;
  mbedtls_ssl_conf_authmode(&context->conf, mode);
}

static int set_names(lua_State *L, LtlsContext *context) {
  if (!ltls_client_auth_name(L, OPTIONS, &context->conf,
                             context->conf.ca_chain))
    return 0;
  pin_top(L, LTLS_PIN_AUTHORITIES);
  return 1;
}

static void set_terms(lua_State *L, LtlsContext *context) {
  context->terms.usage =
      context->is_client ? LTLS_USAGE_SERVER : LTLS_USAGE_CLIENT;
  ltls_verify_read(L, OPTIONS, &context->terms);
  pin_top(L, LTLS_PIN_POLICIES);
}

/* The server context whose place the new one takes, or NULL. */
static const LtlsContext *read_predecessor(lua_State *L,
                                           const LtlsContext *context) {
  const LtlsContext *old;
  if (!ltls_options_has(L, OPTIONS, "replaces")) return NULL;
  old = ltls_context_test(L, -1);
  if (old == NULL || old->is_client || context->is_client)
    ltls_options_bad(L, "replaces", "it is for servers: a server's context");
  lua_pop(L, 1);
  return old;
}

/* Early data of connections and of tickets are options of their own. */
static void check_early(lua_State *L, const LtlsContext *context) {
  if (context->reuse.tickets.early_data == 0) return;
  if (context->is_client)
    ltls_options_bad(L, "early_data",
                     "it is for servers; a client gives its early data to a "
                     "connection");
  if (context->psk != LTLS_PSK_NONE)
    ltls_options_bad(L, "early_data",
                     "it comes with tickets, and there are none with psk");
  if (context->offer.high < MBEDTLS_SSL_VERSION_TLS1_3)
    ltls_options_bad(L, "early_data", "it is for TLS 1.3");
}

/* What a server remembers, and a client's wish to hear of tickets. The secret
** is that of the context before when none is given: clients keep their sessions
** when a server is configured anew. With a pre-shared key nothing is resumed: it
** would save next to nothing, and outlive the key. */
static int set_reuse(lua_State *L, LtlsContext *context) {
  const LtlsContext *old = read_predecessor(L, context);
  int rc = ltls_reuse_read(L, OPTIONS, &context->reuse,
                           old != NULL ? &old->reuse : NULL);
  if (rc != 0) {
    ltls_fail(L, "internal", "cannot make a context", rc);
    return 0;
  }
  pin_top(L, LTLS_PIN_SESSION_CACHE);
  check_early(L, context);
  if (context->psk != LTLS_PSK_NONE) return 1;
  if (context->is_client) {
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &context->conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    ltls_early_configure(&context->conf, 0);
  } else
    ltls_reuse_configure(&context->reuse, ltls_context_bond(context),
                         &context->statistics, &context->conf);
  return 1;
}

/* Pin a function option; 1 when it is there. */
static int set_function(lua_State *L, const char *key, int slot) {
  if (!ltls_options_has(L, OPTIONS, key)) return 0;
  if (!lua_isfunction(L, -1)) ltls_options_bad(L, key, "function expected");
  pin_top(L, slot);
  return 1;
}

/* Only our mbedTLS tells a client what is asked of it. */
static int set_request(lua_State *L, LtlsContext *context) {
  int count = (int)context->credentials.count;
  const char *key = "on_certificate_request";
  context->has_on_request = set_function(L, key, LTLS_PIN_ON_REQUEST);
  if (context->has_on_request && !context->is_client)
    ltls_options_bad(L, key, "it is for clients");
  if (context->has_on_request && count > 0)
    ltls_options_bad(L, key, "there is a certificate already");
  if (LTLS_HAS_REQUESTS || !context->is_client ||
      (count < 2 && !context->has_on_request))
    return 1;
  ltls_failure_push(L, "config",
                    "this mbedTLS does not tell a client what certificate is "
                    "asked for: there is none to choose");
  ltls_failure_detail(L, "hint", "use the one that luatls builds");
  return 0;
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

/* Of datagrams: what fits into every network's of today with room for tunnels,
** as QUIC has it (RFC 9000, 14). At least what every host takes (RFC 791), less
** headers; at most a record. */
static int set_transport(lua_State *L, LtlsContext *context) {
  static const char *const words[] = {"stream", "datagram", NULL};
  LtlsRange sizes = {508, 16384, 1200};
  context->is_datagram = ltls_options_word(L, OPTIONS, "transport", words, 0);
  context->offer.is_datagram = context->is_datagram;
  context->mtu = (unsigned)ltls_options_integer(L, OPTIONS, "mtu", sizes);
  if (!context->is_datagram && ltls_options_has(L, OPTIONS, "mtu"))
    ltls_options_bad(L, "mtu", "it is for transport = \"datagram\"");
  if (!context->is_datagram || LTLS_HAS_DATAGRAMS) return 1;
  ltls_failure_push(L, "config", "this mbedTLS is built without DTLS");
  ltls_failure_detail(L, "hint", "use the one that luatls builds");
  return 0;
}

/* A server of datagrams would have to peek before it has seen a cookie. */
static void check_selection(lua_State *L, const LtlsContext *context) {
  if (context->is_datagram && ltls_context_selects(context))
    ltls_options_bad(L, context->has_hosts ? "hosts" : "on_client_hello",
                     "it is not for datagrams");
}

static int configure_mbedtls(LtlsContext *context) {
  int rc = mbedtls_ssl_config_defaults(
      &context->conf,
      context->is_client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
      context->is_datagram ? MBEDTLS_SSL_TRANSPORT_DATAGRAM
                           : MBEDTLS_SSL_TRANSPORT_STREAM,
      MBEDTLS_SSL_PRESET_DEFAULT);
  if (rc == 0 && context->is_datagram && !context->is_client)
    rc = ltls_cookie_configure(&context->cookies, &context->conf);
  return rc;
}

static int context_configure(lua_State *L, LtlsContext *context) {
  int rc;
  if (!set_transport(L, context)) return 0;
  rc = configure_mbedtls(context);
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
  check_selection(L, context);
  set_peer(L, context);
  set_terms(L, context);
  context->has_keylog = set_function(L, "keylog", LTLS_PIN_KEYLOG);
  context->has_on_verify = set_function(L, "on_verify", LTLS_PIN_ON_VERIFY);
  set_key_exchange(context);
  context->key_update_after = ltls_rekey_option(L, OPTIONS);
  ltls_rekey_allow(L, OPTIONS, &context->conf);
  return set_trust(L, context) && set_credentials(L, context) &&
         set_request(L, context) && set_names(L, context) &&
         set_alpn(L, context);
}

int ltls_configuration_context(lua_State *L) {
  static const char *const known[] = {LTLS_OFFER_OPTIONS,
                                      LTLS_CREDENTIALS_OPTIONS,
                                      LTLS_CLIENT_AUTH_OPTIONS,
                                      LTLS_REUSE_OPTIONS,
                                      LTLS_REKEY_OPTIONS,
                                      "role",
                                      "transport",
                                      "mtu",
                                      "trust",
                                      "on_certificate_request",
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
  context = ltls_context_create(L);
  context->is_client = role == 0;
  if (!context_configure(L, context) || !set_reuse(L, context))
    return ltls_fail_top(L);
  lua_settop(L, SELF);
  return 1;
}
