/*
** What a server asks of its clients: whether they show a certificate, and whose
** it should be.
*/

#ifndef LUATLS_CLIENT_AUTH_H
#define LUATLS_CLIENT_AUTH_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* The options that are read here, for a list of known ones. */
#define LTLS_CLIENT_AUTH_OPTIONS "client_auth", "client_ca_names"

/* Read option client_auth at 'arg': one of MBEDTLS_SSL_VERIFY_NONE, _OPTIONAL,
** _REQUIRED. A client always requires its server's. [-0, +0, v] */
int ltls_client_auth_read(lua_State *L, int arg, int is_client);

/* Read option client_ca_names at 'arg', and configure which names are sent;
** 'trust' is what clients' certificates are judged by, or NULL. 1, and the
** value to keep alive is pushed; 0, and an error object is. [-0, +1, v] */
int ltls_client_auth_name(lua_State *L, int arg, mbedtls_ssl_config *conf,
                          const mbedtls_x509_crt *trust);

#endif
