/*
** Pre-shared keys from outside TLS: option psk of contexts, and how a server
** finds the key of an identity (RFC 4279; RFC 8446, 2.2). A key never leaves
** through here.
*/

#ifndef LUATLS_PSK_H
#define LUATLS_PSK_H

#include "mbed.h"

#include <lua.h>

/* RFC 4279, 5.3 wants identities of 128 bytes and keys of 64. RFC 9257, 4: a key
** must have 128 bits of entropy at least. */
#define LTLS_PSK_IDENTITY 128 /* bytes, at most */
#define LTLS_PSK_LEAST    16  /* bytes */

typedef enum LtlsPskMode {
  LTLS_PSK_NONE,
  LTLS_PSK_ONLY,          /* no certificates, on neither side */
  LTLS_PSK_OR_CERTIFICATE /* what the server chooses of both */
} LtlsPskMode;

/* What option psk asks for; raises where an option for certificates would do
** nothing. [-0, +0, v] */
LtlsPskMode ltls_psk_mode(lua_State *L, int arg, int is_client);

/* Read option psk. A client's goes into 'conf', and its identity is pushed; of a
** server, the function, or our own table of keys by identity. 0 or an mbedTLS
** error. [-0, +1, v] */
int ltls_psk_read(lua_State *L, int arg, mbedtls_ssl_config *conf);

/* A key that is looked for; the one who looks wipes it. */
typedef struct LtlsPskSearch {
  const unsigned char *identity;
  size_t identity_len;
  unsigned char key[MBEDTLS_PSK_MAX_LEN];
  size_t key_len; /* 0: the identity is unknown */
} LtlsPskSearch;

/* Look in the function or table on top, and push the identity. [-1, +1, v] */
void ltls_psk_find(lua_State *L, LtlsPskSearch *search);

/* Give a search's key to mbedTLS, or hide that there is none; wipes it. 0 or an
** mbedTLS error. */
int ltls_psk_use(mbedtls_ssl_context *ssl, LtlsPskSearch *search);

#endif
