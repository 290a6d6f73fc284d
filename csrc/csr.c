/*
** Certificate signing requests: what a key's owner sends to an authority.
*/

#include "csr.h"

#include "bytes.h"
#include "certificate.h"
#include "content.h"
#include "failure.h"
#include "key.h"
#include "mbed.h"
#include "name.h"
#include "object.h"
#include "options.h"
#include "random.h"

#include <mbedtls/md.h>

#define MAX_DER 65536 /* thousands of names */

static void csr_free(void *self) {
  mbedtls_x509_csr_free(self);
}

static mbedtls_x509_csr *csr_check(lua_State *L);

/* csr:subject() -> string */
static int csr_subject(lua_State *L) {
  ltls_name_push(L, &csr_check(L)->subject);
  return 1;
}

/* csr:names() -> table of lists */
static int csr_names(lua_State *L) {
  ltls_name_push_list(L, &csr_check(L)->subject_alt_names);
  return 1;
}

/* csr:public_key() -> key */
static int csr_public_key(lua_State *L) {
  return ltls_key_push_public(L, &csr_check(L)->pk) ? 1 : ltls_fail_top(L);
}

/* csr:pem() -> string */
static int csr_pem(lua_State *L) {
  ltls_certificate_push_pem(L, "CERTIFICATE REQUEST", &csr_check(L)->raw);
  return 1;
}

/* csr:der() -> string */
static int csr_der(lua_State *L) {
  const mbedtls_x509_buf *raw = &csr_check(L)->raw;
  lua_pushlstring(L, (const char *)raw->p, raw->len);
  return 1;
}

static const luaL_Reg methods[] = {
    {"subject", csr_subject},       {"names", csr_names}, {"pem", csr_pem},
    {"public_key", csr_public_key}, {"der", csr_der},     {NULL, NULL},
};

/* tostring(csr): "luatls.csr (CN=www.example.org)" */
static int csr_tostring(lua_State *L) {
  ltls_name_push(L, &csr_check(L)->subject);
  lua_pushfstring(L, "luatls.csr (%s)", lua_tostring(L, -1));
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__tostring", csr_tostring},
    {NULL, NULL},
};

static const LtlsClass csr_class = {
    .name = "luatls.csr",
    .size = sizeof(mbedtls_x509_csr),
    .free = csr_free,
    .methods = methods,
    .metamethods = metamethods,
};

static mbedtls_x509_csr *csr_check(lua_State *L) {
  return ltls_object_check(L, 1, &csr_class);
}

mbedtls_x509_csr *ltls_csr_option(lua_State *L, int arg, const char *key) {
  mbedtls_x509_csr *csr;
  if (!ltls_options_has(L, arg, key)) return NULL;
  csr = ltls_object_test(L, -1, &csr_class);
  if (csr == NULL) ltls_options_bad(L, key, "luatls.csr expected");
  return csr;
}

int ltls_csr_check_signature(mbedtls_x509_csr *csr) {
  const mbedtls_md_info_t *info = mbedtls_md_info_from_type(csr->sig_md);
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  int rc;
  if (info == NULL) return MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG;
  rc = mbedtls_md(info, csr->cri.p, csr->cri.len, hash);
  if (rc != 0) return rc;
  return mbedtls_pk_verify_ext(csr->sig_pk, csr->sig_opts, &csr->pk,
                               csr->sig_md, hash, mbedtls_md_get_size(info),
                               csr->sig.p, csr->sig.len);
}

/* Parse into a new request. Pushes it or an error. */
static int csr_read(lua_State *L, LtlsBytes bytes) {
  mbedtls_x509_csr *csr = ltls_object_new(L, &csr_class);
  const char *instead;
  int rc;
  mbedtls_x509_csr_init(csr);
  rc = mbedtls_x509_csr_parse(csr, bytes.data, bytes.len);
  if (rc == 0) return 1;
  lua_pop(L, 1);
  instead = ltls_content_instead(bytes, LTLS_CONTENT_REQUEST);
  if (instead != NULL)
    ltls_failure_push(L, "parse", "cannot read a signing request: %s", instead);
  else {
    ltls_fail(L, "parse", "cannot read the signing request", rc);
    lua_remove(L, -2);
  }
  return 0;
}

int ltls_csr_parse(lua_State *L) {
  luaL_checkstring(L, 1);
  return csr_read(L, ltls_bytes_text(L, 1)) ? 1 : ltls_fail_top(L);
}

int ltls_csr_load(lua_State *L) {
  LtlsBytes bytes;
  luaL_checkstring(L, 1);
  if (!ltls_bytes_load(L, 1, &bytes)) return ltls_fail_top(L);
  return csr_read(L, bytes) ? 1 : ltls_fail_top(L);
}

/* What a request is written from. */
typedef struct Draft {
  LtlsKey *key;
  const char *subject;
  const mbedtls_x509_san_list *names; /* or NULL */
} Draft;

/* The DER of the request, at the end of 'out'; its length or an error. */
static int csr_write(const Draft *draft, unsigned char *out) {
  mbedtls_x509write_csr request;
  int rc;
  mbedtls_x509write_csr_init(&request);
  mbedtls_x509write_csr_set_md_alg(&request, MBEDTLS_MD_SHA256);
  mbedtls_x509write_csr_set_key(&request, &draft->key->pk);
  rc = ltls_name_parse(draft->subject, &request.subject);
  if (rc == 0 && draft->names != NULL)
    rc = mbedtls_x509write_csr_set_subject_alternative_name(&request,
                                                            draft->names);
  if (rc == 0)
    rc = mbedtls_x509write_csr_der(&request, out, MAX_DER, ltls_random_fill,
                                   NULL);
  mbedtls_x509write_csr_free(&request);
  return rc;
}

/* key:csr{subject=, names=} -> csr | nil, err */
static int key_csr(lua_State *L) {
  static const char *const known[] = {"subject", "names", NULL};
  Draft draft = {ltls_key_check(L, 1), NULL, NULL};
  LtlsBytes der;
  unsigned char *out;
  int rc;
  ltls_options_check(L, 2, known);
  if (!ltls_options_string(L, 2, "subject"))
    return ltls_options_bad(L, "subject", "it must be given");
  draft.subject = lua_tostring(L, -1);
  draft.names = ltls_name_option(L, 2, "names");
  luaL_argcheck(L, draft.key->is_private, 1, "private key expected");
  out = lua_newuserdatauv(L, MAX_DER, 0);
  rc = csr_write(&draft, out);
  if (rc < 0) return ltls_name_fail(L, "cannot write the request", rc);
  der.data = out + MAX_DER - rc;
  der.len = (size_t)rc;
  return csr_read(L, der) ? 1 : ltls_fail_top(L);
}

void ltls_csr_register(lua_State *L) {
  static const luaL_Reg method = {"csr", key_csr};
  ltls_class_register(L, &csr_class);
  ltls_class_extend(L, "luatls.key", &method);
}
