/*
** Cases: one certificate within its path, under what must hold for it; and the
** sentences about it that take more than a fixed text.
*/

#ifndef LUATLS_CASE_H
#define LUATLS_CASE_H

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
  const char *suffixes; /* for 'suffix'; NULL: no list */
} LtlsTerms;

#define LTLS_MAX_PATH 100

/* Certificates from the leaf upward, each issued by the next. */
typedef struct LtlsPath {
  const LtlsFacts *item[LTLS_MAX_PATH];
  int count;
  int is_anchored; /* the last one is trusted */
  int comparisons; /* of names with constraints, that are left */
} LtlsPath;

/* One certificate under examination. */
typedef struct LtlsCase {
  const LtlsTerms *terms;
  LtlsPath *path;
  int index, place; /* in the path; 'place' is the rules' own */
  const LtlsFacts *facts;
  const mbedtls_x509_crt *crt;
} LtlsCase;

/* Do its name constraints refuse a name below it? */
int ltls_case_forbids_a_name(const LtlsCase *c);

/* Write what is wrong, cut to fit. */
void ltls_case_tell_expired(const LtlsCase *c, char *out, size_t size);
void ltls_case_tell_not_yet_valid(const LtlsCase *c, char *out, size_t size);
void ltls_case_tell_names(const LtlsCase *c, char *out, size_t size);
void ltls_case_tell_constraint(const LtlsCase *c, char *out, size_t size);

#endif
