/*
** Bonds: a hash over all that decides whom a context accepts and what it
** negotiates. A session is resumed only where the bond is the same: who
** resumes must get nothing that a full handshake would have refused.
*/

#ifndef LUATLS_BOND_H
#define LUATLS_BOND_H

#include "credentials.h"
#include "offer.h"
#include "verify.h"

enum { LTLS_BOND = 32 }; /* bytes */

typedef struct LtlsBondTerms {
  int is_client;
  int authmode; /* of mbedTLS: is a certificate wanted? */
  int skip_verify, skip_name;
  int is_sole; /* it is like no other: a function decides, which cannot be
                  compared */
  const LtlsTerms *terms;
  const LtlsOffer *offer;
  const mbedtls_x509_crt *trust; /* or NULL */
  const LtlsCredentials *own;
} LtlsBondTerms;

/* The same on every machine; where it cannot be computed, one that nothing else
** has. */
void ltls_bond_make(const LtlsBondTerms *terms, unsigned char bond[LTLS_BOND]);

#endif
