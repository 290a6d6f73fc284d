/*
** Certificates as values: what stands in the fields of RFC 5280, 4.1 and 4.2,
** in words. Nothing here judges a certificate; 'verify' does.
*/

#include "certificate.h"

#include "attribute.h"
#include "bytes.h"
#include "content.h"
#include "failure.h"
#include "key.h"
#include "mbed.h"
#include "name.h"
#include "object.h"
#include "summary.h"
#include "x509.h"

#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <string.h>

enum { PIN_OWNER = 1, PINS = PIN_OWNER };

typedef struct Certificate {
  const mbedtls_x509_crt *crt; /* 'own', or one of the pinned owner */
  mbedtls_x509_crt own;
} Certificate;

static void certificate_free(void *self) {
  mbedtls_x509_crt_free(&((Certificate *)self)->own);
}

/* Return what 'push' makes of a name, or nil and an error. */
static int push_name(lua_State *L, const mbedtls_x509_buf *raw,
                     const char *field,
                     int (*push)(lua_State *L, LtlsSlice name)) {
  LtlsSlice name = {raw->p, raw->len};
  lua_settop(L, 1);
  if (push(L, name)) return 1;
  lua_settop(L, 1);
  ltls_failure_push(L, "parse", "cannot read the %s", field);
  ltls_failure_detail(L, "field", field);
  return ltls_fail_top(L);
}

/* cert:subject() -> string */
static int certificate_subject(lua_State *L) {
  return push_name(L, &ltls_certificate_check(L, 1)->subject_raw, "subject",
                   ltls_attribute_push_text);
}

/* cert:issuer() -> string */
static int certificate_issuer(lua_State *L) {
  return push_name(L, &ltls_certificate_check(L, 1)->issuer_raw, "issuer",
                   ltls_attribute_push_text);
}

/* cert:subject_attributes() -> array */
static int certificate_subject_attributes(lua_State *L) {
  return push_name(L, &ltls_certificate_check(L, 1)->subject_raw, "subject",
                   ltls_attribute_push_list);
}

/* cert:issuer_attributes() -> array */
static int certificate_issuer_attributes(lua_State *L) {
  return push_name(L, &ltls_certificate_check(L, 1)->issuer_raw, "issuer",
                   ltls_attribute_push_list);
}

/* cert:version() -> integer */
static int certificate_version(lua_State *L) {
  lua_pushinteger(L, ltls_certificate_check(L, 1)->version);
  return 1;
}

/* cert:serial() -> string, hex */
static int certificate_serial(lua_State *L) {
  const mbedtls_x509_buf *serial = &ltls_certificate_check(L, 1)->serial;
  ltls_bytes_push_hex(L, serial->p, serial->len);
  return 1;
}

/* Days from 1970-01-01, in the Gregorian calendar: counts years from March, so
** that the day of the leap year is the last one. */
static lua_Integer days_since_epoch(int year, int month, int day) {
  int y = month > 2 ? year : year - 1;
  int m = month > 2 ? month - 3 : month + 9;
  int era = y / 400, of_era = y % 400;
  int of_year = (153 * m + 2) / 5 + day - 1;
  int days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return (lua_Integer)era * 146097 + days - 719468;
}

lua_Integer ltls_certificate_time(const mbedtls_x509_time *time) {
  lua_Integer days = days_since_epoch(time->year, time->mon, time->day);
  return ((days * 24 + time->hour) * 60 + time->min) * 60 + time->sec;
}

/* cert:not_before() -> integer */
static int certificate_not_before(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  lua_pushinteger(L, ltls_certificate_time(&crt->valid_from));
  return 1;
}

/* cert:not_after() -> integer */
static int certificate_not_after(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  lua_pushinteger(L, ltls_certificate_time(&crt->valid_to));
  return 1;
}

/* cert:is_ca() -> boolean */
static int certificate_is_ca(lua_State *L) {
  lua_pushboolean(L, ltls_certificate_check(L, 1)->ca_istrue);
  return 1;
}

/* cert:fingerprint([hash]) -> string, hex */
static int certificate_fingerprint(lua_State *L) {
  static const char *const words[] = {"sha1", "sha256", "sha384", "sha512",
                                      NULL};
  static const mbedtls_md_type_t types[] = {
      MBEDTLS_MD_SHA1, MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512};
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  int which = luaL_checkoption(L, 2, "sha256", words);
  const mbedtls_md_info_t *info = mbedtls_md_info_from_type(types[which]);
  unsigned char digest[MBEDTLS_MD_MAX_SIZE];
  int rc = mbedtls_md(info, crt->raw.p, crt->raw.len, digest);
  if (rc != 0) return ltls_fail(L, "internal", "cannot hash", rc);
  ltls_bytes_push_hex(L, digest, mbedtls_md_get_size(info));
  return 1;
}

/* cert:public_key() -> key */
static int certificate_public_key(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  return ltls_key_push_public(L, &crt->pk) ? 1 : ltls_fail_top(L);
}

/* cert:signature_algorithm() -> string; RFC 5758 and RFC 8017 spell it */
static int certificate_signature_algorithm(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  const mbedtls_md_info_t *info = mbedtls_md_info_from_type(crt->sig_md);
  int bits = info != NULL ? mbedtls_md_get_size(info) * 8 : 0;
  if (crt->sig_md == MBEDTLS_MD_SHA1) bits = 1;
  if (crt->sig_pk == MBEDTLS_PK_ECDSA && bits > 0)
    lua_pushfstring(L, "ecdsa-with-SHA%d", bits);
  else if (crt->sig_pk == MBEDTLS_PK_RSA && bits > 0)
    lua_pushfstring(L, "sha%dWithRSAEncryption", bits);
  else if (crt->sig_pk == MBEDTLS_PK_RSASSA_PSS)
    lua_pushliteral(L, "id-RSASSA-PSS");
  else
    ltls_name_push_oid(L, &crt->sig_oid);
  return 1;
}

void ltls_certificate_push_pem(lua_State *L, const char *label,
                               const mbedtls_x509_buf *der) {
  char header[64], footer[64];
  luaL_Buffer text;
  size_t size = der->len / 3 * 4 + der->len / 32 + 256, len = 0;
  unsigned char *out;
  (void)snprintf(header, sizeof(header), "-----BEGIN %s-----\n", label);
  (void)snprintf(footer, sizeof(footer), "-----END %s-----\n", label);
  out = (unsigned char *)luaL_buffinitsize(L, &text, size);
  if (mbedtls_pem_write_buffer(header, footer, der->p, der->len, out, size,
                               &len) != 0)
    luaL_error(L, "cannot write PEM");
  luaL_pushresultsize(&text, len - 1); /* without the final zero */
}

/* cert:pem() -> string */
static int certificate_pem(lua_State *L) {
  ltls_certificate_push_pem(L, "CERTIFICATE",
                            &ltls_certificate_check(L, 1)->raw);
  return 1;
}

/* cert:der() -> string */
static int certificate_der(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  lua_pushlstring(L, (const char *)crt->raw.p, crt->raw.len);
  return 1;
}

static const luaL_Reg methods[] = {
    {"subject", certificate_subject},
    {"issuer", certificate_issuer},
    {"subject_attributes", certificate_subject_attributes},
    {"issuer_attributes", certificate_issuer_attributes},
    {"version", certificate_version},
    {"serial", certificate_serial},
    {"not_before", certificate_not_before},
    {"not_after", certificate_not_after},
    {"is_ca", certificate_is_ca},
    {"fingerprint", certificate_fingerprint},
    {"public_key", certificate_public_key},
    {"signature_algorithm", certificate_signature_algorithm},
    {"pem", certificate_pem},
    {"der", certificate_der},
    {NULL, NULL},
};

/* tostring(cert): "luatls.certificate (CN=www.example.org)", and more lines */
static int certificate_tostring(lua_State *L) {
  ltls_summary_push(L, ltls_certificate_check(L, 1));
  return 1;
}

/* a == b: the same certificate, byte for byte */
static int certificate_equals(lua_State *L) {
  const mbedtls_x509_crt *a = ltls_certificate_test(L, 1);
  const mbedtls_x509_crt *b = ltls_certificate_test(L, 2);
  lua_pushboolean(L, a != NULL && b != NULL && a->raw.len == b->raw.len &&
                         memcmp(a->raw.p, b->raw.p, a->raw.len) == 0);
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__tostring", certificate_tostring},
    {"__eq", certificate_equals},
    {NULL, NULL},
};

static const LtlsClass certificate_class = {
    .name = "luatls.certificate",
    .size = sizeof(Certificate),
    .pins = PINS,
    .free = certificate_free,
    .methods = methods,
    .metamethods = metamethods,
};

void ltls_certificate_register(lua_State *L) {
  ltls_class_register(L, &certificate_class);
}

const mbedtls_x509_crt *ltls_certificate_check(lua_State *L, int arg) {
  const Certificate *cert = ltls_object_check(L, arg, &certificate_class);
  return cert->crt;
}

const mbedtls_x509_crt *ltls_certificate_test(lua_State *L, int index) {
  const Certificate *cert = ltls_object_test(L, index, &certificate_class);
  return cert != NULL ? cert->crt : NULL;
}

static Certificate *certificate_new(lua_State *L) {
  Certificate *cert = ltls_object_new(L, &certificate_class);
  mbedtls_x509_crt_init(&cert->own);
  cert->crt = &cert->own;
  return cert;
}

void ltls_certificate_push(lua_State *L, int owner,
                           const mbedtls_x509_crt *crt) {
  Certificate *cert;
  owner = lua_absindex(L, owner);
  cert = certificate_new(L);
  cert->crt = crt;
  ltls_object_pin(L, -1, PIN_OWNER, owner);
}

/* Parse into a new certificate: exactly one. Pushes it or an error. */
static int certificate_read(lua_State *L, LtlsBytes bytes) {
  Certificate *cert = certificate_new(L);
  const char *instead;
  int bad, rc = ltls_x509_parse(&cert->own, bytes.data, bytes.len, &bad);
  if (rc == 0 && cert->own.next == NULL) return 1;
  lua_pop(L, 1);
  if (rc == 0) {
    ltls_failure_push(L, "parse", "there must be exactly one certificate");
    ltls_failure_detail(L, "hint", "tls.chain reads several");
    return 0;
  }
  ltls_x509_push_error(L, "the certificate", rc);
  instead = ltls_content_instead(bytes, LTLS_CONTENT_CERTIFICATE);
  if (instead != NULL) {
    lua_pushfstring(L, "cannot read a certificate: %s", instead);
    lua_setfield(L, -2, "message");
  }
  return 0;
}

int ltls_certificate_push_der(lua_State *L, const unsigned char *der,
                              size_t len) {
  LtlsBytes bytes = {der, len};
  return certificate_read(L, bytes);
}

int ltls_certificate_parse(lua_State *L) {
  luaL_checkstring(L, 1);
  return certificate_read(L, ltls_bytes_text(L, 1)) ? 1 : ltls_fail_top(L);
}

int ltls_certificate_load(lua_State *L) {
  LtlsBytes bytes;
  luaL_checkstring(L, 1);
  if (!ltls_bytes_load(L, 1, &bytes)) return ltls_fail_top(L);
  return certificate_read(L, bytes) ? 1 : ltls_fail_top(L);
}
