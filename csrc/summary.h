/*
** Summaries: a certificate as a person reads it.
*/

#ifndef LUATLS_SUMMARY_H
#define LUATLS_SUMMARY_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* Push a block of lines: subject, issuer, dates, names, key, serial number and
** fingerprint. UTF-8, and nothing in it moves a terminal. [-0, +1, m] */
void ltls_summary_push(lua_State *L, const mbedtls_x509_crt *crt);

#endif
