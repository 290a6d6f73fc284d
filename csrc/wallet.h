/*
** Wallets: the sessions that a connection's server has given and nobody has
** taken yet. In TLS 1.3 one ticket is good for one connection (RFC 8446, C.4),
** so servers give several.
*/

#ifndef LUATLS_WALLET_H
#define LUATLS_WALLET_H

#include "mbed.h"

#include <stdint.h>

enum { LTLS_WALLET_MOST = 4 }; /* sessions; older ones make room */

typedef struct LtlsTicket {
  mbedtls_ssl_session state;
  uint64_t made; /* when it came, ms since 1970 */
} LtlsTicket;

/* Zeroed memory is an empty one. */
typedef struct LtlsWallet {
  LtlsTicket *tickets[LTLS_WALLET_MOST]; /* owned, the oldest first */
  int count;
} LtlsWallet;

/* Keep the session that mbedTLS has now; it gives each out once. One that is of
** no use, and one for which there is no memory, is dropped. */
void ltls_wallet_add(LtlsWallet *wallet, const mbedtls_ssl_context *ssl);

/* The newest one, or NULL. */
const LtlsTicket *ltls_wallet_top(const LtlsWallet *wallet);

/* Move the newest one's state to 'state'. */
void ltls_wallet_take(LtlsWallet *wallet, mbedtls_ssl_session *state);

void ltls_wallet_free(LtlsWallet *wallet);

#endif
