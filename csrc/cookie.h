/*
** Cookies (RFC 6347, 4.2.1): a server of datagrams does no work for a client
** before it has shown that it receives what is sent to its address. The secret
** is the context's: nothing is kept about a client that has not done so.
*/

#ifndef LUATLS_COOKIE_H
#define LUATLS_COOKIE_H

#include "mbed.h"

#include <mbedtls/ssl_cookie.h>

typedef struct LtlsCookies {
#if LTLS_HAS_DATAGRAMS
  mbedtls_ssl_cookie_ctx jar;
#endif
  int *is_unproven; /* of the connection that is inside mbedTLS: set to 0 when
                       its client comes with a good cookie; or NULL */
} LtlsCookies;

void ltls_cookie_init(LtlsCookies *cookies);
void ltls_cookie_free(LtlsCookies *cookies);

/* Make the secret, and have servers demand cookies; 0 or an mbedTLS error. */
int ltls_cookie_configure(LtlsCookies *cookies, mbedtls_ssl_config *conf);

#endif
