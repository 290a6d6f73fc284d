/*
** Chains: what a server sends, what a client trusts. All certificates are
** parsed when the chain is made; it never changes afterwards, so contexts
** share it.
*/

#include "chain.h"

#include "bytes.h"
#include "certificate.h"
#include "content.h"
#include "failure.h"
#include "object.h"
#include "options.h"
#include "roots.h"
#include "x509.h"

#include <string.h>

typedef struct Chain {
  mbedtls_x509_crt first;
  LtlsStore store;   /* of its certificates, once somebody asked for it */
  LtlsRoots *shared; /* instead of both, or NULL */
} Chain;

static void chain_free(void *self) {
  Chain *chain = self;
  if (chain->shared != NULL) ltls_roots_release(chain->shared);
  ltls_store_free(&chain->store);
  mbedtls_x509_crt_free(&chain->first);
}

static lua_Integer count(const mbedtls_x509_crt *crt) {
  lua_Integer n = 0;
  for (; crt != NULL && crt->raw.p != NULL; crt = crt->next)
    n++;
  return n;
}

/* #chain -> integer */
static int chain_len(lua_State *L) {
  lua_pushinteger(L, count(ltls_chain_check(L, 1)));
  return 1;
}

/* chain[i] -> certificate | nil, chain.name -> method; the methods are the
** first upvalue. */
static int chain_index(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_chain_check(L, 1);
  lua_Integer i;
  if (!lua_isinteger(L, 2)) {
    lua_settop(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    return 1;
  }
  i = lua_tointeger(L, 2);
  if (i < 1 || i > count(crt)) return 0;
  while (--i > 0)
    crt = crt->next;
  ltls_certificate_push(L, 1, crt);
  return 1;
}

/* chain:pem() -> string */
static int chain_pem(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_chain_check(L, 1);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (; crt != NULL && crt->raw.p != NULL; crt = crt->next) {
    ltls_certificate_push_pem(L, "CERTIFICATE", &crt->raw);
    luaL_addvalue(&text);
  }
  luaL_pushresult(&text);
  return 1;
}

static const luaL_Reg methods[] = {
    {"pem", chain_pem},
    {NULL, NULL},
};

/* tostring(chain): "luatls.chain (2 certificates)" */
static int chain_tostring(lua_State *L) {
  lua_Integer n = count(ltls_chain_check(L, 1));
  lua_pushfstring(L, "luatls.chain (%I certificate%s)", n, n == 1 ? "" : "s");
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__len", chain_len},
    {"__tostring", chain_tostring},
    {NULL, NULL},
};

static const LtlsClass chain_class = {
    .name = "luatls.chain",
    .size = sizeof(Chain),
    .free = chain_free,
    .methods = methods,
    .metamethods = metamethods,
    .index = chain_index,
};

void ltls_chain_register(lua_State *L) {
  ltls_class_register(L, &chain_class);
}

mbedtls_x509_crt *ltls_chain_check(lua_State *L, int arg) {
  Chain *chain = ltls_object_check(L, arg, &chain_class);
  return chain->shared != NULL ? &chain->shared->list : &chain->first;
}

const LtlsStore *ltls_chain_store(lua_State *L, int arg) {
  Chain *chain = ltls_object_check(L, arg, &chain_class);
  if (chain->shared != NULL) return &chain->shared->store;
  if (chain->store.count == 0 &&
      !ltls_store_fill(&chain->store, &chain->first, NULL))
    luaL_error(L, "not enough memory");
  return &chain->store;
}

static mbedtls_x509_crt *chain_new(lua_State *L) {
  Chain *chain = ltls_object_new(L, &chain_class);
  mbedtls_x509_crt_init(&chain->first);
  return &chain->first;
}

/* Replace the unfinished chain on top, of the file 'path' or NULL, by an error;
** returns 0. */
static int chain_fail(lua_State *L, int rc, int bad, const char *path) {
  lua_pop(L, 1);
  lua_pushfstring(L, "certificate %d of %s", bad,
                  path != NULL ? path : "the chain");
  ltls_x509_push_error(L, lua_tostring(L, -1), rc);
  lua_remove(L, -2);
  return 0;
}

/* As above, of bytes that hold no certificates at all. */
static int chain_miss(lua_State *L, const char *path, const char *instead) {
  lua_pop(L, 1);
  ltls_failure_push(L, "parse", "cannot read certificates from %s: %s",
                    path != NULL ? path : "the text", instead);
  ltls_failure_detail(L, "field", "certificate");
  return 0;
}

/* Parse into a new chain. Pushes it or an error. */
static int chain_read(lua_State *L, LtlsBytes bytes, const char *path) {
  mbedtls_x509_crt *crt = chain_new(L);
  const char *instead;
  int bad, rc = ltls_x509_parse(crt, bytes.data, bytes.len, &bad);
  if (rc == 0) return 1;
  instead = ltls_content_instead(bytes, LTLS_CONTENT_CERTIFICATE);
  return instead != NULL ? chain_miss(L, path, instead)
                         : chain_fail(L, rc, bad, path);
}

int ltls_chain_push_copy(lua_State *L, const mbedtls_x509_crt *list) {
  mbedtls_x509_crt *copy = chain_new(L);
  int index = 1;
  for (; list != NULL && list->raw.p != NULL; list = list->next, index++) {
    int rc = ltls_x509_parse_der(copy, list->raw.p, list->raw.len);
    if (rc != 0) return chain_fail(L, rc, index, NULL);
  }
  return 1;
}

/* The chain for the value at 'index', which is a string. */
static int chain_source(lua_State *L, int index) {
  LtlsBytes bytes;
  int read;
  if (!ltls_bytes_source(L, index, &bytes)) return 0;
  read = chain_read(L, bytes, ltls_bytes_path(L, index));
  lua_remove(L, -2);
  return read;
}

int ltls_chain_option(lua_State *L, int arg, const char *key) {
  const mbedtls_x509_crt *single;
  int made = 1;
  if (!ltls_options_has(L, arg, key)) return -1;
  if (ltls_object_test(L, -1, &chain_class) != NULL) return 1;
  single = ltls_certificate_test(L, -1);
  if (single != NULL) {
    mbedtls_x509_crt *crt = chain_new(L);
    int rc = ltls_x509_parse_der(crt, single->raw.p, single->raw.len);
    if (rc != 0) made = chain_fail(L, rc, 1, NULL);
  } else if (lua_type(L, -1) == LUA_TSTRING)
    made = chain_source(L, lua_gettop(L));
  else
    ltls_options_bad(L, key, "chain, certificate, PEM text or path expected");
  lua_remove(L, -2);
  if (!made) ltls_failure_option(L, key);
  return made;
}

int ltls_chain_parse(lua_State *L) {
  luaL_checkstring(L, 1);
  return chain_read(L, ltls_bytes_text(L, 1), NULL) ? 1 : ltls_fail_top(L);
}

int ltls_chain_load(lua_State *L) {
  LtlsBytes bytes;
  const char *path = luaL_checkstring(L, 1);
  if (!ltls_bytes_load(L, 1, &bytes)) return ltls_fail_top(L);
  return chain_read(L, bytes, path) ? 1 : ltls_fail_top(L);
}

/* Read the file at index 1 for all states of the process. 1, or 0 with an
** error object on top. */
static int read_roots(lua_State *L, Chain *chain) {
  LtlsBytes bytes;
  int rc;
  if (!ltls_bytes_load(L, 1, &bytes)) return 0;
  chain->shared = ltls_roots_add(lua_tostring(L, 1), bytes, &rc);
  if (chain->shared != NULL) return 1;
  ltls_x509_push_error(L, "any of the certificates", rc);
  return 0;
}

int ltls_chain_share(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  Chain *chain;
  chain_new(L);
  chain = ltls_object_check(L, -1, &chain_class);
  chain->shared = ltls_roots_find(path);
  if (chain->shared == NULL && !read_roots(L, chain)) return ltls_fail_top(L);
  lua_settop(L, 2);
  return 1;
}
