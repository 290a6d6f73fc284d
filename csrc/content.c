/*
** What bytes seem to be that were given for something else. Options are easily
** confused (a key for a certificate), and so are forms: then "invalid format"
** tells nobody what to do. It looks at labels only, and decides nothing.
*/

#include "content.h"

#include "der.h"

#include <string.h>

typedef struct Kind {
  const char *label, *sentence;
} Kind;

/* mbedTLS does not read these, whatever is wanted. */
static const Kind foreign[] = {
    {"-----BEGIN OPENSSH PRIVATE KEY", "it is a key in the form of OpenSSH"},
    {"-----BEGIN TRUSTED CERTIFICATE", "it is OpenSSL's own form of trust"},
    {"-----BEGIN PKCS7", "it is PKCS #7"},
};

static const Kind kinds[] = {
    {LTLS_CONTENT_REQUEST, "it is a signing request"},
    {LTLS_CONTENT_CERTIFICATE, "it is a certificate"},
    {" PRIVATE KEY-----", "it is a private key"},
    {" PUBLIC KEY-----", "it is a public key"},
    {" X509 CRL-----", "it is a revocation list"},
};

static const char *find(const char *text, const Kind *list, size_t count) {
  size_t i;
  for (i = 0; i < count; i++)
    if (strstr(text, list[i].label) != NULL) return list[i].sentence;
  return NULL;
}

/* PFX ::= SEQUENCE { version INTEGER {v3(3)}, ... } (RFC 7292, 4) */
static int is_pkcs12(LtlsBytes bytes) {
  LtlsSlice whole = {(unsigned char *)bytes.data, bytes.len}, content, version;
  return ltls_der_take(&whole, LTLS_SEQUENCE, &content) &&
         ltls_der_take(&content, MBEDTLS_ASN1_INTEGER, &version) &&
         version.len == 1 && version.p[0] == 3;
}

const char *ltls_content_instead(LtlsBytes bytes, const char *wanted) {
  const char *text = (const char *)bytes.data, *sentence;
  if (bytes.len == 0) return "it is empty";
  if (strstr(text, "-----BEGIN ") != NULL) {
    sentence = find(text, foreign, sizeof(foreign) / sizeof(foreign[0]));
    if (sentence != NULL || strstr(text, wanted) != NULL) return sentence;
    return find(text, kinds, sizeof(kinds) / sizeof(kinds[0]));
  }
  if (is_pkcs12(bytes)) return "it is PKCS #12; only PEM and DER can be read";
  return bytes.data[0] == LTLS_SEQUENCE ? NULL : "it is neither PEM nor DER";
}
