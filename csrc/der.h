/*
** Reading DER: elements taken off the front of a slice, never past its end.
*/

#ifndef LUATLS_DER_H
#define LUATLS_DER_H

#include "mbed.h"

#include <mbedtls/asn1.h>

/* Bytes that belong to somebody else. */
typedef struct LtlsSlice {
  unsigned char *p; /* NULL: absent */
  size_t len;
} LtlsSlice;

#define LTLS_SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define LTLS_SET      (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)

/* Take an element of type 'tag' off the front of 'from'; 0 when there is none,
** or it does not fit, and then nothing has changed. */
int ltls_der_take(LtlsSlice *from, int tag, LtlsSlice *value);

/* The tag of the next element; -1 at the end. */
int ltls_der_peek(LtlsSlice from);

/* Is 'whole' one SEQUENCE and nothing else? 'list' is its content. */
int ltls_der_open(LtlsSlice whole, LtlsSlice *list);

int ltls_der_same(LtlsSlice a, LtlsSlice b);

#endif
