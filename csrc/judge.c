/*
** The verdict on a peer's chain, in a handshake. mbedTLS calls this: nothing here
** raises, and the one that must ask Lua does so through the trampoline.
*/

#include "judge.h"

#include "chain.h"
#include "trampoline.h"

#include <lauxlib.h>
#include <string.h>

/* What the trampoline carries to 'ask_user'. */
typedef struct Question {
  LtlsEngine *engine;
  const mbedtls_x509_crt *leaf;
} Question;

/* on_verify(chain, name) -> ok[, reason]. Runs protected. */
static int ask_user(lua_State *L) {
  Question *question = lua_touserdata(L, 1);
  LtlsVerdict *verdict = &question->engine->verdict;
  lua_getiuservalue(L, 2, LTLS_PIN_CONTEXT);
  lua_getiuservalue(L, -1, LTLS_PIN_ON_VERIFY);
  if (!ltls_chain_push_copy(L, question->leaf)) return lua_error(L);
  lua_pushstring(L, question->engine->name);
  lua_call(L, 2, 2);
  if (lua_toboolean(L, -2) && !lua_isboolean(L, -2))
    return luaL_error(L,
                      "on_verify must return true, or nil and a reason; "
                      "not a %s",
                      luaL_typename(L, -2));
  if (!lua_toboolean(L, -2))
    ltls_verdict_add(verdict, "refused", 0, "%s",
                     lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                    : "refused by on_verify");
  return 0;
}

static void consult_user(LtlsEngine *engine, const mbedtls_x509_crt *leaf) {
  Question question = {engine, leaf};
  if (ltls_trampoline(engine->L, LTLS_SELF, LTLS_PIN_CAUSE, ask_user,
                      &question))
    return;
  engine->callback_raised = 1;
  ltls_verdict_add(&engine->verdict, "refused", 0, "on_verify raised an error");
}

/* What mbedTLS makes an alert of: RFC 8446, 6.2 and 4.4.2.4. Its other flags
** all become bad_certificate's neighbours, so that one stands for the rest. */
static uint32_t flag_of(const char *code) {
  static const struct {
    const char *code;
    uint32_t flag;
  } flags[] = {
      {"expired", MBEDTLS_X509_BADCERT_EXPIRED},
      {"not_yet_valid", MBEDTLS_X509_BADCERT_EXPIRED},
      {"untrusted", MBEDTLS_X509_BADCERT_NOT_TRUSTED},
      {"self_signed", MBEDTLS_X509_BADCERT_NOT_TRUSTED},
      {"key_usage", MBEDTLS_X509_BADCERT_KEY_USAGE},
      {"extended_key_usage", MBEDTLS_X509_BADCERT_EXT_KEY_USAGE},
      {"refused", MBEDTLS_X509_BADCERT_OTHER},
      {"too_complex", MBEDTLS_X509_BADCERT_SKIP_VERIFY},
  };
  size_t i;
  for (i = 0; code != NULL && i < sizeof(flags) / sizeof(flags[0]); i++)
    if (strcmp(flags[i].code, code) == 0) return flags[i].flag;
  return MBEDTLS_X509_BADCERT_CN_MISMATCH;
}

/* Judge the chain that begins with 'leaf'. */
static void judge(LtlsEngine *engine, const mbedtls_x509_crt *leaf) {
  LtlsTerms terms = engine->context->terms;
  LtlsCandidates chains = {leaf, NULL};
  terms.name = engine->name;
  ltls_verdict_free(&engine->verdict);
  engine->verdict.count = 0;
  ltls_verify_judge(&terms, engine->context->anchors, &chains,
                    &engine->verdict);
  if (!ltls_verdict_is_good(&engine->verdict)) return;
  if (engine->context->has_on_verify) consult_user(engine, leaf);
  if (engine->verdict.count > 0) return;
  engine->visit.origin.is_verified = 1;
  engine->visit.origin.good_until = (uint64_t)engine->verdict.good_until;
  ltls_verdict_free(&engine->verdict);
}

/* LtlsVisit.accepts: the user's further check of a chain that was verified when
** its session was made. If it fails, the full handshake will tell why. */
int ltls_judge_accepts(void *owner, const mbedtls_x509_crt *chain) {
  LtlsEngine *engine = owner;
  int is_good;
  if (!engine->context->has_on_verify) return 1;
  consult_user(engine, chain);
  is_good = engine->verdict.count == 0;
  ltls_verdict_free(&engine->verdict);
  engine->verdict.count = 0;
  engine->callback_raised = 0;
  return is_good;
}

/* f_vrfy: comes for every certificate of a path, the leaf last. mbedTLS' own
** findings are dropped: the verdict is ours alone. A client's certificate that
** is optional but bad must end the handshake too, and there mbedTLS would
** ignore the flags. */
int ltls_judge_verify(void *data, mbedtls_x509_crt *crt, int depth,
                      uint32_t *flags) {
  LtlsEngine *engine = data;
  *flags = 0;
  if (engine->context->skip_verify || depth > 0) return 0;
  judge(engine, crt);
  if (ltls_verdict_is_good(&engine->verdict)) return 0;
  *flags = flag_of(ltls_verdict_code(&engine->verdict));
  return engine->context->conf.authmode == MBEDTLS_SSL_VERIFY_OPTIONAL
             ? MBEDTLS_ERR_X509_FATAL_ERROR
             : 0;
}
