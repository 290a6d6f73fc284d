/*
** DER, written backwards (X.690, 10). It knows elements, and nothing of what
** they mean.
*/

#include "writer.h"

#include <string.h>

unsigned char *ltls_writer_take(LtlsWriter *writer, size_t len) {
  if (writer->rc != 0) return NULL;
  if ((size_t)(writer->p - writer->start) < len) {
    writer->rc = MBEDTLS_ERR_ASN1_BUF_TOO_SMALL;
    return NULL;
  }
  writer->p -= len;
  return writer->p;
}

void ltls_writer_bytes(LtlsWriter *writer, const void *data, size_t len) {
  unsigned char *out = ltls_writer_take(writer, len);
  if (out != NULL && len > 0) memmove(out, data, len);
}

static void put_byte(LtlsWriter *writer, size_t byte) {
  unsigned char *out = ltls_writer_take(writer, 1);
  if (out != NULL) *out = (unsigned char)byte;
}

void ltls_writer_wrap(LtlsWriter *writer, const unsigned char *end,
                      unsigned char tag) {
  size_t len = (size_t)(end - writer->p), rest = len, octets = 0;
  if (len >= 0x80)
    for (; rest > 0; rest >>= 8, octets++)
      put_byte(writer, rest & 0xFF);
  put_byte(writer, octets > 0 ? 0x80 | octets : len);
  put_byte(writer, tag);
}

void ltls_writer_element(LtlsWriter *writer, unsigned char tag,
                         const void *data, size_t len) {
  const unsigned char *end = writer->p;
  ltls_writer_bytes(writer, data, len);
  ltls_writer_wrap(writer, end, tag);
}

void ltls_writer_integer(LtlsWriter *writer, const unsigned char *data,
                         size_t len) {
  const unsigned char *end = writer->p;
  while (len > 0 && *data == 0)
    data++, len--;
  ltls_writer_bytes(writer, data, len);
  if (len == 0 || *data & 0x80) put_byte(writer, 0); /* not negative */
  ltls_writer_wrap(writer, end, MBEDTLS_ASN1_INTEGER);
}
