/*
** Parsing of certificates, with critical extensions left to the verifier:
** mbedTLS alone would refuse a certificate with name constraints.
*/

#ifndef LUATLS_X509_H
#define LUATLS_X509_H

#include "mbed.h"

#include <mbedtls/x509_crt.h>

/* Append the certificates of PEM text (whose final zero 'len' counts) or of one
** DER to a list. 0; the number of PEM blocks that could not be read, while the
** others were; or an mbedTLS error when none was. */
int ltls_x509_parse(mbedtls_x509_crt *list, const unsigned char *data,
                    size_t len);

/* The same for one DER. */
int ltls_x509_parse_der(mbedtls_x509_crt *list, const unsigned char *data,
                        size_t len);

#endif
