/*
** Certificate policies along a path: RFC 5280, 6.1.
*/

#ifndef LUATLS_POLICY_H
#define LUATLS_POLICY_H

#include "facts.h"

/* The user's inputs of RFC 5280, 6.1.1 (c) to (g). */
typedef struct LtlsPolicyInputs {
  const LtlsSlice *initial; /* OIDs of user-initial-policy-set */
  size_t initial_count;     /* 0: any policy */
  int require_explicit;
  int inhibit_mapping;
  int inhibit_any;
} LtlsPolicyInputs;

/* Is there a policy under which the path is valid, if one must be? 'path' runs
** from the leaf (index 0) to the certificate that the anchor issued: 'count'
** certificates, the anchor not among them. */
int ltls_policy_check(const LtlsFacts *const *path, int count,
                      const LtlsPolicyInputs *inputs);

#endif
