/*
** Verdicts on certificate chains. mbedTLS builds the path and checks
** signatures, dates and usages; the name is checked here, because mbedTLS
** would fall back to the common name.
*/

#include "verify.h"

#include "certificate.h"
#include "chain.h"
#include "failure.h"
#include "name.h"
#include "object.h"
#include "options.h"

#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_PROBLEMS 16
#define MAX_NAMES    4 /* shown when none of them is the one asked for */

/* Flags of mbedTLS that need no more than a fixed sentence. */
static const struct {
  uint32_t flag;
  const char *code;
  const char *text;
} fixed[] = {
    {MBEDTLS_X509_BADCERT_REVOKED, "revoked", "certificate is revoked"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE, "key_usage",
     "certificate's key usage does not allow this use"},
    {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, "extended_key_usage",
     "certificate's extended key usage does not allow this use"},
    {MBEDTLS_X509_BADCERT_NS_CERT_TYPE, "netscape_type",
     "certificate's Netscape type does not allow this use"},
    {MBEDTLS_X509_BADCERT_BAD_MD, "weak_hash",
     "certificate is signed with a weak hash"},
    {MBEDTLS_X509_BADCERT_BAD_PK, "weak_algorithm",
     "certificate is signed with an algorithm that is not accepted"},
    {MBEDTLS_X509_BADCERT_BAD_KEY, "weak_key",
     "certificate's key is too short or on a curve that is not accepted"},
    {MBEDTLS_X509_BADCERT_OTHER, "other", "certificate is not acceptable"},
    {MBEDTLS_X509_BADCRL_NOT_TRUSTED, "crl", "revocation list is not trusted"},
    {MBEDTLS_X509_BADCRL_EXPIRED, "crl", "revocation list is expired"},
    {MBEDTLS_X509_BADCRL_FUTURE, "crl", "revocation list is from the future"},
    {MBEDTLS_X509_BADCRL_BAD_MD | MBEDTLS_X509_BADCRL_BAD_PK |
         MBEDTLS_X509_BADCRL_BAD_KEY,
     "crl", "revocation list is signed with a weak algorithm"},
};

/* What to do about it, by code. */
static const struct {
  const char *code;
  const char *hint;
} hints[] = {
    {"untrusted", "to trust it, give its authority's certificate as option "
                  "trust"},
    {"self_signed", "to trust it, give this certificate as option trust"},
    {"name", "connect by a name that the certificate has, or give option name"},
    {"expired", "its owner must renew it; or this machine's clock is wrong"},
    {"not_yet_valid", "this machine's clock may be wrong"},
};

/* The next free problem, about 'crt'; NULL without memory or room: then the
** count alone tells that the chain is bad. */
static LtlsProblem *new_problem(LtlsVerdict *verdict, const char *code) {
  LtlsProblem *problem;
  if (verdict->problems == NULL)
    verdict->problems = mbedtls_calloc(MAX_PROBLEMS, sizeof(LtlsProblem));
  if (verdict->count++ >= MAX_PROBLEMS || verdict->problems == NULL)
    return NULL;
  problem = &verdict->problems[verdict->count - 1];
  problem->code = code;
  return problem;
}

/* A distinguished name in 'out', cut to fit. It may be empty, and mbedTLS then
** writes nothing at all. */
static void write_name(char *out, size_t size, const mbedtls_x509_name *name) {
  char whole[1024] = "";
  if (mbedtls_x509_dn_gets(whole, sizeof(whole), name) < 0)
    strcpy(whole, "a name of great length");
  (void)snprintf(out, size, "%.*s", (int)size - 1, whole);
}

/* One certificate under examination. */
typedef struct Subject {
  LtlsVerdict *verdict;
  const mbedtls_x509_crt *crt;
  int depth;
} Subject;

static void report(const Subject *subject, const char *code, const char *format,
                   ...) {
  LtlsProblem *problem = new_problem(subject->verdict, code);
  va_list arguments;
  if (problem == NULL) return;
  problem->depth = subject->depth;
  write_name(problem->subject, sizeof(problem->subject),
             &subject->crt->subject);
  va_start(arguments, format);
  (void)vsnprintf(problem->text, sizeof(problem->text), format, arguments);
  va_end(arguments);
}

static void report_trust(const Subject *subject) {
  const mbedtls_x509_buf *own = &subject->crt->subject_raw;
  const mbedtls_x509_buf *issuer = &subject->crt->issuer_raw;
  char name[160];
  if (own->len == issuer->len && memcmp(own->p, issuer->p, own->len) == 0) {
    report(subject, subject->depth == 0 ? "self_signed" : "untrusted",
           subject->depth == 0
               ? "certificate is self-signed and not trusted"
               : "the chain ends in a root that is not trusted");
    return;
  }
  write_name(name, sizeof(name), &subject->crt->issuer);
  report(subject, "untrusted",
         "certificate is signed by an authority that is not trusted (%s)",
         name);
}

static void report_time(const Subject *subject, const char *code,
                        const char *what, const mbedtls_x509_time *time) {
  report(subject, code, "certificate %s %04d-%02d-%02d %02d:%02d UTC", what,
         time->year, time->mon, time->day, time->hour, time->min);
}

/* The first names of the certificate, for people: "a.example, 127.0.0.1". */
static void write_names(char *out, size_t size, const mbedtls_x509_crt *crt) {
  const mbedtls_x509_sequence *list = &crt->subject_alt_names;
  size_t used = 0;
  int shown = 0;
  out[0] = '\0';
  for (; list != NULL && list->buf.p != NULL; list = list->next) {
    const char *before = shown > 0 ? ", " : "";
    char name[LTLS_NAME_TEXT];
    int len;
    if (!ltls_name_write(name, list)) continue;
    if (++shown > MAX_NAMES) break;
    len = snprintf(out + used, size - used, "%s%s", before, name);
    if (len < 0 || (size_t)len >= size - used) break;
    used += (size_t)len;
  }
  if (shown > MAX_NAMES) (void)snprintf(out + used, size - used, " and others");
}

static void report_name(const Subject *subject) {
  char names[220];
  write_names(names, sizeof(names), subject->crt);
  if (names[0] == '\0')
    report(subject, "name",
           "certificate has no subject alternative name (a common name does "
           "not count)");
  else
    report(subject, "name", "certificate is for %s", names);
}

/* mbedTLS compared with its own clock; compare with the time asked for. */
static uint32_t time_flags(const Subject *subject, uint32_t flags) {
  lua_Integer now = subject->verdict->time;
  const mbedtls_x509_crt *crt = subject->crt;
  if (now == 0) return flags;
  flags &=
      ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  if (now > ltls_certificate_time(&crt->valid_to))
    flags |= MBEDTLS_X509_BADCERT_EXPIRED;
  if (now < ltls_certificate_time(&crt->valid_from))
    flags |= MBEDTLS_X509_BADCERT_FUTURE;
  return flags;
}

static uint32_t name_flags(const Subject *subject, uint32_t flags) {
  const char *name = subject->verdict->name;
  flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
  if (subject->depth == 0 && name != NULL &&
      !ltls_name_matches(subject->crt, name))
    flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  return flags;
}

/* mbedTLS looks at the leaf's purposes after this callback, and then tells no
** more than that something is wrong. */
static uint32_t usage_flags(const Subject *subject, uint32_t flags) {
  const char *purpose = subject->verdict->usage == LTLS_USAGE_CLIENT
                            ? MBEDTLS_OID_CLIENT_AUTH
                            : MBEDTLS_OID_SERVER_AUTH;
  if (subject->depth == 0 &&
      mbedtls_x509_crt_check_extended_key_usage(
          subject->crt, purpose, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)))
    flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
  return flags;
}

int ltls_verify_collect(void *data, mbedtls_x509_crt *crt, int depth,
                        uint32_t *flags) {
  Subject subject = {data, crt, depth};
  size_t i;
  if (crt->raw.p == NULL) {
    /* mbedTLS goes on with nothing when it does not know the algorithm. */
    *flags |= MBEDTLS_X509_BADCERT_BAD_PK;
    report(&subject, "weak_algorithm",
           "certificate is signed with an algorithm that is not supported");
    return 0;
  }
  *flags = time_flags(&subject, *flags);
  *flags = usage_flags(&subject, *flags);
  *flags = name_flags(&subject, *flags);
  if (*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) report_trust(&subject);
  if (*flags & MBEDTLS_X509_BADCERT_EXPIRED)
    report_time(&subject, "expired", "expired on", &crt->valid_to);
  if (*flags & MBEDTLS_X509_BADCERT_FUTURE)
    report_time(&subject, "not_yet_valid", "is not valid before",
                &crt->valid_from);
  if (*flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) report_name(&subject);
  for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
    if (*flags & fixed[i].flag)
      report(&subject, fixed[i].code, "%s", fixed[i].text);
  if (depth == 0) subject.verdict->complete = 1;
  return 0;
}

void ltls_verify_add(LtlsVerdict *verdict, const char *code, const char *text) {
  LtlsProblem *problem = new_problem(verdict, code);
  if (problem != NULL)
    (void)snprintf(problem->text, sizeof(problem->text), "%s", text);
}

int ltls_verify_is_good(const LtlsVerdict *verdict) {
  return verdict->complete && verdict->count == 0;
}

void ltls_verify_free(LtlsVerdict *verdict) {
  mbedtls_free(verdict->problems);
  verdict->problems = NULL;
}

static int stored(const LtlsVerdict *verdict) {
  if (verdict->problems == NULL) return 0;
  return verdict->count < MAX_PROBLEMS ? verdict->count : MAX_PROBLEMS;
}

static void push_problem(lua_State *L, const LtlsProblem *problem) {
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, problem->depth);
  lua_setfield(L, -2, "depth");
  lua_pushstring(L, problem->code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, problem->subject);
  lua_setfield(L, -2, "subject");
  lua_pushstring(L, problem->text);
  lua_setfield(L, -2, "text");
}

/* Push all sentences, the leaf's first: mbedTLS comes from the other end. */
static void push_texts(lua_State *L, const LtlsVerdict *verdict) {
  luaL_Buffer text;
  int i;
  luaL_buffinit(L, &text);
  for (i = stored(verdict) - 1; i >= 0; i--) {
    luaL_addstring(&text, verdict->problems[i].text);
    if (i > 0) luaL_addstring(&text, "; ");
  }
  if (stored(verdict) == 0) luaL_addstring(&text, "the chain is not valid");
  luaL_pushresult(&text);
}

static void add_hint(lua_State *L, const LtlsVerdict *verdict) {
  size_t i;
  int last = stored(verdict) - 1;
  if (last < 0) return;
  for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
    if (strcmp(hints[i].code, verdict->problems[last].code) == 0)
      ltls_failure_detail(L, "hint", hints[i].hint);
}

void ltls_verify_push_error(lua_State *L, const LtlsVerdict *verdict,
                            const char *who) {
  int i, n = stored(verdict);
  push_texts(L, verdict);
  ltls_failure_push(L, "verify", "cannot verify %s: %s", who,
                    lua_tostring(L, -1));
  lua_remove(L, -2);
  lua_createtable(L, n, 0);
  for (i = 0; i < n; i++) {
    push_problem(L, &verdict->problems[n - 1 - i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "problems");
  add_hint(L, verdict);
}

/* chain:verify{trust=, name=, usage=, time=} -> true | nil, err */
static int chain_verify(lua_State *L) {
  static const char *const known[] = {"trust", "name", "usage", "time", NULL};
  static const char *const usages[] = {"server", "client", NULL};
  LtlsRange any = {0, LUA_MAXINTEGER, 0};
  mbedtls_x509_crt *leaf = ltls_chain_check(L, 1);
  LtlsVerdict verdict = {0};
  uint32_t flags = 0;
  int trust;
  ltls_options_check(L, 2, known);
  verdict.usage = (LtlsUsage)ltls_options_word(L, 2, "usage", usages, 0);
  verdict.time = ltls_options_integer(L, 2, "time", any);
  if (ltls_options_string(L, 2, "name")) verdict.name = lua_tostring(L, -1);
  trust = ltls_chain_option(L, 2, "trust");
  if (trust < 0) ltls_options_bad(L, "trust", "it must be given");
  if (trust == 0) return ltls_fail_top(L);
  luaL_argcheck(L, leaf->raw.p != NULL, 1, "empty chain");
  mbedtls_x509_crt_verify(leaf, ltls_chain_check(L, lua_gettop(L)), NULL, NULL,
                          &flags, ltls_verify_collect, &verdict);
  if (ltls_verify_is_good(&verdict)) {
    ltls_verify_free(&verdict);
    lua_pushboolean(L, 1);
    return 1;
  }
  ltls_verify_push_error(L, &verdict,
                         verdict.name != NULL ? verdict.name : "the chain");
  ltls_verify_free(&verdict);
  return ltls_fail_top(L);
}

void ltls_verify_register(lua_State *L) {
  static const luaL_Reg method = {"verify", chain_verify};
  ltls_class_extend(L, "luatls.chain", &method);
}
