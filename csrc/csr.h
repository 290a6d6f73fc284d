/*
** Certificate signing requests (PKCS#10, RFC 2986): "luatls.csr".
*/

#ifndef LUATLS_CSR_H
#define LUATLS_CSR_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_csr.h>

/* Register the class, and key:csr(). [-0, +0, m] */
void ltls_csr_register(lua_State *L);

/* options[key], which must be a request when it is there: pushes it. NULL when
** absent, and nothing is pushed. [-0, +(0|1), v] */
mbedtls_x509_csr *ltls_csr_option(lua_State *L, int arg, const char *key);

/* Did the owner of the request's key sign it? (RFC 2986, 3: it proves that the
** asker has the private key.) 0 or an mbedTLS error. */
int ltls_csr_check_signature(mbedtls_x509_csr *csr);

int ltls_csr_parse(lua_State *L); /* parse(text) -> csr | nil, err */
int ltls_csr_load(lua_State *L);  /* load(path) -> csr | nil, err */

#endif
