/*
** Paths: the search from a leaf to something that is trusted (RFC 4158).
*/

#ifndef LUATLS_PATH_H
#define LUATLS_PATH_H

#include "rule.h"
#include "store.h"

/* Where the leaf, and what may stand between it and an anchor, come from. */
typedef struct LtlsCandidates {
  const mbedtls_x509_crt *sent; /* the leaf first, the others in any order */
  const mbedtls_x509_crt *more; /* or NULL */
} LtlsCandidates;

/* Find a path from the leaf to one of 'anchors' that keeps to all rules. What
** is wrong with the best one, if none is good, goes to 'verdict', and so do
** its certificates. Work is bounded, whatever the chain is. Calls no Lua. */
void ltls_path_judge(const LtlsTerms *terms, const LtlsStore *anchors,
                     const LtlsCandidates *candidates, LtlsVerdict *verdict);

#endif
