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

#define LTLS_MAX_SERIAL 32 /* bytes; RFC 5280, 4.1.2.2 allows 20 */

enum { LTLS_USE_SERVER = 1, LTLS_USE_CLIENT = 2, LTLS_USE_CA = 4 };

/* An extension that the caller encoded. */
typedef struct LtlsExtra {
  unsigned char oid[64];
  size_t oid_len;
  int critical;
  const void *value; /* DER of extnValue; NULL: the extension is left out */
  size_t len;
} LtlsExtra;

/* What is to be written; collected first, so that nothing raises later. */
typedef struct LtlsDraft {
  mbedtls_pk_context *subject_key; /* its public half is certified */
  LtlsKey *issuer_key;             /* signs */
  const mbedtls_x509_crt *issuer;  /* NULL: self-signed */
  mbedtls_x509_csr *csr;           /* or NULL */
  const char *subject;             /* or NULL: that of the csr */
  const mbedtls_x509_buf *names;   /* GeneralNames: tag and content */
  size_t name_count;               /* of names */
  const LtlsExtra *extras;         /* in their order */
  size_t extra_count;              /* of extras */
  unsigned usage;                  /* LTLS_USE_… */
  int path_length;                 /* -1: none */
  int version;                     /* 1 or 3 */
  size_t room;                     /* bytes that are enough for all of it */
  size_t serial_len;               /* of serial */
  mbedtls_md_type_t hash;          /* to sign with */
  char not_before[16];             /* YYYYMMDDhhmmss */
  char not_after[16];              /* the same */
  unsigned char serial[LTLS_MAX_SERIAL];
} LtlsDraft;

/* Fill a zeroed draft from the options at index 1; raises what is wrong with
** them. The objects it points to stay on the stack. [-0, +n, v] */
void ltls_draft_read(lua_State *L, LtlsDraft *draft);

#endif
