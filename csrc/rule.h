/*
** Rules: what every certificate of a path must keep to, one by one, by profile
** (RFC 5280; the CA/Browser Forum's baseline requirements).
*/

#ifndef LUATLS_RULE_H
#define LUATLS_RULE_H

#include "case.h"

/* Check the certificate at 'index' within its path, as far as it goes. Returns
** how many rules are broken, and adds them to 'verdict'; when that is NULL it
** stops at the first. */
int ltls_rule_check(const LtlsTerms *terms, LtlsPath *path, int index,
                    LtlsVerdict *verdict);

/* The same for a complete path as a whole: its policies. */
int ltls_rule_check_whole(const LtlsTerms *terms, const LtlsPath *path,
                          LtlsVerdict *verdict);

#endif
