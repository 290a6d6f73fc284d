/*
** Locations, decoded. Nothing is ever fetched from them here.
*/

#include "location.h"

#include "attribute.h"
#include "general.h"
#include "oid.h"

#include <lauxlib.h>

#define CONTEXT     MBEDTLS_ASN1_CONTEXT_SPECIFIC
#define CONSTRUCTED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED)
#define URI         (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 6)

/* Append the URI of one AccessDescription to its list; names of other types,
** and other methods, are left out. */
static int add_access(lua_State *L, LtlsSlice *list) {
  LtlsSlice fields, method, location;
  const char *field;
  int tag;
  if (!ltls_der_take(list, LTLS_SEQUENCE, &fields) ||
      !ltls_der_take(&fields, MBEDTLS_ASN1_OID, &method))
    return 0;
  tag = ltls_der_peek(fields);
  if (tag < 0 || !ltls_der_take(&fields, tag, &location) || fields.len != 0)
    return 0;
  if (ltls_oid_is(method, "\x2B\x06\x01\x05\x05\x07\x30\x01", 8))
    field = "ocsp";
  else if (ltls_oid_is(method, "\x2B\x06\x01\x05\x05\x07\x30\x02", 8))
    field = "ca_issuers";
  else
    return 1;
  if (tag != URI) return 1;
  lua_getfield(L, -1, field);
  lua_pushlstring(L, (const char *)location.p, location.len);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
  return 1;
}

/* {ocsp=, ca_issuers=}: lists of URIs */
int ltls_location_authority_info(lua_State *L, LtlsSlice value) {
  LtlsSlice list;
  if (!ltls_der_open(value, &list) || list.len == 0) return 0;
  lua_createtable(L, 0, 2);
  lua_newtable(L);
  lua_setfield(L, -2, "ocsp");
  lua_newtable(L);
  lua_setfield(L, -2, "ca_issuers");
  while (list.len > 0)
    if (!add_access(L, &list)) return 0;
  return 1;
}

/* DistributionPointName: full names, or what is to be added to the name of the
** list's issuer, which is kept as DER. */
static int add_point_name(lua_State *L, LtlsSlice choice) {
  LtlsSlice name;
  if (ltls_der_take(&choice, CONSTRUCTED | 0, &name)) {
    if (!ltls_general_push_names(L, name)) return 0;
    lua_setfield(L, -2, "names");
  } else if (ltls_der_take(&choice, CONSTRUCTED | 1, &name)) {
    lua_pushlstring(L, (const char *)name.p, name.len);
    lua_setfield(L, -2, "relative_name");
  } else
    return 0;
  return choice.len == 0;
}

/* {names=, relative_name=, reasons=, issuer=}, each may be absent */
static int push_point(lua_State *L, LtlsSlice *list) {
  static const char *const reasons[] = {
      "unused",          "keyCompromise",
      "cACompromise",    "affiliationChanged",
      "superseded",      "cessationOfOperation",
      "certificateHold", "privilegeWithdrawn",
      "aACompromise",    NULL};
  LtlsSlice fields, field;
  if (!ltls_der_take(list, LTLS_SEQUENCE, &fields)) return 0;
  lua_createtable(L, 0, 4);
  if (ltls_der_take(&fields, CONSTRUCTED | 0, &field) &&
      !add_point_name(L, field))
    return 0;
  if (ltls_der_take(&fields, CONTEXT | 1, &field)) {
    if (!ltls_decode_bits(L, field, reasons)) return 0;
    lua_setfield(L, -2, "reasons");
  }
  if (ltls_der_take(&fields, CONSTRUCTED | 2, &field)) {
    if (!ltls_general_push_names(L, field)) return 0;
    lua_setfield(L, -2, "issuer");
  }
  return fields.len == 0;
}

int ltls_location_crl_points(lua_State *L, LtlsSlice value) {
  return ltls_decode_array(L, value, push_point);
}
