/*
** Signatures by external keys. mbedTLS' callbacks only note what is to be
** signed, and wait; the function runs outside. What it gives is checked with the
** public half: a signature that was computed wrongly can tell the private key
** (Boneh, DeMillo, Lipton 1997), so a wrong one is never sent.
*/

#include "signing.h"

#include "algorithm.h"
#include "engine.h"
#include "failure.h"
#include "names.h"
#include "question.h"

#include <lauxlib.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <string.h>

enum { INTERNAL_ERROR = 80 };

static const struct Hash {
  mbedtls_md_type_t type;
  unsigned number;  /* HashAlgorithm */
  const char *name; /* what Lua calls it */
} hashes[] = {
    {MBEDTLS_MD_SHA256, LTLS_SHA256, "sha256"},
    {MBEDTLS_MD_SHA384, LTLS_SHA384, "sha384"},
    {MBEDTLS_MD_SHA512, LTLS_SHA512, "sha512"},
};

/* NULL: none of these. */
static const struct Hash *find_hash(mbedtls_md_type_t type) {
  size_t i;
  for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
    if (hashes[i].type == type) return &hashes[i];
  return NULL;
}

static int is_rsa(const LtlsKey *key) {
  return mbedtls_pk_get_type(&key->pk) == MBEDTLS_PK_RSA;
}

static int is_tls13(const LtlsEngine *engine) {
  return mbedtls_ssl_get_version_number(&engine->ssl) ==
         MBEDTLS_SSL_VERSION_TLS1_3;
}

static const LtlsKey *key_of(const LtlsEngine *engine,
                             const mbedtls_x509_crt *leaf) {
  if (engine->shown.chain == leaf) return engine->shown.key;
  return ltls_credentials_key(&engine->context->credentials, leaf);
}

/* Push sign(request). */
static int ask(lua_State *L, LtlsEngine *engine) {
  const LtlsSigning *signing = &engine->signing;
  lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_SHOWN);
  if (engine->shown.chain == NULL || lua_isnil(L, -1)) {
    lua_getiuservalue(L, LTLS_SELF, LTLS_PIN_CONTEXT);
    lua_getiuservalue(L, -1, LTLS_PIN_CREDENTIALS);
  }
  ltls_credentials_push_key(L, lua_gettop(L), signing->key);
  lua_getiuservalue(L, -1, LTLS_KEY_SIGN);
  lua_createtable(L, 0, 8); /* stack: ..., key, function, request */
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "key");
  lua_pushstring(
      L, ltls_algorithm_name(&ltls_algorithm_signatures, (int)signing->scheme));
  lua_setfield(L, -2, "algorithm");
  lua_pushstring(L, signing->hash_name);
  lua_setfield(L, -2, "hash");
  lua_pushlstring(L, (const char *)signing->digest, signing->digest_len);
  lua_setfield(L, -2, "digest");
  if (is_rsa(signing->key)) {
    lua_pushstring(L, signing->is_pss ? "pss" : "pkcs1");
    lua_setfield(L, -2, "padding");
  }
  lua_pushstring(L, engine->context->is_client ? "client" : "server");
  lua_setfield(L, -2, "role");
  lua_pushstring(
      L, ltls_names_version((int)mbedtls_ssl_get_version_number(&engine->ssl)));
  lua_setfield(L, -2, "version");
  return 1;
}

/* RFC 8446, 4.2.3: the salt of RSA-PSS is as long as the digest. */
static int is_right(const LtlsSigning *signing, const char *signature,
                    size_t len) {
  mbedtls_pk_rsassa_pss_options pss = {signing->hash, 0};
  mbedtls_pk_type_t type =
      is_rsa(signing->key) ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECDSA;
  pss.expected_salt_len = (int)signing->digest_len;
  if (signing->is_pss) type = MBEDTLS_PK_RSASSA_PSS;
  return mbedtls_pk_verify_ext(type, signing->is_pss ? &pss : NULL,
                               (mbedtls_pk_context *)&signing->key->pk,
                               signing->hash, signing->digest,
                               signing->digest_len,
                               (const unsigned char *)signature, len) == 0;
}

static const char *hint_of(const LtlsSigning *signing) {
  if (signing->is_pss)
    return "it must be RSA-PSS over the digest, with MGF1 of the same hash and "
           "a salt as long as the digest";
  if (is_rsa(signing->key))
    return "it must be RSA by PKCS #1 v1.5 over the digest, with its "
           "DigestInfo";
  return "it must be ECDSA over the digest, a DER SEQUENCE of two INTEGERs";
}

/* The function's results are on top: no signature, and perhaps why. */
static int push_nothing(lua_State *L) {
  const char *why =
      lua_isnil(L, -1) ? luaL_typename(L, -2) : ltls_failure_text(L, -1);
  ltls_failure_push(L, "internal", "the external key gave no signature: %s",
                    why);
  return INTERNAL_ERROR;
}

static int answer(lua_State *L, LtlsEngine *engine) {
  LtlsSigning *signing = &engine->signing;
  const char *signature;
  size_t len;
  if (lua_type(L, -2) != LUA_TSTRING) return push_nothing(L);
  signature = lua_tolstring(L, -2, &len);
  if (len == 0 || !is_right(signing, signature, len)) {
    ltls_failure_push(
        L, "internal",
        "the external key gave a wrong signature: it is not one "
        "by %s",
        ltls_algorithm_name(&ltls_algorithm_signatures, (int)signing->scheme));
    ltls_failure_detail(L, "hint", hint_of(signing));
    return INTERNAL_ERROR;
  }
  if (!ltls_buffer_append(&signing->signature, signature, len))
    return luaL_error(L, "not enough memory");
  return 0;
}

static const LtlsQuestion question = {"sign", ask, answer};

static int wait_for_answer(LtlsEngine *engine) {
  engine->question = &question;
  return LTLS_WANT_ANSWER;
}

/* f_async_sign_start */
static int start(mbedtls_ssl_context *ssl, mbedtls_x509_crt *leaf,
                 mbedtls_md_type_t hash, const unsigned char *digest,
                 size_t len) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  LtlsSigning *signing = &engine->signing;
  const LtlsKey *key = key_of(engine, leaf);
  const struct Hash *known = find_hash(hash);
  engine->own = leaf;
  if (key == NULL || !key->is_external)
    return MBEDTLS_ERR_SSL_HW_ACCEL_FALLTHROUGH;
  if (known == NULL || len > sizeof(signing->digest))
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  signing->key = key;
  signing->hash = hash;
  signing->hash_name = known->name;
  signing->scheme =
      ltls_algorithm_scheme(is_rsa(key), is_tls13(engine), known->number);
  signing->is_pss = is_rsa(key) && is_tls13(engine);
  memcpy(signing->digest, digest, len);
  signing->digest_len = len;
  return wait_for_answer(engine);
}

/* f_async_decrypt_start: nobody outside decrypts. */
static int note(mbedtls_ssl_context *ssl, mbedtls_x509_crt *leaf,
                const unsigned char *unused, size_t len) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  (void)unused, (void)len;
  engine->own = leaf;
  return MBEDTLS_ERR_SSL_HW_ACCEL_FALLTHROUGH;
}

/* f_async_resume */
static int resume(mbedtls_ssl_context *ssl, unsigned char *out, size_t *len,
                  size_t room) {
  LtlsEngine *engine = mbedtls_ssl_get_user_data_p(ssl);
  LtlsBuffer *signature = &engine->signing.signature;
  *len = ltls_buffer_length(signature);
  if (*len == 0) return wait_for_answer(engine);
  if (*len > room) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  memcpy(out, signature->data + signature->start, *len);
  ltls_buffer_free(signature);
  return 0;
}

void ltls_signing_attach(LtlsContext *context) {
#if defined(MBEDTLS_SSL_ASYNC_PRIVATE)
  mbedtls_ssl_conf_async_private_cb(&context->conf, start, note, resume, NULL,
                                    NULL);
#else
  (void)context, (void)start, (void)note, (void)resume;
#endif
}
