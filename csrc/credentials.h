/*
** Credentials: the certificates that one side shows, each with its key. A key
** may be external: then there is only its public half here.
*/

#ifndef LUATLS_CREDENTIALS_H
#define LUATLS_CREDENTIALS_H

#include "key.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

#define LTLS_MOST_CREDENTIALS 8

typedef struct LtlsCredential {
  mbedtls_x509_crt *chain; /* leaf first; NULL: none */
  LtlsKey *key;            /* of the leaf */
} LtlsCredential;

typedef struct LtlsCredentials {
  LtlsCredential list[LTLS_MOST_CREDENTIALS];
  size_t count;
} LtlsCredentials;

/* The options that 'ltls_credentials_read' reads, for a list of known ones. */
#define LTLS_CREDENTIALS_OPTIONS \
  "certificate", "key", "password", "certificates"

/* Read the options at 'arg'. 1, and an array is pushed that keeps alive what
** 'credentials' points to: chain, key, chain, key, …; or 0, and an error object
** is pushed. [-0, +1, v] */
int ltls_credentials_read(lua_State *L, int arg, LtlsCredentials *credentials);

/* Configure mbedTLS with them. 'conf' has its role and its versions already. 1,
** or 0 with an error object pushed. [-0, +(0|1), m] */
int ltls_credentials_show(lua_State *L, const LtlsCredentials *credentials,
                          mbedtls_ssl_config *conf);

/* Push the key object of such an array at 'index', which is not negative.
** [-0, +1, v] */
void ltls_credentials_push_key(lua_State *L, int index, const LtlsKey *key);

/* The key of a certificate; NULL when it is none of these. */
const LtlsKey *ltls_credentials_key(const LtlsCredentials *credentials,
                                    const mbedtls_x509_crt *leaf);

/* Has one of them an external key? */
int ltls_credentials_are_external(const LtlsCredentials *credentials);

#endif
