/*
** Keys. A key never changes after it was made, and its memory is wiped when it
** dies (mbedTLS does that in its free functions).
*/

#include "key.h"

#include "bytes.h"
#include "content.h"
#include "failure.h"
#include "object.h"
#include "options.h"
#include "random.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <string.h>

#define MAX_KEY_PEM 16384 /* an RSA key of 8192 bits has 6.4 KB */

static void key_free(void *self) {
  mbedtls_pk_free(&((LtlsKey *)self)->pk);
}

/* key:type() -> "rsa" | "ec" */
static int key_type(lua_State *L) {
  const LtlsKey *key = ltls_key_check(L, 1);
  int rsa = mbedtls_pk_get_type(&key->pk) == MBEDTLS_PK_RSA;
  lua_pushstring(L, rsa ? "rsa" : "ec");
  return 1;
}

/* key:bits() -> integer */
static int key_bits(lua_State *L) {
  const LtlsKey *key = ltls_key_check(L, 1);
  lua_pushinteger(L, (lua_Integer)mbedtls_pk_get_bitlen(&key->pk));
  return 1;
}

/* key:curve() -> string | nil */
static int key_curve(lua_State *L) {
  const LtlsKey *key = ltls_key_check(L, 1);
  const mbedtls_ecp_curve_info *info = NULL;
  if (mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_ECKEY))
    info = mbedtls_ecp_curve_info_from_grp_id(
        mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(key->pk)));
  lua_pushstring(L, info != NULL ? info->name : NULL);
  return 1;
}

/* key:is_private() -> boolean */
static int key_is_private(lua_State *L) {
  lua_pushboolean(L, ltls_key_check(L, 1)->is_private);
  return 1;
}

/* key:is_external() -> boolean */
static int key_is_external(lua_State *L) {
  lua_pushboolean(L, ltls_key_check(L, 1)->is_external);
  return 1;
}

/* key:public() -> key */
static int key_public(lua_State *L) {
  const LtlsKey *key = ltls_key_check(L, 1);
  return ltls_key_push_public(L, &key->pk) ? 1 : ltls_fail_top(L);
}

/* key:pem() -> string */
static int key_pem(lua_State *L) {
  const LtlsKey *key = ltls_key_check(L, 1);
  unsigned char *text = lua_newuserdatauv(L, MAX_KEY_PEM, 0);
  int rc = key->is_private
               ? mbedtls_pk_write_key_pem(&key->pk, text, MAX_KEY_PEM)
               : mbedtls_pk_write_pubkey_pem(&key->pk, text, MAX_KEY_PEM);
  if (rc == 0) lua_pushstring(L, (const char *)text);
  mbedtls_platform_zeroize(text, MAX_KEY_PEM);
  return rc == 0 ? 1 : ltls_fail(L, "internal", "cannot write the key", rc);
}

static const luaL_Reg methods[] = {
    {"type", key_type},
    {"bits", key_bits},
    {"curve", key_curve},
    {"is_private", key_is_private},
    {"is_external", key_is_external},
    {"public", key_public},
    {"pem", key_pem},
    {NULL, NULL},
};

/* tostring(key): "luatls.key (rsa 2048, private)" */
static int key_tostring(lua_State *L) {
  const LtlsKey *key = ltls_key_check(L, 1);
  const char *half = key->is_private ? "private" : "public";
  lua_pushfstring(L, "luatls.key (%s %d, %s)",
                  mbedtls_pk_get_type(&key->pk) == MBEDTLS_PK_RSA ? "rsa"
                                                                  : "ec",
                  (int)mbedtls_pk_get_bitlen(&key->pk),
                  key->is_external ? "external" : half);
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__tostring", key_tostring},
    {NULL, NULL},
};

static const LtlsClass key_class = {
    .name = "luatls.key",
    .size = sizeof(LtlsKey),
    .pins = LTLS_KEY_PINS,
    .free = key_free,
    .methods = methods,
    .metamethods = metamethods,
};

void ltls_key_register(lua_State *L) {
  ltls_class_register(L, &key_class);
}

LtlsKey *ltls_key_check(lua_State *L, int arg) {
  return ltls_object_check(L, arg, &key_class);
}

LtlsKey *ltls_key_test(lua_State *L, int index) {
  return ltls_object_test(L, index, &key_class);
}

LtlsKey *ltls_key_option(lua_State *L, int arg, const char *key) {
  LtlsKey *found;
  if (!ltls_options_has(L, arg, key)) return NULL;
  found = ltls_object_test(L, -1, &key_class);
  if (found == NULL) ltls_options_bad(L, key, "luatls.key expected");
  return found;
}

static LtlsKey *key_new(lua_State *L) {
  LtlsKey *key = ltls_object_new(L, &key_class);
  mbedtls_pk_init(&key->pk);
  return key;
}

/* Drop the unfinished key on top, push an error, return 0. */
static int key_fail(lua_State *L, const char *kind, const char *text, int rc) {
  lua_pop(L, 1);
  ltls_fail(L, kind, text, rc);
  lua_remove(L, -2);
  return 0;
}

/* As above, for a password that is missing or wrong. */
static int password_fail(lua_State *L, const char *text, int rc) {
  int is_missing = rc == MBEDTLS_ERR_PK_PASSWORD_REQUIRED;
  lua_pop(L, 1);
  ltls_failure_push(L, "parse", "%s: %s", text,
                    is_missing ? "it is encrypted" : "the password is wrong");
  ltls_failure_code(L, rc);
  ltls_failure_detail(L, "reason", "password");
  if (is_missing) ltls_failure_detail(L, "hint", "give its password");
  return 0;
}

/* SubjectPublicKeyInfo of 16384 bits. */
#define MAX_PUBLIC_DER 2100

int ltls_key_is_same(const mbedtls_pk_context *a, const mbedtls_pk_context *b) {
  unsigned char first[MAX_PUBLIC_DER], second[MAX_PUBLIC_DER];
  int len = mbedtls_pk_write_pubkey_der(a, first, sizeof(first));
  /* mbedTLS writes DER at the end of the buffer. */
  return len > 0 &&
         mbedtls_pk_write_pubkey_der(b, second, sizeof(second)) == len &&
         memcmp(first + sizeof(first) - len, second + sizeof(second) - len,
                (size_t)len) == 0;
}

int ltls_key_push_public(lua_State *L, const mbedtls_pk_context *pk) {
  unsigned char der[MAX_PUBLIC_DER];
  LtlsKey *key = key_new(L);
  int len = mbedtls_pk_write_pubkey_der(pk, der, sizeof(der));
  int rc = len;
  if (len > 0) /* mbedTLS writes DER at the end of the buffer */
    rc = mbedtls_pk_parse_public_key(&key->pk, der + sizeof(der) - len,
                                     (size_t)len);
  return rc == 0 ? 1 : key_fail(L, "internal", "cannot copy the key", rc);
}

/* Replace the unfinished key on top by an error: 'bytes', which come from the
** file 'path' or NULL, cannot be read. Returns 0. */
static int read_fail(lua_State *L, LtlsBytes bytes, const char *path, int rc) {
  const char *instead = ltls_content_instead(bytes, LTLS_CONTENT_KEY), *text;
  text = lua_pushfstring(L, "cannot read the key%s%s", path != NULL ? " " : "",
                         path != NULL ? path : "");
  lua_insert(L, -2);
  if (rc == MBEDTLS_ERR_PK_PASSWORD_REQUIRED ||
      rc == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
    password_fail(L, text, rc);
  else if (instead == NULL)
    key_fail(L, "parse", text, rc);
  else {
    lua_pop(L, 1);
    ltls_failure_push(L, "parse", "%s: %s", text, instead);
  }
  lua_remove(L, -2);
  return 0;
}

/* Parse 'bytes' into a new key: private first, since that is the common case
** and its error the one to report. Pushes the key or an error. */
static int key_read(lua_State *L, LtlsBytes bytes, const char *path,
                    int password) {
  size_t len;
  const char *word = lua_tolstring(L, password, &len);
  LtlsKey *key = key_new(L);
  int rc = mbedtls_pk_parse_key(&key->pk, bytes.data, bytes.len,
                                (const unsigned char *)word,
                                word != NULL ? len : 0, ltls_random_fill, NULL);
  key->is_private = rc == 0;
  if (rc == 0) return 1;
  if (rc == MBEDTLS_ERR_PK_PASSWORD_REQUIRED ||
      rc == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
    return read_fail(L, bytes, path, rc);
  mbedtls_pk_free(&key->pk);
  mbedtls_pk_init(&key->pk);
  if (mbedtls_pk_parse_public_key(&key->pk, bytes.data, bytes.len) == 0)
    return 1;
  return read_fail(L, bytes, path, rc);
}

int ltls_key_source(lua_State *L, int index, int password) {
  LtlsBytes bytes;
  int read;
  if (ltls_object_test(L, index, &key_class) != NULL) {
    lua_pushvalue(L, index);
    return 1;
  }
  if (!ltls_bytes_source(L, index, &bytes)) return 0;
  read = key_read(L, bytes, ltls_bytes_path(L, index), password);
  lua_remove(L, -2);
  return read;
}

int ltls_key_parse(lua_State *L) {
  luaL_checkstring(L, 1);
  luaL_optstring(L, 2, NULL);
  lua_settop(L, 2);
  return key_read(L, ltls_bytes_text(L, 1), NULL, 2) ? 1 : ltls_fail_top(L);
}

int ltls_key_load(lua_State *L) {
  LtlsBytes bytes;
  const char *path = luaL_checkstring(L, 1);
  luaL_optstring(L, 2, NULL);
  lua_settop(L, 2);
  if (!ltls_bytes_load(L, 1, &bytes)) return ltls_fail_top(L);
  return key_read(L, bytes, path, 2) ? 1 : ltls_fail_top(L);
}

static int generate_rsa(mbedtls_pk_context *pk, lua_Integer bits) {
  int rc = mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
  if (rc != 0) return rc;
  return mbedtls_rsa_gen_key(mbedtls_pk_rsa(*pk), ltls_random_fill, NULL,
                             (unsigned)bits, 65537);
}

static int generate_ec(mbedtls_pk_context *pk, mbedtls_ecp_group_id curve) {
  int rc = mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
  if (rc != 0) return rc;
  return mbedtls_ecp_gen_key(curve, mbedtls_pk_ec(*pk), ltls_random_fill, NULL);
}

int ltls_key_generate(lua_State *L) {
  static const char *const known[] = {"type", "curve", "bits", NULL};
  static const char *const types[] = {"ec", "rsa", NULL};
  static const char *const curves[] = {"secp256r1", "secp384r1", "secp521r1",
                                       NULL};
  static const mbedtls_ecp_group_id curve_ids[] = {MBEDTLS_ECP_DP_SECP256R1,
                                                   MBEDTLS_ECP_DP_SECP384R1,
                                                   MBEDTLS_ECP_DP_SECP521R1};
  LtlsRange size = {2048, 8192, 2048};
  LtlsKey *key;
  int rsa, curve, rc;
  lua_Integer bits;
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_newtable(L);
    lua_replace(L, 1);
  }
  ltls_options_check(L, 1, known);
  rsa = ltls_options_word(L, 1, "type", types, 0);
  curve = ltls_options_word(L, 1, "curve", curves, 0);
  bits = ltls_options_integer(L, 1, "bits", size);
  key = key_new(L);
  rc = rsa ? generate_rsa(&key->pk, bits)
           : generate_ec(&key->pk, curve_ids[curve]);
  key->is_private = 1;
  if (rc == 0) return 1;
  key_fail(L, "internal", "cannot make a key", rc);
  return ltls_fail_top(L);
}
