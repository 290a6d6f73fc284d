/*
** Verdicts: collecting problems, and telling them to Lua.
*/

#include "verdict.h"

#include "failure.h"

#include <lauxlib.h>
#include <mbedtls/platform.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_PROBLEMS 16 /* told; there may be more */

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

/* The next free problem; NULL without memory or room: then the count alone
** tells that the chain is bad. */
static LtlsProblem *new_problem(LtlsVerdict *verdict) {
  if (verdict->problems == NULL)
    verdict->problems = mbedtls_calloc(MAX_PROBLEMS, sizeof(LtlsProblem));
  if (verdict->count++ >= MAX_PROBLEMS || verdict->problems == NULL)
    return NULL;
  return &verdict->problems[verdict->count - 1];
}

void ltls_verdict_add(LtlsVerdict *verdict, const char *code, int depth,
                      const char *format, ...) {
  LtlsProblem *problem = new_problem(verdict);
  va_list arguments;
  if (problem == NULL) return;
  problem->code = code;
  problem->depth = depth;
  va_start(arguments, format);
  (void)vsnprintf(problem->text, sizeof(problem->text), format, arguments);
  va_end(arguments);
}

/* mbedTLS writes nothing at all for an empty name. */
void ltls_verdict_write_name(char *out, size_t size,
                             const mbedtls_x509_name *name) {
  char whole[1024] = "";
  if (mbedtls_x509_dn_gets(whole, sizeof(whole), name) < 0)
    strcpy(whole, "a name of great length");
  (void)snprintf(out, size, "%.*s", (int)size - 1, whole);
}

void ltls_verdict_set_length(LtlsVerdict *verdict, int count) {
  mbedtls_free(verdict->links);
  verdict->links = mbedtls_calloc((size_t)count, sizeof(LtlsLink));
  verdict->link_count = verdict->links != NULL ? count : 0;
}

LtlsLink *ltls_verdict_link(LtlsVerdict *verdict, int depth,
                            const mbedtls_x509_crt *crt) {
  LtlsLink *link;
  if (depth >= verdict->link_count) return NULL;
  link = &verdict->links[depth];
  ltls_verdict_write_name(link->subject, sizeof(link->subject), &crt->subject);
  ltls_verdict_write_name(link->issuer, sizeof(link->issuer), &crt->issuer);
  return link;
}

int ltls_verdict_is_good(const LtlsVerdict *verdict) {
  return verdict->is_complete && verdict->count == 0;
}

static int stored(const LtlsVerdict *verdict) {
  if (verdict->problems == NULL) return 0;
  return verdict->count < MAX_PROBLEMS ? verdict->count : MAX_PROBLEMS;
}

const char *ltls_verdict_code(const LtlsVerdict *verdict) {
  return stored(verdict) > 0 ? verdict->problems[0].code : NULL;
}

void ltls_verdict_free(LtlsVerdict *verdict) {
  mbedtls_free(verdict->problems);
  mbedtls_free(verdict->links);
  verdict->problems = NULL;
  verdict->links = NULL;
  verdict->link_count = 0;
}

static void set_text(lua_State *L, const char *key, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static const char *subject_of(const LtlsVerdict *verdict,
                              const LtlsProblem *problem) {
  if (problem->depth >= verdict->link_count) return "";
  return verdict->links[problem->depth].subject;
}

static void push_problem(lua_State *L, const LtlsVerdict *verdict,
                         const LtlsProblem *problem) {
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, problem->depth);
  lua_setfield(L, -2, "depth");
  set_text(L, "code", problem->code);
  set_text(L, "subject", subject_of(verdict, problem));
  set_text(L, "text", problem->text);
}

/* Push the problems at 'depth'; of the whole path when it is negative. */
static void push_problems(lua_State *L, const LtlsVerdict *verdict, int depth) {
  int i, pushed = 0;
  lua_newtable(L);
  for (i = 0; i < stored(verdict); i++) {
    if (depth >= 0 && verdict->problems[i].depth != depth) continue;
    push_problem(L, verdict, &verdict->problems[i]);
    lua_rawseti(L, -2, ++pushed);
  }
}

void ltls_verdict_push_path(lua_State *L, const LtlsVerdict *verdict) {
  int i;
  lua_createtable(L, verdict->link_count, 0);
  for (i = 0; i < verdict->link_count; i++) {
    lua_createtable(L, 0, 5);
    set_text(L, "subject", verdict->links[i].subject);
    set_text(L, "issuer", verdict->links[i].issuer);
    lua_pushinteger(L, i);
    lua_setfield(L, -2, "depth");
    lua_pushboolean(L, verdict->links[i].is_trusted);
    lua_setfield(L, -2, "trusted");
    if (verdict->links[i].position > 0) {
      lua_pushinteger(L, verdict->links[i].position);
      lua_setfield(L, -2, "index");
    }
    push_problems(L, verdict, i);
    lua_setfield(L, -2, "problems");
    lua_rawseti(L, -2, i + 1);
  }
}

/* "certificate expired on … (CN=Some Authority); …": the leaf's owner is known
** to who reads it, the others must be named. */
static void push_texts(lua_State *L, const LtlsVerdict *verdict) {
  luaL_Buffer text;
  int i, n = stored(verdict);
  luaL_buffinit(L, &text);
  for (i = 0; i < n; i++) {
    const LtlsProblem *problem = &verdict->problems[i];
    const char *subject = subject_of(verdict, problem);
    if (i > 0) luaL_addstring(&text, "; ");
    luaL_addstring(&text, problem->text);
    if (problem->depth == 0 || *subject == '\0') continue;
    lua_pushfstring(L, " (%s)", subject);
    luaL_addvalue(&text);
  }
  if (n == 0) luaL_addstring(&text, "the chain is not valid");
  luaL_pushresult(&text);
}

static void add_hint(lua_State *L, const LtlsVerdict *verdict) {
  size_t i;
  const char *code = ltls_verdict_code(verdict);
  if (verdict->hint[0] != '\0') ltls_failure_detail(L, "hint", verdict->hint);
  if (verdict->hint[0] != '\0' || code == NULL) return;
  for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
    if (strcmp(hints[i].code, code) == 0)
      ltls_failure_detail(L, "hint", hints[i].hint);
}

void ltls_verdict_push_error(lua_State *L, const LtlsVerdict *verdict,
                             const char *who) {
  push_texts(L, verdict);
  ltls_failure_push(L, "verify", "cannot verify %s: %s", who,
                    lua_tostring(L, -1));
  lua_remove(L, -2);
  push_problems(L, verdict, -1);
  lua_setfield(L, -2, "problems");
  ltls_verdict_push_path(L, verdict);
  lua_setfield(L, -2, "path");
  add_hint(L, verdict);
}
