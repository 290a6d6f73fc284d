/*
** Chains: immutable lists of certificates, "luatls.chain".
*/

#ifndef LUATLS_CHAIN_H
#define LUATLS_CHAIN_H

#include "store.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* Register the class. [-0, +0, m] */
void ltls_chain_register(lua_State *L);

/* The first certificate of the chain at 'arg'. [-0, +0, v] */
mbedtls_x509_crt *ltls_chain_check(lua_State *L, int arg);

/* The chain at 'arg' as something to find issuers in; made once. [-0, +0, v] */
const LtlsStore *ltls_chain_store(lua_State *L, int arg);

/* Push a copy of the certificates of 'list'; an error object and 0 when one
** cannot be copied. [-0, +1, m] */
int ltls_chain_push_copy(lua_State *L, const mbedtls_x509_crt *list);

/* options[key]: a chain, certificate, PEM text or path. 1 and the chain is
** pushed; 0 and an error object is pushed; -1 when the option is absent, and
** nothing is pushed. [-0, +(0|1), v] */
int ltls_chain_option(lua_State *L, int arg, const char *key);

int ltls_chain_parse(lua_State *L); /* parse(text) -> chain | nil, err */
int ltls_chain_load(lua_State *L);  /* load(path) -> chain | nil, err */
int ltls_chain_share(lua_State *L); /* share(path) -> chain | nil, err */

#endif
