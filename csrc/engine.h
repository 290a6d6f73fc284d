/*
** The engine of one connection: mbedTLS' context, its transport, and what the
** callbacks from mbedTLS found out. Below Lua's view of it, 'connection'.
*/

#ifndef LUATLS_ENGINE_H
#define LUATLS_ENGINE_H

#include "context.h"
#include "mbed.h"
#include "peek.h"
#include "pool.h"
#include "rekey.h"
#include "session.h"
#include "timer.h"
#include "transport.h"
#include "verify.h"
#include "wallet.h"

#include <lua.h>

/* User values of a connection. */
enum {
  LTLS_PIN_CONTEXT = 1,
  LTLS_PIN_NAME,     /* string: who the peer must be */
  LTLS_PIN_ERROR,    /* error object that ended the connection */
  LTLS_PIN_CAUSE,    /* error value that a callback raised, or of a refusal */
  LTLS_PIN_REST,     /* string that is being written */
  LTLS_PIN_SESSION,  /* luatls.session that it tries to resume */
  LTLS_PIN_IDENTITY, /* string: the last that a client came with, for a key */
  LTLS_PIN_SHOWN,    /* array of what a function chose: see credentials.h */
  LTLS_PIN_CACHE_ERROR, /* error value that session_cache raised last */
  LTLS_PIN_EARLY,       /* string: early data of a client */
  LTLS_CONNECTION_PINS = LTLS_PIN_EARLY
};

enum { LTLS_SELF = 1 }; /* stack index of the connection in its methods */

typedef struct LtlsQuestion LtlsQuestion; /* see question.h */

/* A signature that an external key is to make. */
typedef struct LtlsSigning {
  const LtlsKey *key;     /* NULL: none is to be made */
  mbedtls_md_type_t hash; /* of what is signed */
  const char *hash_name;  /* "sha256" */
  unsigned scheme;        /* SignatureScheme */
  int is_pss;             /* it is RSA-PSS */
  unsigned char digest[MBEDTLS_MD_MAX_SIZE];
  size_t digest_len;
  LtlsBuffer signature; /* once it is there */
} LtlsSigning;

typedef struct LtlsEngine {
  mbedtls_ssl_context ssl;
  LtlsContext *context; /* pinned */
  LtlsTransport transport;
  LtlsTimer timer;      /* of datagrams */
  size_t unread;        /* see 'ltls_engine_has_more' */
  int stalls;           /* likewise */
  char *peer;           /* owned: of a server of datagrams, who its client is */
  LtlsRest rest;        /* while it has no buffers */
  uint64_t woken_at;    /* bytes that had come when it woke */
  LtlsVerdict verdict;  /* on the peer's chain */
  const char *name;     /* who the peer must be (LTLS_PIN_NAME); NULL: any */
  LtlsKeylog keylog;    /* what is to be logged */
  lua_State *L;         /* who is inside mbedTLS now; NULL: nobody */
  LtlsWallet wallet;    /* of a client: what its server gave */
  char *server_name;    /* owned: the one sent or received, or NULL */
  unsigned round_trips; /* of the handshake, once it is done */
  size_t rest_offset;   /* bytes of LTLS_PIN_REST that went */
  uint64_t written;     /* bytes of data, of all writes */
  int is_writing;       /* LTLS_PIN_REST is set */
  int part;             /* bytes of it in a record made and not sent */
  LtlsRekey rekey;
  unsigned renegotiations;      /* that are done */
  int is_renegotiating;         /* another handshake is under way */
  int is_open;                  /* 0: closed by us */
  int has_failed;               /* LTLS_PIN_ERROR is set */
  int callback_raised;          /* LTLS_PIN_CAUSE is set */
  int peer_closed;              /* close_notify came */
  int has_shut_down;            /* our close_notify is on its way */
  int saw_certificate;          /* the handshake came to the server's */
  int state;                    /* of mbedTLS, when its last step began */
  const LtlsSession *offered;   /* LTLS_PIN_SESSION, or NULL */
  LtlsVisit visit;              /* of a server; 'origin' of clients too */
  const LtlsQuestion *question; /* what it waits for, or NULL */
  int is_asking;                /* the question's function runs */
  int refusal;                  /* alert that ends the handshake, or 0 */
  int has_refused;              /* the alert is on its way */
  LtlsPeek peek;                /* while it awaits a hello */
  LtlsEarly early;
  int awaits_hello;   /* its context is chosen by the ClientHello */
  int has_chosen;     /* on_client_hello has answered */
  const char *raised; /* option whose function raised LTLS_PIN_CAUSE
                                   and ended the handshake, or NULL */
  int searches;       /* for pre-shared keys */
  int lacks_key;      /* the last one found none */
  LtlsSigning signing;
  LtlsBuffer request;          /* body of the server's CertificateRequest */
  LtlsCredential shown;        /* what a client answers it with */
  int has_selected;            /* so far */
  const mbedtls_x509_crt *own; /* the certificate that a server has shown, as
                                  far as is known; or NULL */
} LtlsEngine;

/* Who the client is, on a server of datagrams; before it is set up. 0: no
** memory. */
int ltls_engine_set_peer(LtlsEngine *engine, const char *peer);

/* Free and wipe everything; may be called again. */
void ltls_engine_free(LtlsEngine *engine);

/* Was a pre-shared key from outside TLS used? */
int ltls_engine_is_psk(const LtlsEngine *engine);

/* How the session began that was resumed; NULL: the handshake was a full one,
** or is not done. */
const LtlsOrigin *ltls_engine_origin(const LtlsEngine *engine);

/* "TLS 1.3", or "DTLS 1.2" over datagrams; NULL while it is not known. */
const char *ltls_engine_version(const LtlsEngine *engine);

int ltls_engine_is_over(const LtlsEngine *engine); /* handshake done? */

/* Is the first handshake done, though there may be another one under way? */
int ltls_engine_is_connected(const LtlsEngine *engine);

/* mbedTLS gave this result. Does it have more datagrams to look at? It asks for
** new ones when it has dropped one or sent something again, too. */
int ltls_engine_has_more(LtlsEngine *engine, int rc);

/* Send what mbedTLS holds: 0 or an mbedTLS error. While it holds a record,
** mbedtls_ssl_write sends that one and says that it took the new data. */
int ltls_engine_flush(LtlsEngine *engine);

#endif
