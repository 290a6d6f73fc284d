/*
** Envelopes. Numbers stand with their most significant byte first, so that all
** machines can read them.
*/

#include "envelope.h"

#include "state.h"
#include "x509.h"

#include <string.h>

enum { FORMAT = 1 }; /* changes with anything below */
enum { VERIFIED = 1, BOUND = 2, NAMED = 4, ASKED = 8 };
enum { LENGTH = 3 }; /* bytes before a certificate */

typedef struct Writer {
  unsigned char *p;
  size_t left;
  int is_full;
} Writer;

static void put_bytes(Writer *writer, const unsigned char *p, size_t len) {
  if (len > writer->left) writer->is_full = 1;
  if (writer->is_full || p == NULL) return;
  memcpy(writer->p, p, len);
  writer->p += len;
  writer->left -= len;
}

static void put_number(Writer *writer, size_t bytes, uint64_t value) {
  unsigned char out[8];
  size_t i;
  for (i = 0; i < bytes; i++)
    out[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
  put_bytes(writer, out, bytes);
}

static void put_vector(Writer *writer, size_t bytes, LtlsSpan value) {
  if (value.len >> 8 * bytes != 0) writer->is_full = 1;
  put_number(writer, bytes, value.len);
  put_bytes(writer, value.p, value.len);
}

size_t ltls_envelope_chain_length(const mbedtls_x509_crt *chain) {
  size_t len = 0;
  for (; chain != NULL && chain->raw.p != NULL; chain = chain->next)
    len += LENGTH + chain->raw.len;
  return len;
}

static void put_chain(Writer *writer, const mbedtls_x509_crt *chain) {
  put_number(writer, LENGTH, ltls_envelope_chain_length(chain));
  for (; chain != NULL && chain->raw.p != NULL; chain = chain->next) {
    LtlsSpan der = {chain->raw.p, chain->raw.len};
    put_vector(writer, LENGTH, der);
  }
}

size_t ltls_envelope_write(const LtlsEnvelope *envelope,
                           const mbedtls_x509_crt *chain,
                           const mbedtls_ssl_session *session,
                           unsigned char *out, size_t room) {
  const LtlsOrigin *origin = &envelope->origin;
  Writer writer = {out, room, 0};
  size_t len = 0;
  put_number(&writer, 1, FORMAT);
  put_number(&writer, 1,
             (uint64_t)((origin->is_verified ? VERIFIED : 0) |
                        (origin->is_bound ? BOUND : 0) |
                        (envelope->name.p != NULL ? NAMED : 0) |
                        (envelope->server_name.p != NULL ? ASKED : 0)));
  put_number(&writer, 8, origin->made);
  put_number(&writer, 8, origin->good_until);
  put_vector(&writer, 2, envelope->name);
  put_vector(&writer, 2, envelope->server_name);
  put_chain(&writer, chain);
  if (writer.is_full ||
      ltls_state_save(session, writer.p, writer.left, &len) != 0)
    return 0;
  return room - writer.left + len;
}

static int take_time(LtlsSpan *from, uint64_t *value) {
  unsigned high, low;
  if (!ltls_hello_number(from, 4, &high) || !ltls_hello_number(from, 4, &low))
    return 0;
  *value = (uint64_t)high << 32 | low;
  return 1;
}

int ltls_envelope_read(LtlsEnvelope *envelope, LtlsSpan bytes) {
  LtlsOrigin *origin = &envelope->origin;
  unsigned format, flags;
  if (!ltls_hello_number(&bytes, 1, &format) || format != FORMAT ||
      !ltls_hello_number(&bytes, 1, &flags) || flags > 15 ||
      !take_time(&bytes, &origin->made) ||
      !take_time(&bytes, &origin->good_until) ||
      !ltls_hello_vector(&bytes, 2, &envelope->name) ||
      !ltls_hello_vector(&bytes, 2, &envelope->server_name) ||
      !ltls_hello_vector(&bytes, LENGTH, &envelope->chain) || bytes.len == 0)
    return 0;
  origin->is_verified = (flags & VERIFIED) != 0;
  origin->is_bound = (flags & BOUND) != 0;
  envelope->state = bytes;
  if (!(flags & NAMED)) envelope->name.p = NULL;
  if (!(flags & ASKED)) envelope->server_name.p = NULL;
  return (envelope->name.p != NULL || envelope->name.len == 0) &&
         (envelope->server_name.p != NULL || envelope->server_name.len == 0);
}

int ltls_envelope_chain(LtlsSpan chain, mbedtls_x509_crt *list) {
  LtlsSpan der;
  int rc = 0;
  while (rc == 0 && chain.len > 0)
    rc = ltls_hello_vector(&chain, LENGTH, &der)
             ? ltls_x509_parse_der(list, der.p, der.len)
             : MBEDTLS_ERR_X509_INVALID_FORMAT;
  return rc;
}
