/*
** Parsing of certificates. mbedTLS' own reader of PEM lists has no place for
** the callback that keeps unknown extensions, so the list is walked here.
*/

#include "x509.h"

#include "der.h"
#include "failure.h"

#include <mbedtls/pem.h>
#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END   "-----END CERTIFICATE-----"

/* Any extension may stand in a certificate; the verifier judges them. */
static int accept_extension(void *unused, mbedtls_x509_crt const *crt,
                            mbedtls_x509_buf const *oid, int critical,
                            const unsigned char *p, const unsigned char *end) {
  (void)unused, (void)crt, (void)oid, (void)critical, (void)p, (void)end;
  return 0;
}

/* mbedTLS overlooks what stands behind a certificate. */
static int has_rest(const unsigned char *data, size_t len) {
  LtlsSlice whole = {(unsigned char *)data, len}, content;
  return ltls_der_take(&whole, LTLS_SEQUENCE, &content) && whole.len > 0;
}

int ltls_x509_parse_der(mbedtls_x509_crt *list, const unsigned char *data,
                        size_t len) {
  if (has_rest(data, len))
    return MBEDTLS_ERR_X509_INVALID_FORMAT + MBEDTLS_ERR_ASN1_LENGTH_MISMATCH;
  return mbedtls_x509_crt_parse_der_with_ext_cb(list, data, len, 1,
                                                accept_extension, NULL);
}

/* Parse the block at *text and step behind it. */
static int parse_block(mbedtls_x509_crt *list, const unsigned char **text) {
  mbedtls_pem_context pem;
  size_t used = 0;
  int rc;
  mbedtls_pem_init(&pem);
  rc = mbedtls_pem_read_buffer(&pem, BEGIN, END, *text, NULL, 0, &used);
  if (rc == 0) rc = ltls_x509_parse_der(list, pem.buf, pem.buflen);
  mbedtls_pem_free(&pem);
  *text += used > 0 ? used : strlen(BEGIN);
  return rc;
}

/* Every block that can be read; the first one that cannot be. */
static int parse_pem(mbedtls_x509_crt *list, const unsigned char *text,
                     int *bad) {
  int index = 0, first_error = 0;
  while ((text = (const unsigned char *)strstr((const char *)text, BEGIN))) {
    int rc = parse_block(list, &text);
    index++;
    if (rc != 0 && first_error == 0) {
      first_error = rc;
      *bad = index;
    }
    if (rc == MBEDTLS_ERR_X509_ALLOC_FAILED) return rc;
  }
  return first_error;
}

int ltls_x509_parse(mbedtls_x509_crt *list, const unsigned char *data,
                    size_t len, int *bad) {
  int is_text = len > 0 && data[len - 1] == '\0' &&
                strstr((const char *)data, BEGIN) != NULL;
  *bad = 1;
  return is_text ? parse_pem(list, data, bad)
                 : ltls_x509_parse_der(list, data, len);
}

/* The field of RFC 5280, 4.1 that mbedTLS' parser stumbled over; the whole
** certificate where it did not get as far as to one. */
static const char *field_of(int rc) {
  static const struct {
    int code;
    const char *field;
  } fields[] = {
      {MBEDTLS_ERR_X509_INVALID_VERSION, "version"},
      {MBEDTLS_ERR_X509_UNKNOWN_VERSION, "version"},
      {MBEDTLS_ERR_X509_INVALID_SERIAL, "serialNumber"},
      {MBEDTLS_ERR_X509_INVALID_ALG, "signature"},
      {MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG, "signature"},
      {MBEDTLS_ERR_X509_SIG_MISMATCH, "signatureAlgorithm"},
      {MBEDTLS_ERR_X509_INVALID_NAME, "name"},
      {MBEDTLS_ERR_X509_INVALID_DATE, "validity"},
      {MBEDTLS_ERR_X509_INVALID_SIGNATURE, "signatureValue"},
      {MBEDTLS_ERR_X509_INVALID_EXTENSIONS, "extensions"},
      {MBEDTLS_ERR_PK_INVALID_PUBKEY, "subjectPublicKeyInfo"},
      {MBEDTLS_ERR_PK_INVALID_ALG, "subjectPublicKeyInfo"},
      {MBEDTLS_ERR_PK_KEY_INVALID_FORMAT, "subjectPublicKeyInfo"},
      {MBEDTLS_ERR_PK_UNKNOWN_PK_ALG, "subjectPublicKeyInfo"},
      {MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE, "subjectPublicKeyInfo"},
  };
  size_t i;
  for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
    if (fields[i].code == -(-rc & 0xFF80)) return fields[i].field;
  return "certificate";
}

/* mbedTLS says that in numbers of an algorithm. */
static int is_unsupported(int rc) {
  int high = -(-rc & 0xFF80);
  return high == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG ||
         high == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG ||
         high == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE;
}

void ltls_x509_push_error(lua_State *L, const char *what, int rc) {
  lua_pushfstring(L, "cannot read %s", what);
  ltls_fail(L, "parse", lua_tostring(L, -1), rc);
  lua_replace(L, -3);
  lua_pop(L, 1);
  ltls_failure_detail(L, "field", field_of(rc));
  if (is_unsupported(rc))
    ltls_failure_detail(L, "hint",
                        "keys and signatures may be RSA, or ECDSA on P-256, "
                        "P-384 or P-521; Ed25519, Ed448, DSA and Brainpool "
                        "are not supported");
}
