/*
** Reading a CertificateRequest. Every length must fit to the byte, and every
** name be one SEQUENCE; what is inside a name is for who compares it.
*/

#include "request.h"

#include "attribute.h"
#include "codepoint.h"

enum { SIGNATURE_ALGORITHMS = 13, CERTIFICATE_AUTHORITIES = 47 };
enum { RSA_SIGN = 1, ECDSA_SIGN = 64 }; /* ClientCertificateType */

/* 'data' is a vector of two bytes' length, and nothing else. */
static int only_vector(LtlsSpan data, LtlsSpan *value) {
  return ltls_hello_vector(&data, 2, value) && data.len == 0;
}

static LtlsSlice slice_of(LtlsSpan span) {
  LtlsSlice slice = {(unsigned char *)span.p, span.len};
  return slice;
}

static int are_names(LtlsSpan list) {
  LtlsSlice content;
  LtlsSpan name;
  while (ltls_hello_vector(&list, 2, &name))
    if (!ltls_der_open(slice_of(name), &content)) return 0;
  return list.len == 0;
}

static int are_algorithms(LtlsSpan list) {
  return list.len > 0 && list.len % 2 == 0;
}

static int parse_tls12(LtlsRequest *request, LtlsSpan body) {
  return ltls_hello_vector(&body, 1, &request->types) &&
         request->types.len > 0 &&
         ltls_hello_vector(&body, 2, &request->algorithms) &&
         are_algorithms(request->algorithms) &&
         only_vector(body, &request->authorities) &&
         are_names(request->authorities);
}

/* One extension; those that are not known here are passed over (RFC 8446,
** 4.3.2). */
static int read_extension(LtlsRequest *request, unsigned type, LtlsSpan data) {
  if (type == SIGNATURE_ALGORITHMS)
    return only_vector(data, &request->algorithms);
  if (type != CERTIFICATE_AUTHORITIES) return 1;
  return only_vector(data, &request->authorities) &&
         request->authorities.len > 0 && are_names(request->authorities);
}

static int parse_tls13(LtlsRequest *request, LtlsSpan body) {
  LtlsSpan context, extensions, data;
  unsigned type;
  if (!ltls_hello_vector(&body, 1, &context) || !only_vector(body, &extensions))
    return 0;
  while (extensions.len > 0)
    if (!ltls_hello_number(&extensions, 2, &type) ||
        !ltls_hello_vector(&extensions, 2, &data) ||
        !read_extension(request, type, data))
      return 0;
  return are_algorithms(request->algorithms);
}

int ltls_request_parse(LtlsRequest *request, LtlsSpan body, int is_tls13) {
  static const LtlsRequest none;
  *request = none;
  return is_tls13 ? parse_tls13(request, body) : parse_tls12(request, body);
}

int ltls_request_has_algorithm(const LtlsRequest *request, unsigned scheme) {
  LtlsSpan list = request->algorithms;
  unsigned number;
  while (ltls_hello_number(&list, 2, &number))
    if (number == scheme) return 1;
  return 0;
}

int ltls_request_has_type(const LtlsRequest *request, unsigned type) {
  LtlsSpan list = request->types;
  unsigned number;
  if (list.p == NULL) return 1;
  while (ltls_hello_number(&list, 1, &number))
    if (number == type) return 1;
  return 0;
}

static int is_named(LtlsSpan list, const mbedtls_x509_buf *issuer) {
  LtlsSlice own = {issuer->p, issuer->len};
  LtlsSpan name;
  while (ltls_hello_vector(&list, 2, &name))
    if (ltls_der_same(slice_of(name), own)) return 1;
  return 0;
}

int ltls_request_names(const LtlsRequest *request,
                       const mbedtls_x509_crt *chain) {
  if (request->authorities.len == 0) return 1;
  for (; chain != NULL && chain->raw.p != NULL; chain = chain->next)
    if (is_named(request->authorities, &chain->issuer_raw)) return 1;
  return 0;
}

/* {name=, der=}; a name that cannot be read has no text. */
static void push_name(lua_State *L, LtlsSpan name) {
  int top;
  lua_createtable(L, 0, 2);
  top = lua_gettop(L);
  lua_pushlstring(L, (const char *)name.p, name.len);
  lua_setfield(L, -2, "der");
  if (ltls_attribute_push_text(L, slice_of(name))) lua_setfield(L, top, "name");
  lua_settop(L, top);
}

static void set_authorities(lua_State *L, LtlsSpan list) {
  LtlsSpan name;
  lua_Integer i = 0;
  lua_newtable(L);
  while (ltls_hello_vector(&list, 2, &name)) {
    push_name(L, name);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "authorities");
}

static void set_algorithms(lua_State *L, LtlsSpan list) {
  lua_Integer i = 0;
  unsigned number;
  lua_createtable(L, (int)(list.len / 2), 0);
  while (ltls_hello_number(&list, 2, &number)) {
    ltls_codepoint_push(L, LTLS_SIGNATURE, number);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "signature_algorithms");
}

static void push_type(lua_State *L, unsigned type) {
  if (type == RSA_SIGN)
    lua_pushliteral(L, "rsa_sign");
  else if (type == ECDSA_SIGN)
    lua_pushliteral(L, "ecdsa_sign");
  else
    lua_pushfstring(L, "%d", (int)type);
}

static void set_types(lua_State *L, LtlsSpan list) {
  lua_Integer i = 0;
  unsigned number;
  if (list.p == NULL) return;
  lua_createtable(L, (int)list.len, 0);
  while (ltls_hello_number(&list, 1, &number)) {
    push_type(L, number);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "certificate_types");
}

void ltls_request_push(lua_State *L, const LtlsRequest *request) {
  lua_createtable(L, 0, 6);
  set_authorities(L, request->authorities);
  set_algorithms(L, request->algorithms);
  set_types(L, request->types);
}
