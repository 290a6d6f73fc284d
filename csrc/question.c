/*
** Questions. While a function runs, also while it has yielded, nothing but
** close() may use its connection; a connection that was closed meanwhile takes
** no answer.
*/

#include "question.h"

#include "failure.h"

#include <lauxlib.h>

enum { INTERNAL_ERROR = 80, RESULTS = 2 };

void ltls_question_refuse(lua_State *L, LtlsEngine *engine, int alert) {
  lua_setiuservalue(L, LTLS_SELF, LTLS_PIN_CAUSE);
  engine->refusal = alert;
}

/* An error object for what the function raised, which is on top. */
static void push_raised(lua_State *L, const char *option) {
  const char *text = ltls_failure_text(L, -1);
  ltls_failure_push(L, "internal", "%s raised an error: %s", option, text);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "cause");
}

enum { ENGINE = LTLS_SELF + 1 }; /* stack index, as light userdata */

/* After the function, which may have yielded. */
static int finish(lua_State *L, int status, lua_KContext unused) {
  LtlsEngine *engine = lua_touserdata(L, ENGINE);
  const LtlsQuestion *question = engine->question;
  int alert = INTERNAL_ERROR;
  (void)unused;
  engine->is_asking = 0;
  engine->question = NULL;
  if (!engine->is_open) return 0;
  if (status == LUA_OK || status == LUA_YIELD)
    alert = question->answer(L, engine);
  else
    push_raised(L, question->option);
  if (alert != 0) ltls_question_refuse(L, engine, alert);
  return 0;
}

int ltls_question_run(lua_State *L, LtlsEngine *engine) {
  int arguments;
  if (engine->question == NULL || !engine->is_open)
    return luaL_error(L, "there is no callback to run: it is time when an "
                         "operation returned false, \"callback\"");
  lua_settop(L, LTLS_SELF);
  lua_pushlightuserdata(L, engine);
  arguments = engine->question->ask(L, engine);
  engine->is_asking = 1;
  return finish(L, lua_pcallk(L, arguments, RESULTS, 0, 0, finish), 0);
}
