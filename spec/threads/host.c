/*
** luatls-threads SCRIPT TASK: one process, many threads, each with Lua states
** of its own. A task runs in one state; "threads" runs it in each thread, several
** times, with another number: states come and go while others work.
*/

#include "core.h"

#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, STATES = 3 }; /* of each thread, one after the other */

static const char *script;

/* Run the script in a state of its own; 0 when it raised. */
static int run(const char *task, int number) {
  lua_State *L = luaL_newstate();
  int is_good;
  if (L == NULL) return 0;
  luaL_openlibs(L);
  luaL_requiref(L, "luatls.core", luaopen_luatls_core, 0);
  lua_settop(L, 0);
  is_good = luaL_loadfile(L, script) == LUA_OK;
  if (is_good) {
    lua_pushstring(L, task);
    lua_pushinteger(L, number);
    is_good = lua_pcall(L, 2, 0, 0) == LUA_OK;
  }
  if (!is_good)
    (void)fprintf(stderr, "%s %d: %s\n", task, number, lua_tostring(L, -1));
  lua_close(L);
  return is_good;
}

/* One thread: its number, then what became of it. */
typedef struct Worker {
  pthread_t thread;
  int number;
  int failures;
} Worker;

static void *work(void *data) {
  Worker *worker = data;
  int i;
  for (i = 0; i < STATES; i++)
    if (!run("threads", worker->number * STATES + i)) worker->failures++;
  return NULL;
}

int main(int argc, char **argv) {
  Worker workers[THREADS];
  int i, failures = 0;
  if (argc != 3) return 2;
  script = argv[1];
  if (strcmp(argv[2], "threads") != 0) return !run(argv[2], 0);
  for (i = 0; i < THREADS; i++) {
    workers[i].number = i;
    workers[i].failures = 0;
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
      return 2;
  }
  for (i = 0; i < THREADS; i++) {
    if (pthread_join(workers[i].thread, NULL) != 0) return 2;
    failures += workers[i].failures;
  }
  (void)printf("threads: %d, with %d Lua states each, of which %d failed\n",
               THREADS, STATES, failures);
  return failures > 0;
}
