/*
** Making external keys. The function is only kept here: who needs a signature
** asks for it.
*/

#include "external.h"

#include "chain.h"
#include "failure.h"
#include "key.h"
#include "object.h"
#include "options.h"

enum { OPTIONS = 1 };

/* Push a key with the public half of option public: a key or certificate, as
** an object or as text. 1, or 0 with an error object on top. */
static int push_public(lua_State *L) {
  const LtlsKey *key;
  if (!ltls_options_has(L, OPTIONS, "public"))
    ltls_options_bad(L, "public", "certificate or key expected");
  key = ltls_key_test(L, -1);
  if (key == NULL && ltls_chain_option(L, OPTIONS, "public") == 1)
    return ltls_key_push_public(L, &ltls_chain_check(L, lua_gettop(L))->pk);
  if (key == NULL) { /* then it is text, and no certificate */
    lua_getfield(L, OPTIONS, "public");
    lua_pushnil(L); /* no password */
    if (!ltls_key_source(L, lua_gettop(L) - 1, lua_gettop(L))) {
      ltls_failure_option(L, "public");
      return 0;
    }
    key = ltls_key_check(L, lua_gettop(L));
  }
  return ltls_key_push_public(L, &key->pk);
}

int ltls_external_key(lua_State *L) {
  static const char *const known[] = {"public", "sign", NULL};
  LtlsKey *key;
  lua_settop(L, OPTIONS);
  ltls_options_check(L, OPTIONS, known);
  if (!ltls_options_has(L, OPTIONS, "sign") || !lua_isfunction(L, -1))
    ltls_options_bad(L, "sign", "function expected");
  if (!push_public(L)) return ltls_fail_top(L);
  key = ltls_key_check(L, lua_gettop(L));
  key->is_external = 1;
  ltls_object_pin(L, -1, LTLS_KEY_SIGN, OPTIONS + 1);
  return 1;
}
