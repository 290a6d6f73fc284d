/*
** Cookies: mbedTLS' own, an HMAC over time and address that is good for a
** minute, and a note of whose was.
*/

#include "cookie.h"

#include "random.h"

#if LTLS_HAS_DATAGRAMS

void ltls_cookie_init(LtlsCookies *cookies) {
  mbedtls_ssl_cookie_init(&cookies->jar);
}

void ltls_cookie_free(LtlsCookies *cookies) {
  mbedtls_ssl_cookie_free(&cookies->jar);
}

static int write_cookie(void *data, unsigned char **p, unsigned char *end,
                        const unsigned char *peer, size_t len) {
  LtlsCookies *cookies = data;
  return mbedtls_ssl_cookie_write(&cookies->jar, p, end, peer, len);
}

static int check_cookie(void *data, const unsigned char *cookie,
                        size_t cookie_len, const unsigned char *peer,
                        size_t len) {
  LtlsCookies *cookies = data;
  int rc =
      mbedtls_ssl_cookie_check(&cookies->jar, cookie, cookie_len, peer, len);
  if (rc == 0 && cookies->is_unproven != NULL) *cookies->is_unproven = 0;
  return rc;
}

int ltls_cookie_configure(LtlsCookies *cookies, mbedtls_ssl_config *conf) {
  int rc = mbedtls_ssl_cookie_setup(&cookies->jar, ltls_random_fill, NULL);
  if (rc == 0)
    mbedtls_ssl_conf_dtls_cookies(conf, write_cookie, check_cookie, cookies);
  return rc;
}

#else

void ltls_cookie_init(LtlsCookies *cookies) {
  (void)cookies;
}

void ltls_cookie_free(LtlsCookies *cookies) {
  (void)cookies;
}

int ltls_cookie_configure(LtlsCookies *cookies, mbedtls_ssl_config *conf) {
  (void)cookies, (void)conf;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

#endif
