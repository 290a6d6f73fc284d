/*
** Issuing certificates: version 3, with the extensions that RFC 5280, 4.2
** requires of an authority that keeps to it.
*/

#include "issue.h"

#include "certificate.h"
#include "draft.h"
#include "failure.h"
#include "name.h"
#include "random.h"

#include <mbedtls/asn1write.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <string.h>

#define MAX_DER 65536

/* RFC 5280, 4.2.1.1: the authority key identifier must be the issuer's subject
** key identifier, and mbedTLS would compute one of its own. */
static int write_authority_id(mbedtls_x509write_cert *out,
                              const LtlsDraft *draft) {
  unsigned char id[64], *p = id + sizeof(id);
  const mbedtls_x509_buf *key_id;
  size_t len;
  if (draft->issuer == NULL || draft->issuer->subject_key_id.len == 0 ||
      draft->issuer->subject_key_id.len > 40)
    return mbedtls_x509write_crt_set_authority_key_identifier(out);
  key_id = &draft->issuer->subject_key_id;
  len = key_id->len;
  p -= len;
  memcpy(p, key_id->p, len);
  *--p = (unsigned char)len;
  *--p = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0;
  *--p = (unsigned char)(len + 2);
  *--p = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
  return mbedtls_x509write_crt_set_extension(
      out, MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER,
      MBEDTLS_OID_SIZE(MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER), 0, p, len + 4);
}

/* Extended key usage, not critical: mbedTLS' own function makes it critical,
** which CA/B Forum BR 7.1.2.7.6 does not allow. */
static int write_purposes(mbedtls_x509write_cert *out, const LtlsDraft *draft) {
  static const unsigned char server[] = {6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1};
  static const unsigned char client[] = {6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 2};
  unsigned char list[2 + sizeof(server) + sizeof(client)];
  size_t len = 2;
  if (draft->usage & LTLS_USE_SERVER) {
    memcpy(list + len, server, sizeof(server));
    len += sizeof(server);
  }
  if (draft->usage & LTLS_USE_CLIENT) {
    memcpy(list + len, client, sizeof(client));
    len += sizeof(client);
  }
  if (len == 2) return 0;
  list[0] = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
  list[1] = (unsigned char)(len - 2);
  return mbedtls_x509write_crt_set_extension(
      out, MBEDTLS_OID_EXTENDED_KEY_USAGE,
      MBEDTLS_OID_SIZE(MBEDTLS_OID_EXTENDED_KEY_USAGE), 0, list, len);
}

/* Key usage: RFC 5280, 4.2.1.3. Key encipherment is what the RSA key exchange
** of TLS 1.2 needs; only RSA keys can do it. */
static unsigned key_usage(const LtlsDraft *draft) {
  unsigned bits = 0;
  if (draft->usage & LTLS_USE_CA)
    bits |= MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN;
  if (draft->usage & (LTLS_USE_SERVER | LTLS_USE_CLIENT))
    bits |= MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
  if (draft->usage & LTLS_USE_SERVER &&
      mbedtls_pk_can_do(draft->subject_key, MBEDTLS_PK_RSA))
    bits |= MBEDTLS_X509_KU_KEY_ENCIPHERMENT;
  return bits;
}

/* Subject alternative names: those given, else the ones of the request, whose
** encoding is taken as it is. */
static int write_names(mbedtls_x509write_cert *out, const LtlsDraft *draft) {
  const mbedtls_x509_sequence *entry;
  unsigned char *buffer, *p;
  int rc = 0, len = 0;
  if (draft->names != NULL)
    return mbedtls_x509write_crt_set_subject_alternative_name(out,
                                                              draft->names);
  if (draft->csr == NULL || draft->csr->subject_alt_names.buf.p == NULL)
    return 0;
  buffer = mbedtls_calloc(1, MAX_DER);
  if (buffer == NULL) return MBEDTLS_ERR_X509_ALLOC_FAILED;
  p = buffer + MAX_DER;
  for (entry = &draft->csr->subject_alt_names; entry != NULL && rc >= 0;
       entry = entry->next) {
    rc = mbedtls_asn1_write_tagged_string(
        &p, buffer, entry->buf.tag, (const char *)entry->buf.p, entry->buf.len);
    len += rc;
  }
  if (rc >= 0) rc = mbedtls_asn1_write_len(&p, buffer, (size_t)len);
  if (rc >= 0) {
    len += rc;
    rc = mbedtls_asn1_write_tag(
        &p, buffer, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
  }
  if (rc >= 0)
    rc = mbedtls_x509write_crt_set_extension(
        out, MBEDTLS_OID_SUBJECT_ALT_NAME,
        MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, p,
        (size_t)len + (size_t)rc);
  mbedtls_free(buffer);
  return rc;
}

static int write_extensions(mbedtls_x509write_cert *out,
                            const LtlsDraft *draft) {
  int is_ca = (draft->usage & LTLS_USE_CA) != 0;
  int rc = mbedtls_x509write_crt_set_basic_constraints(out, is_ca,
                                                       draft->path_length);
  if (rc == 0) rc = mbedtls_x509write_crt_set_subject_key_identifier(out);
  if (rc == 0) rc = write_authority_id(out, draft);
  if (rc == 0) rc = mbedtls_x509write_crt_set_key_usage(out, key_usage(draft));
  if (rc == 0) rc = write_purposes(out, draft);
  if (rc == 0) rc = write_names(out, draft);
  return rc;
}

/* Subject and issuer. The copied lists are not mbedTLS' to free: 'issue'
** takes them out again. */
static int write_identity(mbedtls_x509write_cert *out, const LtlsDraft *draft) {
  int rc = 0;
  if (draft->subject != NULL)
    rc = ltls_name_parse(draft->subject, &out->subject);
  else
    out->subject = draft->copied_subject;
  if (rc != 0) return rc;
  if (draft->copied_issuer != NULL)
    out->issuer = draft->copied_issuer;
  else if (draft->subject != NULL)
    rc = ltls_name_parse(draft->subject, &out->issuer);
  else
    out->issuer = draft->copied_subject;
  return rc;
}

/* Write and sign; the length of the DER at the end of 'der', or an error. */
static int issue(LtlsDraft *draft, unsigned char *der) {
  mbedtls_x509write_cert out;
  int rc;
  mbedtls_x509write_crt_init(&out);
  mbedtls_x509write_crt_set_version(&out, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&out, draft->hash);
  mbedtls_x509write_crt_set_subject_key(&out, draft->subject_key);
  mbedtls_x509write_crt_set_issuer_key(&out, &draft->issuer_key->pk);
  rc = write_identity(&out, draft);
  if (rc == 0)
    rc = mbedtls_x509write_crt_set_serial_raw(&out, draft->serial,
                                              draft->serial_len);
  if (rc == 0)
    rc = mbedtls_x509write_crt_set_validity(&out, draft->not_before,
                                            draft->not_after);
  if (rc == 0) rc = write_extensions(&out, draft);
  if (rc == 0)
    rc = mbedtls_x509write_crt_der(&out, der, MAX_DER, ltls_random_fill, NULL);
  if (draft->subject == NULL) out.subject = NULL;
  if (draft->copied_issuer != NULL || draft->subject == NULL) out.issuer = NULL;
  mbedtls_x509write_crt_free(&out);
  return rc;
}

/* Reasons not to sign at all; 0, or an error was pushed. */
static int refuse(lua_State *L, const LtlsDraft *draft) {
  if (draft->csr != NULL && ltls_csr_check_signature(draft->csr) != 0)
    ltls_failure_push(L, "config", "the request is not signed by its own key");
  else if (draft->issuer != NULL &&
           mbedtls_pk_check_pair(&draft->issuer->pk, &draft->issuer_key->pk,
                                 ltls_random_fill, NULL) != 0)
    ltls_failure_push(L, "config", "issuer_key is not the key of issuer");
  else
    return 0;
  return 1;
}

int ltls_issue(lua_State *L) {
  LtlsDraft draft;
  unsigned char *der;
  int rc;
  memset(&draft, 0, sizeof(draft));
  ltls_draft_read(L, &draft);
  if (refuse(L, &draft)) return ltls_fail_top(L);
  der = lua_newuserdatauv(L, MAX_DER, 0);
  rc = issue(&draft, der);
  if (rc < 0) return ltls_fail(L, "config", "cannot issue the certificate", rc);
  if (!ltls_certificate_push_der(L, der + MAX_DER - rc, (size_t)rc))
    return ltls_fail_top(L);
  return 1;
}
