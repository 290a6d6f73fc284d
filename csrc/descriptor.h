/*
** Descriptors: a non-blocking socket of the caller's, with few system calls. What
** the system has is received at once; records that belong together are sent at
** once. A lone record is never delayed.
*/

#ifndef LUATLS_DESCRIPTOR_H
#define LUATLS_DESCRIPTOR_H

#include "bytes.h"

typedef struct LtlsDescriptor {
  int fd;             /* -1: there is none */
  LtlsBuffer ahead;   /* received, and not asked for yet */
  LtlsBuffer unsent;  /* corked, and not sent yet */
  size_t appetite;    /* bytes that the next receive may take */
  int is_corked;      /* more is to follow: send later */
  int failure;        /* errno of a failed system call, or 0 */
  int failed_writing; /* it was a send */
} LtlsDescriptor;

void ltls_descriptor_init(LtlsDescriptor *descriptor, int fd);
void ltls_descriptor_free(LtlsDescriptor *descriptor);

/* Bytes received, 0 at the end of the stream, or an mbedTLS error. */
int ltls_descriptor_receive(LtlsDescriptor *descriptor, unsigned char *bytes,
                            size_t len);

/* Receive more behind what waits already; as above. */
int ltls_descriptor_fetch(LtlsDescriptor *descriptor);

/* Bytes taken, or an mbedTLS error. */
int ltls_descriptor_send(LtlsDescriptor *descriptor, const unsigned char *bytes,
                         size_t len);

/* From here on send together what fits, until it is flushed. */
void ltls_descriptor_cork(LtlsDescriptor *descriptor);

/* Uncork, and send what waits: 0 when nothing is left, or an mbedTLS error. */
int ltls_descriptor_flush(LtlsDescriptor *descriptor);

#endif
