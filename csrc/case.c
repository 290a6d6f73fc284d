/*
** Cases: name constraints along the path, and sentences.
*/

#include "case.h"

#include "constraint.h"
#include "match.h"

#include <stdio.h>

#define MAX_NAMES 4 /* shown when none of them is the one asked for */

static unsigned constraint_options(const LtlsCase *c, int index) {
  unsigned options = 0;
  if (c->terms->profile != LTLS_WEB) options |= LTLS_CONSTRAINT_STRICT;
  if (index == 0 && c->terms->common_name && c->terms->name != NULL)
    options |= LTLS_CONSTRAINT_COMMON_NAME;
  return options;
}

/* 6.1.3 (b): what is self-issued need not fit, unless it is the leaf. */
static LtlsConstraintResult constrain(const LtlsCase *c, int *culprit) {
  int i;
  LtlsConstraintResult result = LTLS_CONSTRAINT_HOLDS;
  if (!ltls_facts_has(c->facts, LTLS_EXT_NAME_CONSTRAINTS)) return result;
  for (i = 0; i < c->index && result == LTLS_CONSTRAINT_HOLDS; i++) {
    if (i > 0 && c->path->item[i]->is_self_issued) continue;
    result =
        ltls_constraint_check(c->facts, c->path->item[i],
                              constraint_options(c, i), &c->path->comparisons);
    *culprit = i;
  }
  return result;
}

int ltls_case_forbids_a_name(const LtlsCase *c) {
  int culprit;
  return constrain(c, &culprit) != LTLS_CONSTRAINT_HOLDS;
}

static void tell_time(char *out, size_t size, const char *what,
                      const mbedtls_x509_time *time) {
  (void)snprintf(out, size, "certificate %s %04d-%02d-%02d %02d:%02d UTC", what,
                 time->year, time->mon, time->day, time->hour, time->min);
}

void ltls_case_tell_expired(const LtlsCase *c, char *out, size_t size) {
  tell_time(out, size, "expired on", &c->crt->valid_to);
}

void ltls_case_tell_not_yet_valid(const LtlsCase *c, char *out, size_t size) {
  tell_time(out, size, "is not valid before", &c->crt->valid_from);
}

void ltls_case_tell_names(const LtlsCase *c, char *out, size_t size) {
  char names[220];
  ltls_match_write_names(names, sizeof(names), c->crt, MAX_NAMES);
  if (names[0] == '\0')
    (void)snprintf(out, size,
                   "certificate has no subject alternative name (a common name "
                   "does not count)");
  else
    (void)snprintf(out, size, "certificate is for %s", names);
}

void ltls_case_tell_constraint(const LtlsCase *c, char *out, size_t size) {
  static const char *const reasons[] = {
      [LTLS_CONSTRAINT_EXCLUDED] = "exclude",
      [LTLS_CONSTRAINT_NOT_PERMITTED] = "do not permit",
      [LTLS_CONSTRAINT_UNSUPPORTED] =
          "are of a kind that cannot be checked for",
      [LTLS_CONSTRAINT_MALFORMED] = "cannot be decoded, or not for",
      [LTLS_CONSTRAINT_TOO_COSTLY] = "are too many to be checked for",
  };
  char subject[128];
  int culprit = 0;
  LtlsConstraintResult result;
  c->path->comparisons += 10000; /* to find it again */
  result = constrain(c, &culprit);
  if (result == LTLS_CONSTRAINT_HOLDS) result = LTLS_CONSTRAINT_TOO_COSTLY;
  ltls_verdict_write_name(subject, sizeof(subject),
                          &c->path->item[culprit]->crt->subject);
  (void)snprintf(out, size, "name constraints %s a name of %s", reasons[result],
                 culprit == 0 ? "the certificate" : subject);
}
