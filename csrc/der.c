/*
** Reading DER on top of mbedTLS' reader of tags and lengths.
*/

#include "der.h"

#include <string.h>

int ltls_der_take(LtlsSlice *from, int tag, LtlsSlice *value) {
  unsigned char *p = from->p;
  const unsigned char *end;
  if (p == NULL) return 0;
  end = p + from->len;
  if (mbedtls_asn1_get_tag(&p, end, &value->len, tag) != 0) return 0;
  value->p = p;
  from->len = (size_t)(end - p) - value->len;
  from->p = p + value->len;
  return 1;
}

int ltls_der_peek(LtlsSlice from) {
  return from.p != NULL && from.len > 0 ? from.p[0] : -1;
}

int ltls_der_open(LtlsSlice whole, LtlsSlice *list) {
  return ltls_der_take(&whole, LTLS_SEQUENCE, list) && whole.len == 0;
}

int ltls_der_same(LtlsSlice a, LtlsSlice b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}
