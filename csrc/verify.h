/*
** Verdicts on certificate chains: what is wrong with which certificate, in
** words (RFC 5280, RFC 9525).
*/

#ifndef LUATLS_VERIFY_H
#define LUATLS_VERIFY_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* What is wrong with one certificate. */
typedef struct LtlsProblem {
  int depth;         /* 0: the leaf */
  const char *code;  /* "expired", "untrusted", … */
  char subject[128]; /* who it is for, cut to fit */
  char text[256];    /* sentence, lower case */
} LtlsProblem;

/* What a leaf must be usable for (RFC 5280, 4.2.1.12). */
typedef enum LtlsUsage { LTLS_USAGE_SERVER, LTLS_USAGE_CLIENT } LtlsUsage;

/* What must hold, and what was found. */
typedef struct LtlsVerdict {
  const char *name;      /* host or IP the leaf must be for; NULL: any */
  LtlsUsage usage;       /* of the leaf */
  lua_Integer time;      /* Unix seconds; 0: now, by mbedTLS' clock */
  int complete;          /* the leaf was reached */
  int count;             /* of problems */
  LtlsProblem *problems; /* owned; room for MAX_PROBLEMS, or NULL */
} LtlsVerdict;

/* An mbedTLS 'f_vrfy'; 'verdict' is the LtlsVerdict to fill. It is called for
** every certificate of the path, the leaf last. Calls no Lua. */
int ltls_verify_collect(void *verdict, mbedtls_x509_crt *crt, int depth,
                        uint32_t *flags);

/* Add a problem of the leaf that somebody else found. */
void ltls_verify_add(LtlsVerdict *verdict, const char *code, const char *text);

/* Was the chain checked to its end and nothing found? */
int ltls_verify_is_good(const LtlsVerdict *verdict);

/* Push an error of kind "verify" that tells all problems. 'who' was to be
** verified: a name, or "the client". [-0, +1, m] */
void ltls_verify_push_error(lua_State *L, const LtlsVerdict *verdict,
                            const char *who);

void ltls_verify_free(LtlsVerdict *verdict);

/* Add chain:verify(). [-0, +0, m] */
void ltls_verify_register(lua_State *L);

#endif
