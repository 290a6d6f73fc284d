/*
** Name constraints: RFC 5280, 4.2.1.10.
*/

#ifndef LUATLS_CONSTRAINT_H
#define LUATLS_CONSTRAINT_H

#include "facts.h"

typedef enum LtlsConstraintResult {
  LTLS_CONSTRAINT_HOLDS,
  LTLS_CONSTRAINT_EXCLUDED,      /* a name lies in an excluded subtree */
  LTLS_CONSTRAINT_NOT_PERMITTED, /* a name lies in no permitted subtree */
  LTLS_CONSTRAINT_UNSUPPORTED,   /* a name is of a type that cannot be judged */
  LTLS_CONSTRAINT_MALFORMED,     /* the extension cannot be decoded */
  LTLS_CONSTRAINT_TOO_COSTLY     /* the budget is used up */
} LtlsConstraintResult;

enum {
  /* No leading dot in a DNS constraint: such certificates are common, but
  ** RFC 5280 has no such form. */
  LTLS_CONSTRAINT_STRICT = 1,
  /* A common name counts as a host where there is no alternative name. */
  LTLS_CONSTRAINT_COMMON_NAME = 2
};

/* Are the names of 'subject' within the constraints of 'ca'? Every comparison
** takes from 'budget', by the length of the name. */
LtlsConstraintResult ltls_constraint_check(const LtlsFacts *ca,
                                           const LtlsFacts *subject,
                                           unsigned options, int *budget);

#endif
