/*
** Contexts: what the connections of one role share, "luatls.context".
*/

#ifndef LUATLS_CONTEXT_H
#define LUATLS_CONTEXT_H

#include "cookie.h"
#include "credentials.h"
#include "early.h"
#include "offer.h"
#include "pool.h"
#include "psk.h"
#include "reuse.h"
#include "verify.h"

#include <lua.h>

/* User values of a context. */
enum {
  LTLS_PIN_TRUST = 1,
  LTLS_PIN_CREDENTIALS, /* array: see credentials.h */
  LTLS_PIN_AUTHORITIES, /* chain whose names clients are told */
  LTLS_PIN_ALPN,
  LTLS_PIN_KEYLOG,
  LTLS_PIN_ON_VERIFY,
  LTLS_PIN_POLICIES,
  LTLS_PIN_ON_REQUEST,
  LTLS_PIN_HOSTS, /* table: luatls.context by server name */
  LTLS_PIN_ON_CLIENT_HELLO,
  LTLS_PIN_PSK,           /* what 'ltls_psk_read' pushed */
  LTLS_PIN_SESSION_CACHE, /* table of functions; see 'reuse' */
  LTLS_CONTEXT_PINS = LTLS_PIN_SESSION_CACHE
};

typedef struct LtlsContext {
  mbedtls_ssl_config conf;
  LtlsPool pool;               /* of record buffers */
  LtlsOffer offer;             /* what can be negotiated */
  LtlsPskMode psk;             /* option psk */
  LtlsTerms terms;             /* of every connection, but for the name */
  const LtlsStore *anchors;    /* of LTLS_PIN_TRUST, or NULL */
  LtlsCredentials credentials; /* of LTLS_PIN_CREDENTIALS */
  LtlsReuse reuse;             /* of a server */
  LtlsCookies cookies;         /* of a server of datagrams */
  LtlsStatistics statistics;
  unsigned char bond[32]; /* see ltls_context_bond */
  int has_bond;
  uint64_t key_update_after; /* records, or 0: as many as is safe */
  int is_client;
  int is_datagram;         /* option transport */
  unsigned mtu;            /* bytes of a datagram at most */
  int wants_peer;          /* asks the peer for a certificate */
  int skip_verify;         /* insecure_skip_verify */
  int skip_name;           /* insecure_skip_name */
  int has_keylog;          /* LTLS_PIN_KEYLOG is set */
  int has_hosts;           /* LTLS_PIN_HOSTS is set */
  int has_on_client_hello; /* LTLS_PIN_ON_CLIENT_HELLO is set */
  int has_on_verify;       /* LTLS_PIN_ON_VERIFY is set */
  int has_on_request;      /* LTLS_PIN_ON_REQUEST is set */
  const char **alpn;       /* owned array of pinned strings, NULL at its end */
} LtlsContext;

/* Register the class. [-0, +0, m] */
void ltls_context_register(lua_State *L);

/* A hash over all that decides whether a peer is accepted: a session is resumed
** only where it is the same. Made once. */
const unsigned char *ltls_context_bond(LtlsContext *context);

LtlsContext *ltls_context_check(lua_State *L, int arg);

/* As above, but NULL for another value. [-0, +0, m] */
LtlsContext *ltls_context_test(lua_State *L, int index);

/* Does it choose another context by the ClientHello? */
int ltls_context_selects(const LtlsContext *context);

/* Push a new one, with nothing set. [-0, +1, m] */
LtlsContext *ltls_context_create(lua_State *L);

#endif
