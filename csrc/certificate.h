/*
** Certificates: "luatls.certificate". Each belongs to a list of mbedTLS that
** its own object or the chain that it pins owns.
*/

#ifndef LUATLS_CERTIFICATE_H
#define LUATLS_CERTIFICATE_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* Register the class. [-0, +0, m] */
void ltls_certificate_register(lua_State *L);

/* The certificate at 'arg'. [-0, +0, v] */
const mbedtls_x509_crt *ltls_certificate_check(lua_State *L, int arg);

/* The certificate at 'index', or NULL for another value. [-0, +0, m] */
const mbedtls_x509_crt *ltls_certificate_test(lua_State *L, int index);

/* Push a certificate that lives in the object at 'owner'. [-0, +1, m] */
void ltls_certificate_push(lua_State *L, int owner,
                           const mbedtls_x509_crt *crt);

/* Push a certificate parsed from DER; 1, or 0 with an error pushed. */
int ltls_certificate_push_der(lua_State *L, const unsigned char *der,
                              size_t len);

/* Push DER as PEM text of a block named 'label' ("CERTIFICATE"). [-0, +1, m] */
void ltls_certificate_push_pem(lua_State *L, const char *label,
                               const mbedtls_x509_buf *der);

/* A time of a certificate in Unix seconds. */
lua_Integer ltls_certificate_time(const mbedtls_x509_time *time);

int ltls_certificate_parse(lua_State *L); /* parse(text) -> cert | nil, err */
int ltls_certificate_load(lua_State *L);  /* load(path) -> cert | nil, err */

#endif
