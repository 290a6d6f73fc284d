/*
** CertificateRequest (RFC 8446, 4.3.2; RFC 5246, 7.4.4): what a server asks its
** client's certificate to be. Form is checked, meaning is not.
*/

#ifndef LUATLS_REQUEST_H
#define LUATLS_REQUEST_H

#include "hello.h"
#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* Points into the bytes that were parsed. */
typedef struct LtlsRequest {
  LtlsSpan types;       /* ClientCertificateType, a byte each; TLS 1.2 only */
  LtlsSpan algorithms;  /* SignatureScheme, two bytes each */
  LtlsSpan authorities; /* names in DER, each behind its length of two bytes;
                           empty: any */
} LtlsRequest;

/* Parse the body of the message; 1, or 0 when it is malformed. Calls no Lua,
** allocates nothing. */
int ltls_request_parse(LtlsRequest *request, LtlsSpan body, int is_tls13);

/* May the client sign with it? */
int ltls_request_has_algorithm(const LtlsRequest *request, unsigned scheme);

/* Is it a type that the server takes? In TLS 1.3 they all are. */
int ltls_request_has_type(const LtlsRequest *request, unsigned type);

/* Was one of the chain's certificates issued by an authority that is named?
** Where none is named, any is. */
int ltls_request_names(const LtlsRequest *request,
                       const mbedtls_x509_crt *chain);

/* Push it as a table: authorities, signature_algorithms, certificate_types.
** [-0, +1, m] */
void ltls_request_push(lua_State *L, const LtlsRequest *request);

#endif
