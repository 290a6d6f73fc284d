/*
** Extensions of certificates: the ones that mbedTLS decodes in words, and all
** of them as bytes.
*/

#include "extension.h"

#include "certificate.h"
#include "name.h"
#include "object.h"

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <string.h>

/* cert:key_usage() -> array | nil */
static int extension_key_usage(lua_State *L) {
  static const struct {
    unsigned bit;
    const char *name;
  } usages[] = {
      {MBEDTLS_X509_KU_DIGITAL_SIGNATURE, "digitalSignature"},
      {MBEDTLS_X509_KU_NON_REPUDIATION, "nonRepudiation"},
      {MBEDTLS_X509_KU_KEY_ENCIPHERMENT, "keyEncipherment"},
      {MBEDTLS_X509_KU_DATA_ENCIPHERMENT, "dataEncipherment"},
      {MBEDTLS_X509_KU_KEY_AGREEMENT, "keyAgreement"},
      {MBEDTLS_X509_KU_KEY_CERT_SIGN, "keyCertSign"},
      {MBEDTLS_X509_KU_CRL_SIGN, "cRLSign"},
      {MBEDTLS_X509_KU_ENCIPHER_ONLY, "encipherOnly"},
      {MBEDTLS_X509_KU_DECIPHER_ONLY, "decipherOnly"},
  };
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  size_t i;
  if (!mbedtls_x509_crt_has_ext_type(crt, MBEDTLS_X509_EXT_KEY_USAGE)) return 0;
  lua_newtable(L);
  for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
    if (!(crt->key_usage & usages[i].bit)) continue;
    lua_pushstring(L, usages[i].name);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
  return 1;
}

typedef struct OidName {
  const char *oid;
  const char *name;
} OidName;

/* The name of the dotted OID on top, or NULL. */
static const char *oid_name(lua_State *L, const OidName *names) {
  const char *oid = lua_tostring(L, -1);
  while (names->oid != NULL && strcmp(names->oid, oid) != 0)
    names++;
  return names->name;
}

/* cert:extended_key_usage() -> array | nil */
static int extension_extended_key_usage(lua_State *L) {
  static const OidName purposes[] = {
      {"2.5.29.37.0", "anyExtendedKeyUsage"},
      {"1.3.6.1.5.5.7.3.1", "serverAuth"},
      {"1.3.6.1.5.5.7.3.2", "clientAuth"},
      {"1.3.6.1.5.5.7.3.3", "codeSigning"},
      {"1.3.6.1.5.5.7.3.4", "emailProtection"},
      {"1.3.6.1.5.5.7.3.8", "timeStamping"},
      {"1.3.6.1.5.5.7.3.9", "OCSPSigning"},
      {NULL, NULL},
  };
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  const mbedtls_x509_sequence *usage = &crt->ext_key_usage;
  if (!mbedtls_x509_crt_has_ext_type(crt, MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE))
    return 0;
  lua_newtable(L);
  for (; usage != NULL && usage->buf.p != NULL; usage = usage->next) {
    const char *name;
    ltls_name_push_oid(L, &usage->buf);
    name = oid_name(L, purposes);
    if (name != NULL) {
      lua_pop(L, 1);
      lua_pushstring(L, name);
    }
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
  return 1;
}

/* Push {oid=, name=, critical=, value=} for the extension that starts at *p
** (RFC 5280, 4.1.2.9); 0 when it is malformed, and nothing is pushed. */
static int push_extension(lua_State *L, unsigned char **p,
                          const unsigned char *end) {
  static const OidName names[] = {
      {"2.5.29.14", "subjectKeyIdentifier"},
      {"2.5.29.15", "keyUsage"},
      {"2.5.29.17", "subjectAltName"},
      {"2.5.29.18", "issuerAltName"},
      {"2.5.29.19", "basicConstraints"},
      {"2.5.29.30", "nameConstraints"},
      {"2.5.29.31", "cRLDistributionPoints"},
      {"2.5.29.32", "certificatePolicies"},
      {"2.5.29.33", "policyMappings"},
      {"2.5.29.35", "authorityKeyIdentifier"},
      {"2.5.29.36", "policyConstraints"},
      {"2.5.29.37", "extKeyUsage"},
      {"2.5.29.54", "inhibitAnyPolicy"},
      {"1.3.6.1.5.5.7.1.1", "authorityInfoAccess"},
      {"1.3.6.1.5.5.7.1.24", "tlsFeature"},
      {"1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestampList"},
      {NULL, NULL},
  };
  mbedtls_x509_buf oid = {0};
  size_t len;
  int critical = 0;
  if (mbedtls_asn1_get_tag(
          p, end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0)
    return 0;
  end = *p + len;
  if (mbedtls_asn1_get_tag(p, end, &oid.len, MBEDTLS_ASN1_OID) != 0) return 0;
  oid.p = *p;
  *p += oid.len;
  if (*p < end && **p == MBEDTLS_ASN1_BOOLEAN)
    if (mbedtls_asn1_get_bool(p, end, &critical) != 0) return 0;
  if (mbedtls_asn1_get_tag(p, end, &len, MBEDTLS_ASN1_OCTET_STRING) != 0)
    return 0;
  lua_createtable(L, 0, 4);
  lua_pushlstring(L, (const char *)*p, len);
  lua_setfield(L, -2, "value");
  lua_pushboolean(L, critical);
  lua_setfield(L, -2, "critical");
  ltls_name_push_oid(L, &oid);
  lua_pushstring(L, oid_name(L, names));
  lua_setfield(L, -3, "name");
  lua_setfield(L, -2, "oid");
  *p = (unsigned char *)end;
  return 1;
}

/* cert:extensions() -> array */
static int extension_extensions(lua_State *L) {
  const mbedtls_x509_buf *list = &ltls_certificate_check(L, 1)->v3_ext;
  unsigned char *p = list->p;
  const unsigned char *end = p != NULL ? p + list->len : NULL;
  size_t len;
  lua_newtable(L);
  if (p == NULL ||
      mbedtls_asn1_get_tag(&p, end, &len,
                           MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE))
    return 1;
  end = p + len;
  while (p < end && push_extension(L, &p, end))
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  return 1;
}

void ltls_extension_register(lua_State *L) {
  static const luaL_Reg added[] = {
      {"key_usage", extension_key_usage},
      {"extended_key_usage", extension_extended_key_usage},
      {"extensions", extension_extensions},
      {NULL, NULL},
  };
  const luaL_Reg *method = added;
  for (; method->name != NULL; method++)
    ltls_class_extend(L, "luatls.certificate", method);
}
