/*
** DER, written backwards: a length is known when what it counts is there. A
** failure sticks, so that callers check once, at the end.
*/

#ifndef LUATLS_WRITER_H
#define LUATLS_WRITER_H

#include "der.h"

#include <stddef.h>

typedef struct LtlsWriter {
  unsigned char *start; /* of the room */
  unsigned char *p;     /* what was written starts here */
  int rc;               /* 0, or the mbedTLS error that ended it */
} LtlsWriter;

/* Room for the next 'len' bytes, or NULL. */
unsigned char *ltls_writer_take(LtlsWriter *writer, size_t len);

/* Put bytes before what was written; they may lie in the room. */
void ltls_writer_bytes(LtlsWriter *writer, const void *data, size_t len);

/* Put tag and length before what was written since 'p' was 'end'. */
void ltls_writer_wrap(LtlsWriter *writer, const unsigned char *end,
                      unsigned char tag);

/* Put a whole element before what was written. */
void ltls_writer_element(LtlsWriter *writer, unsigned char tag,
                         const void *data, size_t len);

/* Put a non-negative INTEGER of big-endian bytes, as short as DER wants it. */
void ltls_writer_integer(LtlsWriter *writer, const unsigned char *data,
                         size_t len);

#endif
