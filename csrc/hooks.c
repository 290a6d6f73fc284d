/*
** What mbedTLS calls for a connection, and telling it so. Hooks run inside mbedTLS:
** they record, and one that must ask Lua does so through the trampoline.
*/

#include "hooks.h"

#include "judge.h"
#include "keylog.h"
#include "name.h"
#include "trampoline.h"

#include <mbedtls/platform.h>
#include <string.h>

#define MOST_SEARCHES 8 /* for pre-shared keys in one handshake */

static char *copy_text(const char *text, size_t len) {
  char *copy = mbedtls_calloc(1, len + 1);
  if (copy != NULL) memcpy(copy, text, len);
  return copy;
}

/* f_sni, on servers: the name of the ClientHello. A second one, after
** HelloRetryRequest, has the same name (RFC 8446, 4.1.2), or a client could be
** let in as one host's and ask for another's. */
static int remember_sni(void *unused, mbedtls_ssl_context *ssl,
                        const unsigned char *name, size_t len) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  const char *old = engine->server_name;
  (void)unused;
  if (old != NULL && (strlen(old) != len || memcmp(old, name, len) != 0))
    return MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME;
  mbedtls_free(engine->server_name);
  engine->server_name = copy_text((const char *)name, len);
  return engine->server_name != NULL ? 0 : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

/* Find the key of a search. Runs protected. */
static int find_key(lua_State *L) {
  LtlsPskSearch *search = lua_touserdata(L, 1);
  lua_getiuservalue(L, 2, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_PSK);
  ltls_psk_find(L, search);
  lua_setiuservalue(L, 2, LTLS_PIN_IDENTITY);
  return 0;
}

/* f_psk, on servers: comes for every identity that a client offers, and for the
** tickets that are none of ours. A ClientHello has room for thousands. */
static int use_key(void *unused, mbedtls_ssl_context *ssl,
                   const unsigned char *identity, size_t len) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  LtlsPskSearch search = {identity, len, {0}, 0};
  (void)unused;
  if (len > 0 && len <= LTLS_PSK_IDENTITY &&
      engine->searches++ < MOST_SEARCHES &&
      !ltls_trampoline(engine->L, LTLS_SELF, LTLS_PIN_CAUSE, find_key,
                       &search)) {
    engine->raised = "psk";
    engine->refusal = MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  engine->lacks_key = search.key_len == 0;
  return ltls_psk_use(ssl, &search);
}

/* The name that a client sends: RFC 6066, 3 allows no IP address. mbedTLS must
** be told even when there is none, or it refuses to verify. */
static int set_sni(LtlsEngine *engine, const char *name, const char *sni) {
  const char *sent = sni != NULL ? sni : name;
  size_t len;
  if (sent == NULL || ltls_name_is_ip(sent))
    return mbedtls_ssl_set_hostname(&engine->ssl, NULL);
  len = strlen(sent);
  if (len > 1 && sent[len - 1] == '.') len--; /* RFC 6066: no trailing dot */
  engine->server_name = copy_text(sent, len);
  if (engine->server_name == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  return mbedtls_ssl_set_hostname(&engine->ssl, engine->server_name);
}

static int set_up_datagrams(LtlsEngine *engine) {
  mbedtls_ssl_set_timer_cb(&engine->ssl, &engine->timer, ltls_timer_set,
                           ltls_timer_get);
  ltls_mbed_set_mtu(&engine->ssl, engine->context->mtu);
  engine->transport.is_datagram = 1;
  if (engine->context->is_client) return 0;
  engine->visit.is_unproven = 1;
  return ltls_mbed_set_peer(&engine->ssl, engine->peer);
}

int ltls_hooks_install(LtlsEngine *engine, const char *name, const char *sni) {
  LtlsContext *context = engine->context;
  int rc = mbedtls_ssl_setup(&engine->ssl, &context->conf);
  if (rc != 0) return rc;
  mbedtls_ssl_set_user_data_p(&engine->ssl, engine);
  mbedtls_ssl_set_bio(&engine->ssl, &engine->transport, ltls_transport_send,
                      ltls_transport_receive, NULL);
  mbedtls_ssl_set_verify(&engine->ssl, ltls_judge_verify, engine);
  if (context->has_keylog)
    mbedtls_ssl_set_export_keys_cb(&engine->ssl, ltls_keylog_collect,
                                   &engine->keylog);
  if (!context->skip_name && !context->skip_verify) engine->name = name;
  engine->visit.ssl = &engine->ssl;
  engine->visit.owner = engine;
  engine->visit.accepts = ltls_judge_accepts;
  if (context->is_datagram) rc = set_up_datagrams(engine);
  if (rc != 0) return rc;
  if (context->is_client) return set_sni(engine, name, sni);
  /* The same for every connection of the context; it belongs to this layer. */
  mbedtls_ssl_conf_sni(&context->conf, remember_sni, NULL);
  if (context->psk != LTLS_PSK_NONE)
    mbedtls_ssl_conf_psk_cb(&context->conf, use_key, NULL);
  return 0;
}
