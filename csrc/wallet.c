/*
** Wallets. What they hold never has the secrets of the live connection.
*/

#include "wallet.h"

#include "state.h"

#include <mbedtls/platform.h>
#include <string.h>

static void drop(LtlsTicket *ticket) {
  mbedtls_ssl_session_free(&ticket->state);
  mbedtls_free(ticket);
}

/* RFC 8446, 4.6.1: with a lifetime of 0 it is to be discarded. */
static int is_useful(const mbedtls_ssl_session *state) {
  if (!ltls_state_can_resume(state)) return 0;
  return !ltls_state_is_tls13(state) || ltls_state_lifetime(state) > 0;
}

/* The session that mbedTLS has now; NULL: none. */
static LtlsTicket *fetch(const mbedtls_ssl_context *ssl) {
  LtlsTicket *ticket = mbedtls_calloc(1, sizeof(*ticket));
  if (ticket == NULL) return NULL;
  mbedtls_ssl_session_init(&ticket->state);
  if (mbedtls_ssl_get_session(ssl, &ticket->state) == 0 &&
      is_useful(&ticket->state)) {
    ltls_state_forget_traffic(&ticket->state);
    ticket->made = ltls_mbed_time_of_day();
    return ticket;
  }
  drop(ticket);
  return NULL;
}

void ltls_wallet_add(LtlsWallet *wallet, const mbedtls_ssl_context *ssl) {
  LtlsTicket *ticket = fetch(ssl);
  int i;
  if (ticket == NULL) return;
  if (wallet->count == LTLS_WALLET_MOST) {
    drop(wallet->tickets[0]);
    wallet->count--;
    for (i = 0; i < wallet->count; i++)
      wallet->tickets[i] = wallet->tickets[i + 1];
  }
  wallet->tickets[wallet->count++] = ticket;
}

const LtlsTicket *ltls_wallet_top(const LtlsWallet *wallet) {
  return wallet->count > 0 ? wallet->tickets[wallet->count - 1] : NULL;
}

void ltls_wallet_take(LtlsWallet *wallet, mbedtls_ssl_session *state) {
  LtlsTicket *ticket = wallet->tickets[--wallet->count];
  *state = ticket->state;
  mbedtls_ssl_session_init(&ticket->state);
  drop(ticket);
}

void ltls_wallet_free(LtlsWallet *wallet) {
  while (wallet->count > 0)
    drop(wallet->tickets[--wallet->count]);
}
