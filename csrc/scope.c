/*
** Scopes, decoded. What follows from them is 'constraint' and 'policy'.
*/

#include "scope.h"

#include "attribute.h"
#include "general.h"
#include "oid.h"

#include <lauxlib.h>

#define CONTEXT MBEDTLS_ASN1_CONTEXT_SPECIFIC

/* Set one side, where it is there; 0 when it is malformed. */
static int add_subtrees(lua_State *L, LtlsSlice *fields, int number,
                        const char *side) {
  LtlsSlice list;
  if (!ltls_der_take(fields, CONTEXT | MBEDTLS_ASN1_CONSTRUCTED | number,
                     &list))
    return 1;
  if (list.len == 0 || !ltls_general_push_subtrees(L, list)) return 0;
  lua_setfield(L, -2, side);
  return 1;
}

/* {permitted=, excluded=}: a side that is absent limits nothing. */
int ltls_scope_name_constraints(lua_State *L, LtlsSlice value) {
  LtlsSlice fields;
  if (!ltls_der_open(value, &fields)) return 0;
  lua_createtable(L, 0, 2);
  return add_subtrees(L, &fields, 0, "permitted") &&
         add_subtrees(L, &fields, 1, "excluded") && fields.len == 0;
}

/* ---------------------------------------------------------------- policies */

/* Append the string on top to the list 'field' of the table below it. */
static void append(lua_State *L, const char *field) {
  lua_getfield(L, -2, field);
  lua_insert(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

/* UserNotice: a reference, which is left out, and a text; both optional. */
static int add_notice(lua_State *L, LtlsSlice *qualifier) {
  LtlsSlice fields, text, ignored;
  int tag;
  if (!ltls_der_take(qualifier, LTLS_SEQUENCE, &fields)) return 0;
  (void)ltls_der_take(&fields, LTLS_SEQUENCE, &ignored);
  if (fields.len == 0) return 1;
  tag = ltls_der_peek(fields);
  if (!ltls_der_take(&fields, tag, &text) || fields.len != 0 ||
      !ltls_attribute_push_string(L, tag, text))
    return 0;
  append(L, "notices");
  return 1;
}

/* PolicyQualifierInfo: a kind that RFC 5280 does not know is left out. */
static int add_qualifier(lua_State *L, LtlsSlice *qualifiers) {
  LtlsSlice qualifier, oid, uri;
  if (!ltls_der_take(qualifiers, LTLS_SEQUENCE, &qualifier) ||
      !ltls_der_take(&qualifier, MBEDTLS_ASN1_OID, &oid))
    return 0;
  if (ltls_oid_is(oid, "\x2B\x06\x01\x05\x05\x07\x02\x02", 8))
    return add_notice(L, &qualifier) && qualifier.len == 0;
  if (!ltls_oid_is(oid, "\x2B\x06\x01\x05\x05\x07\x02\x01", 8)) return 1;
  if (!ltls_der_take(&qualifier, MBEDTLS_ASN1_IA5_STRING, &uri)) return 0;
  lua_pushlstring(L, (const char *)uri.p, uri.len);
  append(L, "cps");
  return qualifier.len == 0;
}

/* {oid=, name=, cps=, notices=} */
static int push_policy(lua_State *L, LtlsSlice *list) {
  LtlsSlice fields, oid, qualifiers = {NULL, 0};
  if (!ltls_der_take(list, LTLS_SEQUENCE, &fields) ||
      !ltls_der_take(&fields, MBEDTLS_ASN1_OID, &oid))
    return 0;
  if (fields.len > 0 && !ltls_der_take(&fields, LTLS_SEQUENCE, &qualifiers))
    return 0;
  lua_createtable(L, 0, 4);
  if (!ltls_oid_push(L, oid)) return 0;
  lua_pushstring(L, ltls_oid_name(lua_tostring(L, -1)));
  lua_setfield(L, -3, "name");
  lua_setfield(L, -2, "oid");
  lua_newtable(L);
  lua_setfield(L, -2, "cps");
  lua_newtable(L);
  lua_setfield(L, -2, "notices");
  while (qualifiers.len > 0)
    if (!add_qualifier(L, &qualifiers)) return 0;
  return fields.len == 0;
}

int ltls_scope_policies(lua_State *L, LtlsSlice value) {
  return ltls_decode_array(L, value, push_policy);
}

/* {issuer=, subject=}: OIDs of the same policy in two domains. */
static int push_mapping(lua_State *L, LtlsSlice *list) {
  LtlsSlice fields, issuer, subject;
  if (!ltls_der_take(list, LTLS_SEQUENCE, &fields) ||
      !ltls_der_take(&fields, MBEDTLS_ASN1_OID, &issuer) ||
      !ltls_der_take(&fields, MBEDTLS_ASN1_OID, &subject) || fields.len != 0)
    return 0;
  lua_createtable(L, 0, 2);
  if (!ltls_oid_push(L, issuer)) return 0;
  lua_setfield(L, -2, "issuer");
  if (!ltls_oid_push(L, subject)) return 0;
  lua_setfield(L, -2, "subject");
  return 1;
}

int ltls_scope_policy_mappings(lua_State *L, LtlsSlice value) {
  return ltls_decode_array(L, value, push_mapping);
}

/* Set a count of certificates, where it is there; 0 when it is malformed. */
static int add_count(lua_State *L, LtlsSlice *fields, int number,
                     const char *name) {
  lua_Integer count;
  if (ltls_der_peek(*fields) != (CONTEXT | number)) return 1;
  if (!ltls_decode_number(fields, CONTEXT | number, &count)) return 0;
  lua_pushinteger(L, count);
  lua_setfield(L, -2, name);
  return 1;
}

int ltls_scope_policy_constraints(lua_State *L, LtlsSlice value) {
  LtlsSlice fields;
  if (!ltls_der_open(value, &fields)) return 0;
  lua_createtable(L, 0, 2);
  return add_count(L, &fields, 0, "require_explicit_policy") &&
         add_count(L, &fields, 1, "inhibit_policy_mapping") && fields.len == 0;
}

int ltls_scope_inhibit_any_policy(lua_State *L, LtlsSlice value) {
  lua_Integer count;
  if (!ltls_decode_number(&value, MBEDTLS_ASN1_INTEGER, &count)) return 0;
  lua_pushinteger(L, count);
  return value.len == 0;
}
