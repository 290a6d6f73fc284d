/*
** What a context offers and accepts: versions, cipher suites, groups and
** signature algorithms, by policy or by name.
*/

#ifndef LUATLS_OFFER_H
#define LUATLS_OFFER_H

#include "algorithm.h"
#include "mbed.h"

#include <stdint.h>

/* Part of a context: mbedTLS keeps pointers to the lists, which end with 0. */
typedef struct LtlsOffer {
  int suites[LTLS_MOST_ALGORITHMS + 1];
  uint16_t groups[LTLS_MOST_ALGORITHMS + 1];
  uint16_t signatures[LTLS_MOST_ALGORITHMS + 1];
  int low, high;   /* versions: 0x0303, 0x0304 */
  int static_rsa;  /* insecure_static_rsa */
  int static_psk;  /* insecure_static_psk */
  int is_datagram; /* DTLS, which has no 1.3 here; set before likewise */
  int has_psk;     /* with a pre-shared key; set before 'ltls_offer_read' */
  int has_chains;  /* with certificates; likewise */
} LtlsOffer;

/* The options that 'ltls_offer_read' reads, for a list of known ones. */
#define LTLS_OFFER_OPTIONS                                                  \
  "policy", "min_version", "max_version", "cipher_suites", "groups",        \
      "signature_algorithms", "prefer_client_order", "insecure_static_rsa", \
      "insecure_static_psk", "record_size_limit"

/* Read the options at 'arg' into 'offer', and configure mbedTLS with it. 'conf'
** has its role already. 0 or an mbedTLS error. [-0, +0, v] */
int ltls_offer_read(lua_State *L, int arg, LtlsOffer *offer,
                    mbedtls_ssl_config *conf);

/* Can mbedTLS make a ClientHello of TLS 1.2 and nothing newer out of it? */
int ltls_offer_fits_tls12(const LtlsOffer *offer);

#endif
