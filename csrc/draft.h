/*
** Drafts of certificates: the options of 'issue', checked.
*/

#ifndef LUATLS_DRAFT_H
#define LUATLS_DRAFT_H

#include "csr.h"
#include "key.h"
#include "mbed.h"

#include <lua.h>
#include <mbedtls/x509_crt.h>

#define LTLS_MAX_SERIAL 20 /* bytes: RFC 5280, 4.1.2.2 */

enum { LTLS_USE_SERVER = 1, LTLS_USE_CLIENT = 2, LTLS_USE_CA = 4 };

/* What is to be written; collected first, so that nothing raises later. */
typedef struct LtlsDraft {
  mbedtls_pk_context *subject_key;         /* its public half is certified */
  LtlsKey *issuer_key;                     /* signs */
  const mbedtls_x509_crt *issuer;          /* NULL: self-signed */
  mbedtls_x509_csr *csr;                   /* or NULL */
  const char *subject;                     /* or NULL: that of the csr */
  const mbedtls_x509_san_list *names;      /* or NULL: those of the csr */
  mbedtls_asn1_named_data *copied_subject; /* of the csr */
  mbedtls_asn1_named_data *copied_issuer;  /* of the issuer */
  unsigned usage;                          /* LTLS_USE_… */
  int path_length;                         /* -1: none */
  unsigned char serial[LTLS_MAX_SERIAL];
  size_t serial_len;
  char not_before[16], not_after[16]; /* YYYYMMDDhhmmss */
  mbedtls_md_type_t hash;
} LtlsDraft;

/* Fill a zeroed draft from the options at index 1; raises what is wrong with
** them. The objects it points to stay on the stack. [-0, +n, v] */
void ltls_draft_read(lua_State *L, LtlsDraft *draft);

#endif
