/*
** Parsing of certificates, with critical extensions left to the verifier:
** mbedTLS alone would refuse a certificate with name constraints.
*/

#ifndef LUATLS_X509_H
#define LUATLS_X509_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* Append the certificates of PEM text (whose final zero 'len' counts) or of one
** DER to a list, all that can be read. 0; or the mbedTLS error of the first one
** that cannot be, and 'bad' is its number, from 1. */
int ltls_x509_parse(mbedtls_x509_crt *list, const unsigned char *data,
                    size_t len, int *bad);

/* The same for one DER. */
int ltls_x509_parse_der(mbedtls_x509_crt *list, const unsigned char *data,
                        size_t len);

/* Push the error of kind "parse" for 'what' could not be read. [-0, +1, m] */
void ltls_x509_push_error(lua_State *L, const char *what, int rc);

#endif
