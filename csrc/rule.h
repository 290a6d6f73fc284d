/*
** Rules: what every certificate of a path must keep to, one by one, by profile
** (RFC 5280; the CA/Browser Forum's baseline requirements).
*/

#ifndef LUATLS_RULE_H
#define LUATLS_RULE_H

#include "facts.h"
#include "policy.h"
#include "verdict.h"

/* What a leaf must be usable for (RFC 5280, 4.2.1.12). */
typedef enum LtlsUsage { LTLS_USAGE_SERVER, LTLS_USAGE_CLIENT } LtlsUsage;

/* Bits, so that a rule can belong to several. */
typedef enum LtlsProfile {
  LTLS_WEB = 1,
  LTLS_RFC5280 = 2,
  LTLS_STRICT = 4
} LtlsProfile;

/* What must hold. */
typedef struct LtlsTerms {
  const char *name;  /* host or IP the leaf must be for; NULL: any */
  const char *email; /* mailbox, likewise */
  const char *uri;   /* likewise */
  int common_name;   /* insecure: a common name may stand in for names */
  LtlsUsage usage;
  LtlsProfile profile;
  lua_Integer time; /* Unix seconds */
  LtlsPolicyInputs policies;
} LtlsTerms;

#define LTLS_MAX_PATH 100

/* Certificates from the leaf upward, each issued by the next. */
typedef struct LtlsPath {
  const LtlsFacts *item[LTLS_MAX_PATH];
  int count;
  int is_anchored; /* the last one is trusted */
  int comparisons; /* of names with constraints, that are left */
} LtlsPath;

/* Check the certificate at 'index' within its path, as far as it goes. Returns
** how many rules are broken, and adds them to 'verdict'; when that is NULL it
** stops at the first. */
int ltls_rule_check(const LtlsTerms *terms, LtlsPath *path, int index,
                    LtlsVerdict *verdict);

/* The same for a complete path as a whole: its policies. */
int ltls_rule_check_whole(const LtlsTerms *terms, const LtlsPath *path,
                          LtlsVerdict *verdict);

#endif
