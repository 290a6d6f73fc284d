/*
** Descriptors. This file alone makes system calls on them, and it never waits.
** The memory for what is sent goes back as soon as it has gone; that for what is
** received is the caller's matter, which lends it to the next connection.
*/

#include "descriptor.h"

#include "mbed.h"

#include <errno.h>
#include <mbedtls/net_sockets.h>
#include <string.h>
#include <sys/socket.h>

/* A receive takes little, until it finds more than that: then four records of
** 16 KB. As many are sent at once. */
#define LITTLE ((size_t)4096)
#define MUCH   ((size_t)4 * (16384 + 256))

void ltls_descriptor_init(LtlsDescriptor *descriptor, int fd) {
  memset(descriptor, 0, sizeof(*descriptor));
  descriptor->fd = fd;
  descriptor->appetite = LITTLE;
}

void ltls_descriptor_free(LtlsDescriptor *descriptor) {
  ltls_buffer_free(&descriptor->ahead);
  ltls_buffer_free(&descriptor->unsent);
}

/* What a system call's failure means; remembers it. */
static int failed(LtlsDescriptor *descriptor, int writing) {
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    return writing ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_SSL_WANT_READ;
  descriptor->failure = errno;
  descriptor->failed_writing = writing;
  return writing ? MBEDTLS_ERR_NET_SEND_FAILED : MBEDTLS_ERR_NET_RECV_FAILED;
}

static int receive(LtlsDescriptor *descriptor, unsigned char *bytes,
                   size_t len) {
  ssize_t got;
  do {
    got = recv(descriptor->fd, bytes, len, 0);
  } while (got < 0 && errno == EINTR);
  return got < 0 ? failed(descriptor, 0) : (int)got;
}

int ltls_descriptor_fetch(LtlsDescriptor *descriptor) {
  LtlsBuffer *ahead = &descriptor->ahead;
  unsigned char *room = ltls_buffer_room(ahead, descriptor->appetite);
  int got;
  if (room == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  got = receive(descriptor, room, descriptor->appetite);
  if (got <= 0) return got;
  ahead->end += (size_t)got;
  if ((size_t)got == descriptor->appetite) descriptor->appetite = MUCH;
  if ((size_t)got < LITTLE) descriptor->appetite = LITTLE;
  return got;
}

int ltls_descriptor_receive(LtlsDescriptor *descriptor, unsigned char *bytes,
                            size_t len) {
  LtlsBuffer *ahead = &descriptor->ahead;
  size_t waiting = ltls_buffer_length(ahead);
  if (waiting == 0) {
    int got = ltls_descriptor_fetch(descriptor);
    if (got <= 0) return got;
    waiting = (size_t)got;
  }
  if (len > waiting) len = waiting;
  memcpy(bytes, ahead->data + ahead->start, len);
  ahead->start += len; /* the memory stays, for the next receive */
  if (ahead->start == ahead->end) ahead->start = ahead->end = 0;
  return (int)len;
}

static int transmit(LtlsDescriptor *descriptor, const unsigned char *bytes,
                    size_t len) {
  ssize_t sent;
  do {
    sent = send(descriptor->fd, bytes, len, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? failed(descriptor, 1) : (int)sent;
}

/* Send what waits; its memory stays. */
static int send_waiting(LtlsDescriptor *descriptor) {
  LtlsBuffer *unsent = &descriptor->unsent;
  while (ltls_buffer_length(unsent) > 0) {
    int sent = transmit(descriptor, unsent->data + unsent->start,
                        ltls_buffer_length(unsent));
    if (sent < 0) return sent;
    unsent->start += (size_t)sent;
  }
  unsent->start = unsent->end = 0;
  return 0;
}

/* At most two blocks: a little one for a handshake, a large one for data. */
static int make_room(LtlsBuffer *unsent, size_t len) {
  size_t wanted = ltls_buffer_length(unsent) + len;
  if (wanted <= unsent->capacity) return 1;
  return ltls_buffer_room(
             unsent, wanted <= LITTLE ? LITTLE : MUCH - (wanted - len)) != NULL;
}

int ltls_descriptor_send(LtlsDescriptor *descriptor, const unsigned char *bytes,
                         size_t len) {
  LtlsBuffer *unsent = &descriptor->unsent;
  int rc = 0;
  if (!descriptor->is_corked || ltls_buffer_length(unsent) + len > MUCH)
    rc = send_waiting(descriptor);
  if (rc != 0) return rc;
  if (!descriptor->is_corked) return transmit(descriptor, bytes, len);
  if (!make_room(unsent, len) || !ltls_buffer_append(unsent, bytes, len))
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  return (int)len;
}

void ltls_descriptor_cork(LtlsDescriptor *descriptor) {
  descriptor->is_corked = 1;
}

int ltls_descriptor_flush(LtlsDescriptor *descriptor) {
  int rc = send_waiting(descriptor);
  descriptor->is_corked = 0;
  if (rc == 0) ltls_buffer_consume(&descriptor->unsent, 0);
  return rc;
}
