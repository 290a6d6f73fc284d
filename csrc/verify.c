/*
** Verification: chain:verify() and the terms that it shares with contexts.
*/

#include "verify.h"

#include "chain.h"
#include "failure.h"
#include "object.h"
#include "options.h"
#include "path.h"

#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <string.h>

#define MAX_OID 64 /* bytes of one policy */

/* Copy the dotted OID on top to 'out'; raises. */
static size_t read_oid(lua_State *L, unsigned char out[MAX_OID]) {
  size_t len;
  const char *text = lua_tolstring(L, -1, &len);
  mbedtls_asn1_buf oid = {0};
  if (lua_type(L, -1) != LUA_TSTRING ||
      mbedtls_oid_from_numeric_string(&oid, text, len) != 0)
    ltls_options_bad(L, "policies", "dotted object identifiers expected");
  len = oid.len;
  if (oid.p != NULL && len <= MAX_OID) memcpy(out, oid.p, len);
  mbedtls_free(oid.p);
  if (len > MAX_OID)
    ltls_options_bad(L, "policies", "an identifier is too long");
  return len;
}

/* options.policies, the user-initial-policy-set of RFC 5280, 6.1.1 (c), as
** slices and then their bytes in one userdata; nil when it is absent. */
static void read_policies(lua_State *L, int arg, LtlsPolicyInputs *inputs) {
  LtlsSlice *slices;
  unsigned char *bytes;
  size_t i, count;
  lua_getfield(L, arg, "policies");
  if (lua_isnil(L, -1)) return;
  if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0)
    ltls_options_bad(L, "policies", "array of object identifiers expected");
  count = lua_rawlen(L, -1);
  slices = lua_newuserdatauv(L, count * (sizeof(LtlsSlice) + MAX_OID), 0);
  bytes = (unsigned char *)(slices + count);
  for (i = 0; i < count; i++, bytes += MAX_OID) {
    lua_rawgeti(L, -2, (lua_Integer)i + 1);
    slices[i].p = bytes;
    slices[i].len = read_oid(L, bytes);
    lua_pop(L, 1);
  }
  lua_remove(L, -2);
  inputs->initial = slices;
  inputs->initial_count = count;
}

void ltls_verify_read(lua_State *L, int arg, LtlsTerms *terms) {
  static const char *const profiles[] = {"web", "rfc5280", "strict", NULL};
  LtlsPolicyInputs *inputs = &terms->policies;
  terms->profile =
      (LtlsProfile)(1 << ltls_options_word(L, arg, "profile", profiles, 0));
  terms->common_name = ltls_options_flag(L, arg, "insecure_common_name");
  inputs->require_explicit = ltls_options_flag(L, arg, "require_policy");
  inputs->inhibit_mapping = ltls_options_flag(L, arg, "inhibit_policy_mapping");
  inputs->inhibit_any = ltls_options_flag(L, arg, "inhibit_any_policy");
  lua_newtable(L); /* the owner */
  read_policies(L, arg, inputs);
  lua_rawseti(L, -2, 1);
  if (!ltls_options_string(L, arg, "public_suffixes")) return;
  terms->suffixes = lua_tostring(L, -1);
  lua_rawseti(L, -2, 2);
}

void ltls_verify_judge(const LtlsTerms *terms, const LtlsStore *anchors,
                       const LtlsCandidates *chains, LtlsVerdict *verdict) {
  LtlsTerms now = *terms;
  if (now.time == 0) now.time = (lua_Integer)mbedtls_time(NULL);
  ltls_path_judge(&now, anchors, chains, verdict);
}

/* An optional string of the options; they keep it alive. */
static const char *text_option(lua_State *L, const char *key) {
  const char *text = NULL;
  if (ltls_options_string(L, 2, key)) {
    text = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  return text;
}

static void read_terms(lua_State *L, LtlsTerms *terms) {
  static const char *const usages[] = {"server", "client", NULL};
  LtlsRange any = {0, LUA_MAXINTEGER, 0};
  terms->usage = (LtlsUsage)ltls_options_word(L, 2, "usage", usages, 0);
  terms->time = ltls_options_integer(L, 2, "time", any);
  terms->name = text_option(L, "name");
  terms->email = text_option(L, "email");
  terms->uri = text_option(L, "uri");
  ltls_verify_read(L, 2, terms);
}

static const char *asked_for(const LtlsTerms *terms) {
  if (terms->name != NULL) return terms->name;
  if (terms->email != NULL) return terms->email;
  return terms->uri != NULL ? terms->uri : "the chain";
}

/* The results of a verdict: true and the path, or nil and an error. */
static int push_verdict(lua_State *L, const LtlsTerms *terms,
                        LtlsVerdict *verdict) {
  int is_good = ltls_verdict_is_good(verdict);
  if (is_good) {
    lua_pushboolean(L, 1);
    ltls_verdict_push_path(L, verdict);
  } else
    ltls_verdict_push_error(L, verdict, asked_for(terms));
  ltls_verdict_free(verdict);
  return is_good ? 2 : ltls_fail_top(L);
}

/* chain:verify{trust=, name=, usage=, time=, …} -> true, path | nil, err */
static int chain_verify(lua_State *L) {
  static const char *const known[] = {"trust",
                                      "intermediates",
                                      "name",
                                      "email",
                                      "uri",
                                      "usage",
                                      "time",
                                      "profile",
                                      "insecure_common_name",
                                      "policies",
                                      "require_policy",
                                      "inhibit_policy_mapping",
                                      "inhibit_any_policy",
                                      "public_suffixes",
                                      NULL};
  LtlsCandidates chains = {ltls_chain_check(L, 1), NULL};
  LtlsTerms terms = {0};
  LtlsVerdict verdict = {0};
  int found;
  luaL_argcheck(L, chains.sent->raw.p != NULL, 1, "empty chain");
  ltls_options_check(L, 2, known);
  read_terms(L, &terms);
  found = ltls_chain_option(L, 2, "intermediates");
  if (found == 0) return ltls_fail_top(L);
  if (found > 0) chains.more = ltls_chain_check(L, lua_gettop(L));
  found = ltls_chain_option(L, 2, "trust");
  if (found < 0) ltls_options_bad(L, "trust", "it must be given");
  if (found == 0) return ltls_fail_top(L);
  ltls_verify_judge(&terms, ltls_chain_store(L, lua_gettop(L)), &chains,
                    &verdict);
  return push_verdict(L, &terms, &verdict);
}

void ltls_verify_register(lua_State *L) {
  static const luaL_Reg method = {"verify", chain_verify};
  ltls_class_extend(L, "luatls.chain", &method);
}
