/*
** Pools. mbedTLS keeps five pointers into either buffer; here they become
** offsets and come back as pointers. The sequence number of incoming records
** lies inside a buffer and goes along. A pool belongs to one Lua state.
*/

#include "pool.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <stddef.h>
#include <string.h>

#define SSL(field) (ssl->MBEDTLS_PRIVATE(field))

/* Most receives are short, and new memory would have to be cleared each time. */
void ltls_pool_keep(LtlsPool *pool, LtlsBuffer *ahead) {
  if (ltls_buffer_length(ahead) > 0) return;
  if (pool->ahead.data == NULL) {
    pool->ahead = *ahead;
    memset(ahead, 0, sizeof(*ahead));
  }
  ltls_buffer_consume(ahead, 0);
}

void ltls_pool_lend(LtlsPool *pool, LtlsBuffer *ahead) {
  if (ahead->data != NULL) return;
  *ahead = pool->ahead;
  memset(&pool->ahead, 0, sizeof(pool->ahead));
}

/* mbedTLS does not tell how large they are otherwise. */
#if defined(MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH)

static void free_buffers(LtlsBuffers *buffers) {
  if (buffers->in != NULL)
    mbedtls_platform_zeroize(buffers->in, buffers->in_len);
  if (buffers->out != NULL)
    mbedtls_platform_zeroize(buffers->out, buffers->out_len);
  mbedtls_free(buffers->in);
  mbedtls_free(buffers->out);
}

/* Where mbedTLS keeps its pointers into each buffer. */
#define FIELD(name) offsetof(mbedtls_ssl_context, MBEDTLS_PRIVATE(name))
static const size_t in_fields[LTLS_POOL_POINTERS] = {
    FIELD(in_ctr), FIELD(in_hdr), FIELD(in_len), FIELD(in_iv), FIELD(in_msg)};
static const size_t out_fields[LTLS_POOL_POINTERS] = {
    FIELD(out_ctr), FIELD(out_hdr), FIELD(out_len), FIELD(out_iv),
    FIELD(out_msg)};

static unsigned char **pointer_at(mbedtls_ssl_context *ssl, size_t field) {
  return (unsigned char **)(void *)((char *)ssl + field);
}

static void take_pointers(mbedtls_ssl_context *ssl, const size_t *fields,
                          const unsigned char *buffer, size_t *offsets) {
  int i;
  for (i = 0; i < LTLS_POOL_POINTERS; i++) {
    unsigned char **pointer = pointer_at(ssl, fields[i]);
    offsets[i] = (size_t)(*pointer - buffer);
    *pointer = NULL;
  }
}

static void put_pointers(mbedtls_ssl_context *ssl, const size_t *fields,
                         unsigned char *buffer, const size_t *offsets) {
  int i;
  for (i = 0; i < LTLS_POOL_POINTERS; i++)
    *pointer_at(ssl, fields[i]) = buffer + offsets[i];
}

/* Between two records, of either direction, after the handshake? */
static int is_idle(const mbedtls_ssl_context *ssl) {
  return SSL(in_buf) != NULL && SSL(state) == MBEDTLS_SSL_HANDSHAKE_OVER &&
         SSL(in_offt) == NULL && SSL(in_left) == 0 && SSL(in_msglen) == 0 &&
         SSL(in_hslen) == 0 && SSL(badmac_seen_or_in_hsfraglen) == 0 &&
         SSL(keep_current_message) == 0 && SSL(out_left) == 0;
}

static void take_out(mbedtls_ssl_context *ssl, LtlsRest *rest,
                     LtlsBuffers *buffers) {
  memcpy(rest->counter, SSL(in_ctr), sizeof(rest->counter));
  take_pointers(ssl, in_fields, SSL(in_buf), rest->in_offsets);
  take_pointers(ssl, out_fields, SSL(out_buf), rest->out_offsets);
  buffers->in = SSL(in_buf);
  buffers->out = SSL(out_buf);
  buffers->in_len = rest->in_len = SSL(in_buf_len);
  buffers->out_len = rest->out_len = SSL(out_buf_len);
  SSL(in_buf) = SSL(out_buf) = NULL;
  rest->is_resting = 1;
}

static void put_in(mbedtls_ssl_context *ssl, LtlsRest *rest,
                   const LtlsBuffers *buffers) {
  SSL(in_buf) = buffers->in;
  SSL(out_buf) = buffers->out;
  put_pointers(ssl, in_fields, SSL(in_buf), rest->in_offsets);
  put_pointers(ssl, out_fields, SSL(out_buf), rest->out_offsets);
  memcpy(SSL(in_ctr), rest->counter, sizeof(rest->counter));
  rest->is_resting = 0;
}

void ltls_pool_rest(LtlsPool *pool, LtlsRest *rest, mbedtls_ssl_context *ssl,
                    size_t used) {
  LtlsBuffers buffers;
  if (!is_idle(ssl)) return;
  take_out(ssl, rest, &buffers);
  if (pool->count == LTLS_POOL_PAIRS) {
    free_buffers(&buffers);
    return;
  }
  if (used > buffers.in_len) used = buffers.in_len;
  mbedtls_platform_zeroize(buffers.in, used);
  pool->spare[pool->count++] = buffers;
}

/* Spare ones, if they are as large as those that were given away; or new ones. */
static int find_buffers(LtlsPool *pool, const LtlsRest *rest,
                        LtlsBuffers *buffers) {
  if (pool->count > 0) {
    *buffers = pool->spare[--pool->count];
    if (buffers->in_len == rest->in_len && buffers->out_len == rest->out_len)
      return 1;
    free_buffers(buffers);
  }
  buffers->in_len = rest->in_len;
  buffers->out_len = rest->out_len;
  buffers->in = mbedtls_calloc(1, buffers->in_len);
  buffers->out = mbedtls_calloc(1, buffers->out_len);
  if (buffers->in != NULL && buffers->out != NULL) return 1;
  free_buffers(buffers);
  return 0;
}

int ltls_pool_wake(LtlsPool *pool, LtlsRest *rest, mbedtls_ssl_context *ssl) {
  LtlsBuffers buffers;
  if (!rest->is_resting) return 1;
  if (!find_buffers(pool, rest, &buffers)) return 0;
  put_in(ssl, rest, &buffers);
  return 1;
}

void ltls_pool_free(LtlsPool *pool) {
  ltls_buffer_free(&pool->ahead);
  while (pool->count > 0)
    free_buffers(&pool->spare[--pool->count]);
}

#else

void ltls_pool_rest(LtlsPool *pool, LtlsRest *rest, mbedtls_ssl_context *ssl,
                    size_t used) {
  (void)pool, (void)rest, (void)ssl, (void)used;
}

int ltls_pool_wake(LtlsPool *pool, LtlsRest *rest, mbedtls_ssl_context *ssl) {
  (void)pool, (void)rest, (void)ssl;
  return 1;
}

void ltls_pool_free(LtlsPool *pool) {
  ltls_buffer_free(&pool->ahead);
}

#endif
