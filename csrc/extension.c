/*
** Extensions of certificates as methods: a value where the extension is there,
** nil where it is not, nil and an error where it is malformed.
*/

#include "extension.h"

#include "certificate.h"
#include "decode.h"
#include "failure.h"
#include "location.h"
#include "object.h"
#include "oid.h"
#include "scope.h"

/* Return nil and an error that tells which extension cannot be read. */
static int malformed(lua_State *L, const char *field) {
  lua_settop(L, 1);
  ltls_failure_push(L, "parse", "cannot read the extension %s", field);
  ltls_failure_detail(L, "field", field);
  return ltls_fail_top(L);
}

/* Return the extension of that name, decoded. */
static int read(lua_State *L, const char *name, LtlsDecoder decode) {
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  LtlsSlice value;
  int found = ltls_decode_find(L, crt, name, &value);
  if (found == 0) return 0;
  if (found < 0) return malformed(L, "extensions");
  return decode(L, value) ? 1 : malformed(L, name);
}

/* cert:names() -> table of lists */
static int extension_names(lua_State *L) {
  const LtlsSlice none = {(unsigned char *)"\x30\x00", 2};
  int results = read(L, "subjectAltName", ltls_decode_names);
  return results != 0 ? results : ltls_decode_names(L, none);
}

/* cert:issuer_names() -> table of lists | nil */
static int extension_issuer_names(lua_State *L) {
  return read(L, "issuerAltName", ltls_decode_names);
}

/* cert:key_usage() -> array | nil */
static int extension_key_usage(lua_State *L) {
  return read(L, "keyUsage", ltls_decode_key_usage);
}

/* cert:extended_key_usage() -> array | nil */
static int extension_extended_key_usage(lua_State *L) {
  return read(L, "extKeyUsage", ltls_decode_purposes);
}

/* cert:basic_constraints() -> table | nil */
static int extension_basic_constraints(lua_State *L) {
  return read(L, "basicConstraints", ltls_decode_basic_constraints);
}

/* cert:name_constraints() -> table | nil */
static int extension_name_constraints(lua_State *L) {
  return read(L, "nameConstraints", ltls_scope_name_constraints);
}

/* cert:policies() -> array | nil */
static int extension_policies(lua_State *L) {
  return read(L, "certificatePolicies", ltls_scope_policies);
}

/* cert:policy_mappings() -> array | nil */
static int extension_policy_mappings(lua_State *L) {
  return read(L, "policyMappings", ltls_scope_policy_mappings);
}

/* cert:policy_constraints() -> table | nil */
static int extension_policy_constraints(lua_State *L) {
  return read(L, "policyConstraints", ltls_scope_policy_constraints);
}

/* cert:inhibit_any_policy() -> integer | nil */
static int extension_inhibit_any_policy(lua_State *L) {
  return read(L, "inhibitAnyPolicy", ltls_scope_inhibit_any_policy);
}

/* cert:authority_info() -> table | nil */
static int extension_authority_info(lua_State *L) {
  return read(L, "authorityInfoAccess", ltls_location_authority_info);
}

/* cert:crl_distribution_points() -> array | nil */
static int extension_crl_distribution_points(lua_State *L) {
  return read(L, "cRLDistributionPoints", ltls_location_crl_points);
}

/* cert:subject_key_id() -> string | nil */
static int extension_subject_key_id(lua_State *L) {
  return read(L, "subjectKeyIdentifier", ltls_decode_subject_key_id);
}

/* cert:authority_key_id() -> table | nil */
static int extension_authority_key_id(lua_State *L) {
  return read(L, "authorityKeyIdentifier", ltls_decode_authority_key_id);
}

/* cert:sct_list() -> array | nil */
static int extension_sct_list(lua_State *L) {
  return read(L, "signedCertificateTimestampList", ltls_decode_sct_list);
}

/* cert:tls_feature() -> array | nil */
static int extension_tls_feature(lua_State *L) {
  return read(L, "tlsFeature", ltls_decode_tls_feature);
}

/* Push {oid=, name=, critical=, value=}; 0 when the OID is malformed. */
static int push_extension(lua_State *L, const LtlsExtension *extension) {
  lua_createtable(L, 0, 4);
  if (!ltls_oid_push(L, extension->oid)) return 0;
  lua_pushstring(L, ltls_oid_name(lua_tostring(L, -1)));
  lua_setfield(L, -3, "name");
  lua_setfield(L, -2, "oid");
  lua_pushboolean(L, extension->critical);
  lua_setfield(L, -2, "critical");
  lua_pushlstring(L, (const char *)extension->value.p, extension->value.len);
  lua_setfield(L, -2, "value");
  return 1;
}

/* cert:extensions() -> array */
static int extension_extensions(lua_State *L) {
  const mbedtls_x509_crt *crt = ltls_certificate_check(L, 1);
  LtlsExtension extension;
  lua_Integer count = 0;
  LtlsSlice list;
  if (!ltls_decode_extensions(crt, &list)) return malformed(L, "extensions");
  lua_newtable(L);
  while (list.len > 0) {
    if (!ltls_decode_extension(&list, &extension) ||
        !push_extension(L, &extension))
      return malformed(L, "extensions");
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

void ltls_extension_register(lua_State *L) {
  static const luaL_Reg added[] = {
      {"names", extension_names},
      {"issuer_names", extension_issuer_names},
      {"key_usage", extension_key_usage},
      {"extended_key_usage", extension_extended_key_usage},
      {"basic_constraints", extension_basic_constraints},
      {"name_constraints", extension_name_constraints},
      {"policies", extension_policies},
      {"policy_mappings", extension_policy_mappings},
      {"policy_constraints", extension_policy_constraints},
      {"inhibit_any_policy", extension_inhibit_any_policy},
      {"authority_info", extension_authority_info},
      {"crl_distribution_points", extension_crl_distribution_points},
      {"subject_key_id", extension_subject_key_id},
      {"authority_key_id", extension_authority_key_id},
      {"sct_list", extension_sct_list},
      {"tls_feature", extension_tls_feature},
      {"extensions", extension_extensions},
      {NULL, NULL},
  };
  const luaL_Reg *method = added;
  for (; method->name != NULL; method++)
    ltls_class_extend(L, "luatls.certificate", method);
}
