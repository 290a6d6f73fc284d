/*
** Renewing the keys of a connection while it lives (RFC 8446, 4.6.3 and 5.5):
** when it is due, the message, and how often it happened.
*/

#ifndef LUATLS_REKEY_H
#define LUATLS_REKEY_H

#include "keylog.h"
#include "mbed.h"

#include <lua.h>
#include <stdint.h>

typedef struct LtlsRekey {
  uint64_t limit;    /* records that one key may protect */
  uint64_t began_at; /* bytes sent before the keys of the handshake */
  uint64_t sent;     /* our keys were renewed so often */
  uint64_t received; /* and the peer's */
  int has_asked;     /* the peer shall renew its keys, and has not yet */
  int is_going;      /* a message that the user wants waits to be sent */
  int has_ended;     /* the keys were spent, and writing was shut down */
} LtlsRekey;

/* The options that the two functions below read, for a list of known ones. */
#define LTLS_REKEY_OPTIONS "key_update_after", "renegotiation"

/* Read option "key_update_after" at 'arg': records; 0 where it is absent.
** [-0, +0, v] */
uint64_t ltls_rekey_option(lua_State *L, int arg);

/* Read option "renegotiation" at 'arg'. [-0, +0, v] */
void ltls_rekey_allow(lua_State *L, int arg, mbedtls_ssl_config *conf);

/* A handshake has made new keys, when 'bytes_out' were sent. 'wanted' is the
** option's value: it makes the cipher's own limit smaller, never larger. */
void ltls_rekey_begin(LtlsRekey *rekey, const mbedtls_ssl_context *ssl,
                      uint64_t wanted, uint64_t bytes_out);

/* Can this connection renew its keys at all? */
int ltls_rekey_is_possible(const mbedtls_ssl_context *ssl);

/* Must our keys be renewed before more is sent: are they worn, or does the peer
** want it? */
int ltls_rekey_is_due(const LtlsRekey *rekey, const mbedtls_ssl_context *ssl);

/* Are the peer's keys worn, does it not renew them by itself, and was it not told
** so? */
int ltls_rekey_must_ask(const LtlsRekey *rekey, const mbedtls_ssl_context *ssl);

/* Where keys cannot be renewed: have they protected all that they may? */
int ltls_rekey_is_spent(const LtlsRekey *rekey, uint64_t bytes_out);

/* Send KeyUpdate, with update_requested or without, and renew our keys; nothing
** may wait to be sent. 0 or an mbedTLS error; after WANT_WRITE the message is
** made. 'keylog' may be NULL. */
int ltls_rekey_send(LtlsRekey *rekey, mbedtls_ssl_context *ssl, int request,
                    LtlsKeylog *keylog);

/* mbedTLS has taken the peer's KeyUpdate. */
void ltls_rekey_receive(LtlsRekey *rekey, const mbedtls_ssl_context *ssl,
                        LtlsKeylog *keylog);

#endif
