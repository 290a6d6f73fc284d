/*
** Parsing of certificates. mbedTLS' own reader of PEM lists has no place for
** the callback that keeps unknown extensions, so the list is walked here.
*/

#include "x509.h"

#include <mbedtls/pem.h>
#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END   "-----END CERTIFICATE-----"

/* Any extension may stand in a certificate; the verifier judges them. */
static int accept_extension(void *unused, mbedtls_x509_crt const *crt,
                            mbedtls_x509_buf const *oid, int critical,
                            const unsigned char *p, const unsigned char *end) {
  (void)unused, (void)crt, (void)oid, (void)critical, (void)p, (void)end;
  return 0;
}

int ltls_x509_parse_der(mbedtls_x509_crt *list, const unsigned char *data,
                        size_t len) {
  return mbedtls_x509_crt_parse_der_with_ext_cb(list, data, len, 1,
                                                accept_extension, NULL);
}

/* Parse the block at *text and step behind it. */
static int parse_block(mbedtls_x509_crt *list, const unsigned char **text) {
  mbedtls_pem_context pem;
  size_t used = 0;
  int rc;
  mbedtls_pem_init(&pem);
  rc = mbedtls_pem_read_buffer(&pem, BEGIN, END, *text, NULL, 0, &used);
  if (rc == 0) rc = ltls_x509_parse_der(list, pem.buf, pem.buflen);
  mbedtls_pem_free(&pem);
  *text += used > 0 ? used : strlen(BEGIN);
  return rc;
}

static int parse_pem(mbedtls_x509_crt *list, const unsigned char *text) {
  int failed = 0, read = 0,
      first_error = MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT;
  while ((text = (const unsigned char *)strstr((const char *)text, BEGIN))) {
    int rc = parse_block(list, &text);
    if (rc == MBEDTLS_ERR_X509_ALLOC_FAILED) return rc;
    if (rc == 0)
      read++;
    else if (failed++ == 0)
      first_error = rc;
  }
  return read > 0 ? failed : first_error;
}

int ltls_x509_parse(mbedtls_x509_crt *list, const unsigned char *data,
                    size_t len) {
  int is_text = len > 0 && data[len - 1] == '\0' &&
                strstr((const char *)data, BEGIN) != NULL;
  return is_text ? parse_pem(list, data) : ltls_x509_parse_der(list, data, len);
}
