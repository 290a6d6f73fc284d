/*
** Matching: is a certificate for somebody? By subject alternative names
** (RFC 9525); the common name is asked by those who say so.
*/

#ifndef LUATLS_MATCH_H
#define LUATLS_MATCH_H

#include "mbed.h"

#include <mbedtls/x509_crt.h>

/* 'name' is a host name or an IP address. */
int ltls_match_host(const mbedtls_x509_crt *crt, const char *name);

/* The common name instead, as before RFC 2818; never for an IP address. */
int ltls_match_common_name(const mbedtls_x509_crt *crt, const char *name);

/* 'email' is a mailbox (RFC 5280, 7.5: only its host ignores case). */
int ltls_match_email(const mbedtls_x509_crt *crt, const char *email);

/* Scheme and host ignore case (RFC 5280, 7.4), the rest does not. */
int ltls_match_uri(const mbedtls_x509_crt *crt, const char *uri);

/* Is every common name, as it is written, one of the alternative names? */
int ltls_match_lists_common_name(const mbedtls_x509_crt *crt);

/* Has it a wildcard directly under a public suffix? 'suffixes' as 'suffix'
** wants them. */
int ltls_match_has_broad_wildcard(const mbedtls_x509_crt *crt,
                                  const char *suffixes);

/* Write the first 'max' names for people: "a.example, 127.0.0.1". */
void ltls_match_write_names(char *out, size_t size, const mbedtls_x509_crt *crt,
                            int max);

#endif
