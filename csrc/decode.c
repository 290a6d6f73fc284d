/*
** Extensions decoded: the tools for it, and those about keys and names. Every
** decoder sees all the bytes of its extension, or calls it malformed.
*/

#include "decode.h"

#include "bytes.h"
#include "general.h"
#include "oid.h"

#include <lauxlib.h>
#include <string.h>

/* ---------------------------------------------------------------- to find */

int ltls_decode_extensions(const mbedtls_x509_crt *crt, LtlsSlice *list) {
  LtlsSlice all = {crt->v3_ext.p, crt->v3_ext.len};
  list->p = NULL;
  list->len = 0;
  return all.p == NULL || all.len == 0 || ltls_der_open(all, list);
}

/* RFC 5280, 4.1: extnID, critical, extnValue. */
int ltls_decode_extension(LtlsSlice *list, LtlsExtension *extension) {
  LtlsSlice fields, critical = {NULL, 0};
  if (!ltls_der_take(list, LTLS_SEQUENCE, &fields) ||
      !ltls_der_take(&fields, MBEDTLS_ASN1_OID, &extension->oid))
    return 0;
  if (ltls_der_peek(fields) == MBEDTLS_ASN1_BOOLEAN &&
      (!ltls_der_take(&fields, MBEDTLS_ASN1_BOOLEAN, &critical) ||
       critical.len != 1))
    return 0;
  extension->critical = critical.len == 1 && critical.p[0] != 0;
  return ltls_der_take(&fields, MBEDTLS_ASN1_OCTET_STRING, &extension->value) &&
         fields.len == 0;
}

/* Is the extension the one of that name? */
static int has_name(lua_State *L, const LtlsExtension *extension,
                    const char *name) {
  int same;
  if (!ltls_oid_push_name(L, extension->oid)) return 0;
  same = strcmp(lua_tostring(L, -1), name) == 0;
  lua_pop(L, 1);
  return same;
}

int ltls_decode_find(lua_State *L, const mbedtls_x509_crt *crt,
                     const char *name, LtlsSlice *value) {
  LtlsExtension extension;
  LtlsSlice list;
  if (!ltls_decode_extensions(crt, &list)) return -1;
  while (list.len > 0) {
    if (!ltls_decode_extension(&list, &extension)) return -1;
    if (!has_name(L, &extension, name)) continue;
    *value = extension.value;
    return 1;
  }
  return 0;
}

/* -------------------------------------------------------------- to decode */

int ltls_decode_array(lua_State *L, LtlsSlice value, LtlsDecodeItem item) {
  LtlsSlice list;
  lua_Integer count = 0;
  if (!ltls_der_open(value, &list) || list.len == 0) return 0;
  luaL_checkstack(L, 20, "no room for an extension");
  lua_newtable(L);
  while (list.len > 0) {
    if (!item(L, &list)) return 0;
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* X.690, 8.6.2: the first byte counts the unused bits of the last one. */
int ltls_decode_bits(lua_State *L, LtlsSlice bits, const char *const names[]) {
  lua_Integer count = 0;
  size_t i, end;
  if (bits.len == 0 || bits.p[0] > 7 || (bits.len == 1 && bits.p[0] > 0))
    return 0;
  end = (bits.len - 1) * 8 - bits.p[0];
  lua_newtable(L);
  for (i = 0; i < end && names[i] != NULL; i++) {
    if (!(bits.p[1 + i / 8] >> (7 - i % 8) & 1)) continue;
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

int ltls_decode_number(LtlsSlice *from, int tag, lua_Integer *number) {
  LtlsSlice bytes;
  if (!ltls_der_take(from, tag, &bytes)) return 0;
  if (bytes.len == 0 || bytes.len > 8 || bytes.p[0] & 0x80) return 0;
  if (bytes.len == 8 && bytes.p[0] != 0) return 0;
  for (*number = 0; bytes.len > 0; bytes.len--)
    *number = *number << 8 | *bytes.p++;
  return 1;
}

/* Take an element that must be all there is. */
static int take_only(LtlsSlice whole, int tag, LtlsSlice *value) {
  return ltls_der_take(&whole, tag, value) && whole.len == 0;
}

/* ------------------------------------------------------------- extensions */

int ltls_decode_key_usage(lua_State *L, LtlsSlice value) {
  static const char *const names[] = {"digitalSignature", "nonRepudiation",
                                      "keyEncipherment",  "dataEncipherment",
                                      "keyAgreement",     "keyCertSign",
                                      "cRLSign",          "encipherOnly",
                                      "decipherOnly",     NULL};
  LtlsSlice bits;
  return take_only(value, MBEDTLS_ASN1_BIT_STRING, &bits) &&
         ltls_decode_bits(L, bits, names);
}

static int push_purpose(lua_State *L, LtlsSlice *list) {
  LtlsSlice oid;
  return ltls_der_take(list, MBEDTLS_ASN1_OID, &oid) &&
         ltls_oid_push_name(L, oid);
}

int ltls_decode_purposes(lua_State *L, LtlsSlice value) {
  return ltls_decode_array(L, value, push_purpose);
}

int ltls_decode_basic_constraints(lua_State *L, LtlsSlice value) {
  LtlsSlice fields, is_ca = {NULL, 0};
  lua_Integer path_length = -1;
  if (!ltls_der_open(value, &fields)) return 0;
  if (ltls_der_peek(fields) == MBEDTLS_ASN1_BOOLEAN &&
      (!ltls_der_take(&fields, MBEDTLS_ASN1_BOOLEAN, &is_ca) || is_ca.len != 1))
    return 0;
  if (fields.len > 0 &&
      !ltls_decode_number(&fields, MBEDTLS_ASN1_INTEGER, &path_length))
    return 0;
  if (fields.len > 0) return 0;
  lua_createtable(L, 0, 2);
  lua_pushboolean(L, is_ca.len == 1 && is_ca.p[0] != 0);
  lua_setfield(L, -2, "is_ca");
  if (path_length >= 0) {
    lua_pushinteger(L, path_length);
    lua_setfield(L, -2, "path_length");
  }
  return 1;
}

int ltls_decode_names(lua_State *L, LtlsSlice value) {
  LtlsSlice list;
  return ltls_der_open(value, &list) && ltls_general_push_names(L, list);
}

int ltls_decode_subject_key_id(lua_State *L, LtlsSlice value) {
  LtlsSlice id;
  if (!take_only(value, MBEDTLS_ASN1_OCTET_STRING, &id)) return 0;
  ltls_bytes_push_hex(L, id.p, id.len);
  return 1;
}

/* RFC 5280, 4.2.1.1: {key_id=, issuer=, serial=}, each may be absent. */
int ltls_decode_authority_key_id(lua_State *L, LtlsSlice value) {
  const int context = MBEDTLS_ASN1_CONTEXT_SPECIFIC;
  LtlsSlice fields, field;
  if (!ltls_der_open(value, &fields)) return 0;
  lua_createtable(L, 0, 3);
  if (ltls_der_take(&fields, context | 0, &field)) {
    ltls_bytes_push_hex(L, field.p, field.len);
    lua_setfield(L, -2, "key_id");
  }
  if (ltls_der_take(&fields, context | MBEDTLS_ASN1_CONSTRUCTED | 1, &field)) {
    if (!ltls_general_push_names(L, field)) return 0;
    lua_setfield(L, -2, "issuer");
  }
  if (ltls_der_take(&fields, context | 2, &field)) {
    ltls_bytes_push_hex(L, field.p, field.len);
    lua_setfield(L, -2, "serial");
  }
  return fields.len == 0;
}

/* RFC 7633, 4.1: numbers of TLS extensions. */
static int push_feature(lua_State *L, LtlsSlice *list) {
  lua_Integer id;
  if (!ltls_decode_number(list, MBEDTLS_ASN1_INTEGER, &id)) return 0;
  if (id == 5)
    lua_pushliteral(L, "status_request");
  else if (id == 17)
    lua_pushliteral(L, "status_request_v2");
  else
    lua_pushfstring(L, "%I", id);
  return 1;
}

int ltls_decode_tls_feature(lua_State *L, LtlsSlice value) {
  return ltls_decode_array(L, value, push_feature);
}

/* Take what two bytes of length announce (RFC 8446, 3.4). */
static int take_vector(LtlsSlice *from, LtlsSlice *vector) {
  if (from->len < 2) return 0;
  vector->len = (size_t)from->p[0] << 8 | from->p[1];
  vector->p = from->p + 2;
  if (vector->len > from->len - 2) return 0;
  from->p = vector->p + vector->len;
  from->len -= 2 + vector->len;
  return 1;
}

/* RFC 6962, 3.3: a TLS vector of vectors, in an OCTET STRING of its own. */
int ltls_decode_sct_list(lua_State *L, LtlsSlice value) {
  LtlsSlice content, list, sct;
  lua_Integer count = 0;
  if (!take_only(value, MBEDTLS_ASN1_OCTET_STRING, &content) ||
      !take_vector(&content, &list) || content.len != 0 || list.len == 0)
    return 0;
  lua_newtable(L);
  while (list.len > 0) {
    if (!take_vector(&list, &sct) || sct.len == 0) return 0;
    lua_pushlstring(L, (const char *)sct.p, sct.len);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}
