/*
** Seals. The random nonces of one key may number four thousand millions before
** two are likely to be the same (NIST SP 800-38D, 8.3): keys change earlier.
*/

#include "seal.h"

#include "random.h"

#include <mbedtls/gcm.h>

static int begin(mbedtls_gcm_context *gcm, const unsigned char *key) {
  mbedtls_gcm_init(gcm);
  return mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key, LTLS_SEAL_KEY * 8);
}

int ltls_seal_close(const unsigned char *key, unsigned char *nonce,
                    LtlsSpan extra, unsigned char *text, size_t len) {
  mbedtls_gcm_context gcm;
  int rc = begin(&gcm, key);
  if (rc == 0) rc = ltls_random_fill(NULL, nonce, LTLS_SEAL_NONCE);
  if (rc == 0)
    rc = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, len, nonce,
                                   LTLS_SEAL_NONCE, extra.p, extra.len, text,
                                   text, LTLS_SEAL_TAG, text + len);
  mbedtls_gcm_free(&gcm);
  return rc;
}

int ltls_seal_open(const unsigned char *key, const unsigned char *nonce,
                   LtlsSpan extra, unsigned char *text, size_t len) {
  mbedtls_gcm_context gcm;
  int rc = begin(&gcm, key);
  if (rc == 0)
    rc = mbedtls_gcm_auth_decrypt(&gcm, len, nonce, LTLS_SEAL_NONCE, extra.p,
                                  extra.len, text + len, LTLS_SEAL_TAG, text,
                                  text);
  mbedtls_gcm_free(&gcm);
  return rc == 0;
}
