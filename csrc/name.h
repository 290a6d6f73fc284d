/*
** Names of certificates: the subject alternative name extension (RFC 5280,
** 4.2.1.6), read and written.
*/

#ifndef LUATLS_NAME_H
#define LUATLS_NAME_H

#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

/* Push a distinguished name as "CN=www.example.org, O=Example". [-0, +1, m] */
void ltls_name_push(lua_State *L, const mbedtls_x509_name *name);

/* Parse "CN=www.example.org,O=Example" (RFC 4514) into a list that mbedTLS
** writes, and frees. 0 or an mbedTLS error, and then the list is empty. */
int ltls_name_parse(const char *text, mbedtls_asn1_named_data **list);

/* As ltls_fail, of kind "config", for what was to have a name; when it is the name
** that is wrong the hint shows one. [-0, +2, m] */
int ltls_name_fail(lua_State *L, const char *message, int rc);

/* Push an OID in dotted form; "invalid" when it is none. [-0, +1, m] */
void ltls_name_push_oid(lua_State *L, const mbedtls_x509_buf *oid);

/* Push {dns=, ip=, email=, uri=} with the names of the list. [-0, +1, m] */
void ltls_name_push_list(lua_State *L, const mbedtls_x509_sequence *list);

#define LTLS_NAME_TEXT 256 /* room for every DNS name and address */

/* Write a DNS name or an IP address as text; 0 for other names. */
int ltls_name_write(char out[LTLS_NAME_TEXT],
                    const mbedtls_x509_sequence *entry);

/* Is it the text of an IPv4 or IPv6 address? */
int ltls_name_is_ip(const char *name);

/* From options[key], an array of host names, IP addresses, e-mail addresses
** and URIs, make the list that mbedTLS writes. Pushes the value that owns it;
** NULL, and nothing is pushed, when the option is absent. [-0, +(0|1), v] */
mbedtls_x509_san_list *ltls_name_option(lua_State *L, int arg, const char *key);

#endif
