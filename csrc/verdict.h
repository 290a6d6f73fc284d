/*
** Verdicts: what was found wrong with a chain, kept until Lua asks for it.
** Collecting calls no Lua, so mbedTLS' callbacks may do it.
*/

#ifndef LUATLS_VERDICT_H
#define LUATLS_VERDICT_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* What is wrong with one certificate. */
typedef struct LtlsProblem {
  const char *code; /* "expired", "untrusted", … */
  int depth;        /* 0: the leaf */
  char text[256];   /* sentence, lower case */
} LtlsProblem;

/* One certificate of the path that was judged. */
typedef struct LtlsLink {
  char subject[128], issuer[128]; /* cut to fit */
  int is_trusted;                 /* it is what the user trusts */
  int position;                   /* in the chain, from 1; 0: not of it */
} LtlsLink;

typedef struct LtlsVerdict {
  int is_complete;       /* everything was checked */
  int count;             /* of problems, also of those that found no room */
  LtlsProblem *problems; /* owned, or NULL */
  int link_count;
  LtlsLink *links; /* owned, leaf first, or NULL */
  char hint[256];  /* or "" */
  lua_Integer
      good_until; /* Unix seconds: the path's first certificate to expire
                             does so then */
} LtlsVerdict;

/* Add a problem of the certificate at 'depth'. */
void ltls_verdict_add(LtlsVerdict *verdict, const char *code, int depth,
                      const char *format, ...);

/* Set how many certificates the path has; forgets the ones before. */
void ltls_verdict_set_length(LtlsVerdict *verdict, int count);

/* The one at 'depth', with the names of 'crt'; NULL without memory. */
LtlsLink *ltls_verdict_link(LtlsVerdict *verdict, int depth,
                            const mbedtls_x509_crt *crt);

/* Was everything checked, and nothing found? */
int ltls_verdict_is_good(const LtlsVerdict *verdict);

/* The code of the first problem, which decides; NULL when there is none. */
const char *ltls_verdict_code(const LtlsVerdict *verdict);

/* Push the path: an array of {subject=, issuer=, depth=, trusted=, problems=},
** leaf first. [-0, +1, m] */
void ltls_verdict_push_path(lua_State *L, const LtlsVerdict *verdict);

/* Push an error of kind "verify" that tells all problems. 'who' was to be
** verified: a name, or "the client". [-0, +1, m] */
void ltls_verdict_push_error(lua_State *L, const LtlsVerdict *verdict,
                             const char *who);

void ltls_verdict_free(LtlsVerdict *verdict);

/* A distinguished name in 'out', cut to fit. */
void ltls_verdict_write_name(char *out, size_t size,
                             const mbedtls_x509_name *name);

#endif
