/*
** Matching of names. A zero byte in a certificate's name never matches: what
** was asked for is a C string and has none.
*/

#include "match.h"

#include "name.h"
#include "suffix.h"

#include <ctype.h>
#include <mbedtls/oid.h>
#include <stdio.h>
#include <string.h>

#define MAX_IP 16

/* What was asked for, against one name of the certificate. */
typedef int (*Comparison)(const mbedtls_x509_buf *name, const char *text,
                          size_t len);

static int equal_ignoring_case(const char *a, const char *b, size_t len) {
  size_t i;
  for (i = 0; i < len; i++)
    if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i])) return 0;
  return 1;
}

/* Does any name of 'type' fit? */
static int any_name(const mbedtls_x509_crt *crt, int type, Comparison compare,
                    const char *text, size_t len) {
  const mbedtls_x509_sequence *list = &crt->subject_alt_names;
  for (; list != NULL && list->buf.p != NULL; list = list->next)
    if ((list->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == type &&
        compare(&list->buf, text, len))
      return 1;
  return 0;
}

/* RFC 9525, 6.3: "*" stands for exactly one whole leftmost label; what follows
** it must have a dot of its own, so that nobody is "*.com". */
static int same_host(const mbedtls_x509_buf *pattern, const char *host,
                     size_t host_len) {
  const char *text = (const char *)pattern->p;
  size_t len = pattern->len;
  if (len > 2 && text[0] == '*' && text[1] == '.') {
    const char *rest = memchr(host, '.', host_len);
    if (rest == NULL || rest == host) return 0;
    if (memchr(text + 2, '.', len - 2) == NULL) return 0;
    host_len -= (size_t)(rest - host);
    host = rest;
    text++;
    len--;
  }
  return len == host_len && equal_ignoring_case(text, host, len);
}

static int same_bytes(const mbedtls_x509_buf *name, const char *text,
                      size_t len) {
  return name->len == len && memcmp(name->p, text, len) == 0;
}

/* The length of a host name without the root's dot; 0 for what is none: a
** pattern is no host. */
static size_t host_length(const char *name) {
  size_t len = strlen(name);
  if (strchr(name, '*') != NULL) return 0;
  return len > 1 && name[len - 1] == '.' ? len - 1 : len;
}

int ltls_match_host(const mbedtls_x509_crt *crt, const char *name) {
  unsigned char address[MAX_IP];
  size_t ip_len = mbedtls_x509_crt_parse_cn_inet_pton(name, address);
  size_t len = host_length(name);
  if (ip_len > 0)
    return any_name(crt, MBEDTLS_X509_SAN_IP_ADDRESS, same_bytes,
                    (const char *)address, ip_len);
  return len > 0 &&
         any_name(crt, MBEDTLS_X509_SAN_DNS_NAME, same_host, name, len);
}

static int is_common_name(const mbedtls_x509_name *part) {
  return part->oid.p != NULL &&
         MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &part->oid) == 0;
}

int ltls_match_common_name(const mbedtls_x509_crt *crt, const char *name) {
  const mbedtls_x509_name *part = &crt->subject;
  size_t len = host_length(name);
  if (ltls_name_is_ip(name) || len == 0) return 0;
  for (; part != NULL; part = part->next)
    if (is_common_name(part) && same_host(&part->val, name, len)) return 1;
  return 0;
}

static int same_email(const mbedtls_x509_buf *name, const char *email,
                      size_t len) {
  const char *at = strrchr(email, '@');
  size_t local = at != NULL ? (size_t)(at - email) : len;
  return name->len == len && memcmp(name->p, email, local) == 0 &&
         equal_ignoring_case((const char *)name->p + local, email + local,
                             len - local);
}

int ltls_match_email(const mbedtls_x509_crt *crt, const char *email) {
  return any_name(crt, MBEDTLS_X509_SAN_RFC822_NAME, same_email, email,
                  strlen(email));
}

static int same_uri(const mbedtls_x509_buf *name, const char *uri, size_t len) {
  const char *host = strstr(uri, "://");
  size_t free = host != NULL ? (size_t)(host - uri) + 3 : 0;
  while (free > 0 && free < len && strchr("/?#", uri[free]) == NULL)
    free++;
  return name->len == len &&
         equal_ignoring_case((const char *)name->p, uri, free) &&
         memcmp(name->p + free, uri + free, len - free) == 0;
}

int ltls_match_uri(const mbedtls_x509_crt *crt, const char *uri) {
  return any_name(crt, MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER, same_uri,
                  uri, strlen(uri));
}

static int is_listed(const mbedtls_x509_crt *crt,
                     const mbedtls_x509_buf *name) {
  const mbedtls_x509_sequence *list = &crt->subject_alt_names;
  char text[LTLS_NAME_TEXT];
  for (; list != NULL && list->buf.p != NULL; list = list->next)
    if (ltls_name_write(text, list) && strlen(text) == name->len &&
        memcmp(text, name->p, name->len) == 0)
      return 1;
  return 0;
}

int ltls_match_lists_common_name(const mbedtls_x509_crt *crt) {
  const mbedtls_x509_name *part = &crt->subject;
  for (; part != NULL; part = part->next)
    if (is_common_name(part) && !is_listed(crt, &part->val)) return 0;
  return 1;
}

static int is_broad(const mbedtls_x509_buf *name, const char *suffixes,
                    size_t unused) {
  (void)unused;
  return name->len > 2 && name->p[0] == '*' && name->p[1] == '.' &&
         ltls_suffix_is_public(suffixes, (const char *)name->p + 2,
                               name->len - 2);
}

int ltls_match_has_broad_wildcard(const mbedtls_x509_crt *crt,
                                  const char *suffixes) {
  return any_name(crt, MBEDTLS_X509_SAN_DNS_NAME, is_broad, suffixes, 0);
}

void ltls_match_write_names(char *out, size_t size, const mbedtls_x509_crt *crt,
                            int max) {
  const mbedtls_x509_sequence *list = &crt->subject_alt_names;
  size_t used = 0;
  int shown = 0;
  out[0] = '\0';
  for (; list != NULL && list->buf.p != NULL; list = list->next) {
    const char *before = shown > 0 ? ", " : "";
    char name[LTLS_NAME_TEXT];
    int len;
    if (!ltls_name_write(name, list)) continue;
    if (++shown > max) break;
    len = snprintf(out + used, size - used, "%s%s", before, name);
    if (len < 0 || (size_t)len >= size - used) break;
    used += (size_t)len;
  }
  if (shown > max) (void)snprintf(out + used, size - used, " and others");
}
