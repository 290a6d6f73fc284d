/*
** Issuing certificates, with the extensions that RFC 5280, 4.2 requires of an
** authority that keeps to it. Written here and not by mbedTLS, which would
** change names on the way, and make an extended key usage critical.
*/

#include "issue.h"

#include "certificate.h"
#include "draft.h"
#include "failure.h"
#include "name.h"
#include "random.h"
#include "writer.h"

#include <mbedtls/asn1write.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <string.h>

#define TAIL 2048 /* room for the largest signature and its algorithm */

/* ------------------------------------------------------------ extensions -- */

/* Each writes the content of one extension, or nothing, which leaves it out;
** the result tells whether it is critical. */
typedef int (*WriteExtension)(LtlsWriter *out, const LtlsDraft *draft);

/* RFC 5280, 4.2.1.9: DER leaves the default, FALSE, out. */
static int write_basic_constraints(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char *end = out->p;
  int is_ca = (draft->usage & LTLS_USE_CA) != 0;
  if (is_ca && draft->path_length >= 0) {
    unsigned char limit = (unsigned char)draft->path_length;
    ltls_writer_integer(out, &limit, 1);
  }
  if (is_ca) ltls_writer_element(out, MBEDTLS_ASN1_BOOLEAN, "\xff", 1);
  ltls_writer_wrap(out, end, LTLS_SEQUENCE);
  return is_ca;
}

/* RFC 5280, 4.2.1.2, method 1: SHA-1 of the key's bits. */
static void write_key_hash(LtlsWriter *out, const mbedtls_pk_context *key,
                           unsigned char tag) {
  unsigned char digest[20];
  unsigned char *const end = out->p;
  unsigned char *p = end;
  int len = mbedtls_pk_write_pubkey(&p, out->start, key);
  if (out->rc == 0 && len < 0) out->rc = len;
  if (out->rc != 0) return;
  out->rc = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), p,
                       (size_t)len, digest);
  ltls_writer_element(out, tag, digest, sizeof(digest));
}

static int write_subject_id(LtlsWriter *out, const LtlsDraft *draft) {
  write_key_hash(out, draft->subject_key, MBEDTLS_ASN1_OCTET_STRING);
  return 0;
}

/* RFC 5280, 4.2.1.1: the issuer's subject key identifier, however it was
** made. */
static int write_authority_id(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0;
  const unsigned char *end = out->p;
  const mbedtls_x509_buf *id =
      draft->issuer != NULL ? &draft->issuer->subject_key_id : NULL;
  if (id != NULL && id->len > 0)
    ltls_writer_element(out, tag, id->p, id->len);
  else
    write_key_hash(out, &draft->issuer_key->pk, tag);
  ltls_writer_wrap(out, end, LTLS_SEQUENCE);
  return 0;
}

/* RFC 5280, 4.2.1.3. Key encipherment is what the RSA key exchange of TLS 1.2
** needs; only RSA keys can do it. */
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

/* X.690, 11.2.2: a list of named bits ends with its last one. */
static int write_key_usage(LtlsWriter *out, const LtlsDraft *draft) {
  unsigned bits = key_usage(draft);
  unsigned char content[2] = {0, (unsigned char)bits};
  if (bits == 0) return 0;
  while (!(bits >> content[0] & 1))
    content[0]++;
  ltls_writer_element(out, MBEDTLS_ASN1_BIT_STRING, content, sizeof(content));
  return 1;
}

/* Never critical: CA/B Forum BR 7.1.2.7.6. */
static int write_purposes(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char *end = out->p;
  if (draft->usage & LTLS_USE_CLIENT)
    ltls_writer_element(out, MBEDTLS_ASN1_OID, MBEDTLS_OID_CLIENT_AUTH,
                        MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH));
  if (draft->usage & LTLS_USE_SERVER)
    ltls_writer_element(out, MBEDTLS_ASN1_OID, MBEDTLS_OID_SERVER_AUTH,
                        MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH));
  if (out->p != end) ltls_writer_wrap(out, end, LTLS_SEQUENCE);
  return 0;
}

/* Has the subject no attribute at all? */
static int is_nameless(const LtlsDraft *draft) {
  if (draft->subject != NULL) return draft->subject[0] == '\0';
  return draft->csr->subject.oid.p == NULL;
}

/* RFC 5280, 4.2.1.6: critical where it is all there is. */
static int write_names(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char *end = out->p;
  size_t i;
  for (i = draft->name_count; i-- > 0;) {
    const mbedtls_x509_buf *name = &draft->names[i];
    ltls_writer_element(out, (unsigned char)name->tag, name->p, name->len);
  }
  if (out->p != end) ltls_writer_wrap(out, end, LTLS_SEQUENCE);
  return is_nameless(draft);
}

/* In the order of the certificate. */
#define OID(name) name, MBEDTLS_OID_SIZE(name)
static const struct {
  const char *oid;
  size_t oid_len;
  WriteExtension write;
} own_extensions[] = {
    {OID(MBEDTLS_OID_BASIC_CONSTRAINTS), write_basic_constraints},
    {OID(MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER), write_subject_id},
    {OID(MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER), write_authority_id},
    {OID(MBEDTLS_OID_KEY_USAGE), write_key_usage},
    {OID(MBEDTLS_OID_EXTENDED_KEY_USAGE), write_purposes},
    {OID(MBEDTLS_OID_SUBJECT_ALT_NAME), write_names},
};

/* Make what was written since 'end' the value of an extension. */
static void wrap_extension(LtlsWriter *out, const unsigned char *end,
                           int critical, const void *oid, size_t oid_len) {
  ltls_writer_wrap(out, end, MBEDTLS_ASN1_OCTET_STRING);
  if (critical) ltls_writer_element(out, MBEDTLS_ASN1_BOOLEAN, "\xff", 1);
  ltls_writer_element(out, MBEDTLS_ASN1_OID, oid, oid_len);
  ltls_writer_wrap(out, end, LTLS_SEQUENCE);
}

static int is_replaced(const LtlsDraft *draft, const char *oid, size_t len) {
  size_t i;
  for (i = 0; i < draft->extra_count; i++)
    if (draft->extras[i].oid_len == len &&
        memcmp(draft->extras[i].oid, oid, len) == 0)
      return 1;
  return 0;
}

static void write_extras(LtlsWriter *out, const LtlsDraft *draft) {
  size_t i;
  for (i = draft->extra_count; i-- > 0;) {
    const LtlsExtra *extra = &draft->extras[i];
    const unsigned char *end = out->p;
    if (extra->value == NULL) continue;
    ltls_writer_bytes(out, extra->value, extra->len);
    wrap_extension(out, end, extra->critical, extra->oid, extra->oid_len);
  }
}

/* RFC 5280, 4.1.2.9: not in version 1, unless the caller insists. */
static void write_extensions(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char *all = out->p;
  size_t i = sizeof(own_extensions) / sizeof(own_extensions[0]);
  write_extras(out, draft);
  while (draft->version == 3 && i-- > 0) {
    const char *oid = own_extensions[i].oid;
    size_t oid_len = own_extensions[i].oid_len;
    const unsigned char *end = out->p;
    int critical;
    if (is_replaced(draft, oid, oid_len)) continue;
    critical = own_extensions[i].write(out, draft);
    if (out->p != end) wrap_extension(out, end, critical, oid, oid_len);
  }
  if (out->p == all) return;
  ltls_writer_wrap(out, all, LTLS_SEQUENCE);
  ltls_writer_wrap(
      out, all, MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 3);
}

/* ------------------------------------------------------- the certificate -- */

/* The list starts with the last attribute. */
static void write_attributes(LtlsWriter *out,
                             const mbedtls_asn1_named_data *list) {
  for (; list != NULL; list = list->next) {
    const unsigned char *end = out->p;
    ltls_writer_element(out, (unsigned char)list->val.tag, list->val.p,
                        list->val.len);
    ltls_writer_element(out, MBEDTLS_ASN1_OID, list->oid.p, list->oid.len);
    ltls_writer_wrap(out, end, LTLS_SEQUENCE);
    ltls_writer_wrap(out, end, LTLS_SET);
  }
}

/* A name that is in a certificate or a request already stays the same to the
** byte, or paths break. */
static void write_subject(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char *end = out->p;
  mbedtls_asn1_named_data *list = NULL;
  if (draft->subject == NULL) {
    const mbedtls_x509_buf *raw = &draft->csr->subject_raw;
    ltls_writer_bytes(out, raw->p, raw->len);
    return;
  }
  if (draft->subject[0] != '\0' && out->rc == 0)
    out->rc = ltls_name_parse(draft->subject, &list);
  write_attributes(out, list);
  ltls_writer_wrap(out, end, LTLS_SEQUENCE);
  mbedtls_asn1_free_named_data_list(&list);
}

static void write_issuer(LtlsWriter *out, const LtlsDraft *draft) {
  if (draft->issuer == NULL)
    write_subject(out, draft);
  else
    ltls_writer_bytes(out, draft->issuer->subject_raw.p,
                      draft->issuer->subject_raw.len);
}

/* RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. */
static void write_time(LtlsWriter *out, const char *time) {
  const unsigned char *end = out->p;
  int is_short = memcmp(time, "1950", 4) >= 0 && memcmp(time, "2050", 4) < 0;
  ltls_writer_bytes(out, "Z", 1);
  if (is_short)
    ltls_writer_bytes(out, time + 2, 12);
  else
    ltls_writer_bytes(out, time, 14);
  ltls_writer_wrap(out, end,
                   is_short ? MBEDTLS_ASN1_UTC_TIME
                            : MBEDTLS_ASN1_GENERALIZED_TIME);
}

static mbedtls_pk_type_t signature_type(const LtlsDraft *draft) {
  return mbedtls_pk_can_do(&draft->issuer_key->pk, MBEDTLS_PK_RSA)
             ? MBEDTLS_PK_RSA
             : MBEDTLS_PK_ECDSA;
}

/* RFC 4055, 5: NULL parameters for RSA; RFC 5758, 3.2: none for ECDSA. */
static void write_algorithm(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char *end = out->p;
  mbedtls_pk_type_t type = signature_type(draft);
  const char *oid = NULL;
  size_t len = 0;
  int rc = mbedtls_oid_get_oid_by_sig_alg(type, draft->hash, &oid, &len);
  if (out->rc == 0) out->rc = rc;
  if (type == MBEDTLS_PK_RSA)
    ltls_writer_element(out, MBEDTLS_ASN1_NULL, NULL, 0);
  ltls_writer_element(out, MBEDTLS_ASN1_OID, oid, len);
  ltls_writer_wrap(out, end, LTLS_SEQUENCE);
}

static void write_public_key(LtlsWriter *out, const LtlsDraft *draft) {
  int len;
  if (out->rc != 0) return;
  len = mbedtls_pk_write_pubkey_der(draft->subject_key, out->start,
                                    (size_t)(out->p - out->start));
  if (len < 0)
    out->rc = len;
  else
    out->p -= len;
}

/* TBSCertificate: RFC 5280, 4.1. */
static void write_body(LtlsWriter *out, const LtlsDraft *draft) {
  const unsigned char *all = out->p, *end;
  const unsigned char version = (unsigned char)(draft->version - 1);
  write_extensions(out, draft);
  write_public_key(out, draft);
  write_subject(out, draft);
  end = out->p;
  write_time(out, draft->not_after);
  write_time(out, draft->not_before);
  ltls_writer_wrap(out, end, LTLS_SEQUENCE);
  write_issuer(out, draft);
  write_algorithm(out, draft);
  ltls_writer_integer(out, draft->serial, draft->serial_len);
  end = out->p;
  if (version > 0) {
    ltls_writer_integer(out, &version, 1);
    ltls_writer_wrap(
        out, end, MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0);
  }
  ltls_writer_wrap(out, all, LTLS_SEQUENCE);
}

/* BIT STRING of the signature over the 'len' bytes at 'body'. */
static void write_signature(LtlsWriter *out, const LtlsDraft *draft,
                            const unsigned char *body, size_t len) {
  const mbedtls_md_info_t *info = mbedtls_md_info_from_type(draft->hash);
  unsigned char digest[MBEDTLS_MD_MAX_SIZE];
  unsigned char bits[1 + MBEDTLS_PK_SIGNATURE_MAX_SIZE] = {0};
  size_t written = 0;
  if (out->rc == 0) out->rc = mbedtls_md(info, body, len, digest);
  if (out->rc == 0)
    out->rc = mbedtls_pk_sign(
        &draft->issuer_key->pk, draft->hash, digest, mbedtls_md_get_size(info),
        bits + 1, sizeof(bits) - 1, &written, ltls_random_fill, NULL);
  ltls_writer_element(out, MBEDTLS_ASN1_BIT_STRING, bits, written + 1);
}

/* Write and sign at the end of 'room' bytes. */
static LtlsWriter issue(const LtlsDraft *draft, unsigned char *room,
                        size_t size) {
  LtlsWriter body = {room, room + size - TAIL, 0};
  LtlsWriter out = {room, room + size, 0};
  size_t len;
  write_body(&body, draft);
  out.rc = body.rc;
  len = (size_t)(room + size - TAIL - body.p);
  write_signature(&out, draft, body.p, len);
  write_algorithm(&out, draft);
  ltls_writer_bytes(&out, body.p, len);
  ltls_writer_wrap(&out, room + size, LTLS_SEQUENCE);
  return out;
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
  LtlsWriter out;
  unsigned char *room;
  size_t size;
  memset(&draft, 0, sizeof(draft));
  ltls_draft_read(L, &draft);
  if (refuse(L, &draft)) return ltls_fail_top(L);
  size = draft.room + TAIL;
  room = lua_newuserdatauv(L, size, 0);
  out = issue(&draft, room, size);
  if (out.rc != 0)
    return ltls_name_fail(L, "cannot issue the certificate", out.rc);
  if (!ltls_certificate_push_der(L, out.p, (size_t)(room + size - out.p)))
    return ltls_fail_top(L);
  return 1;
}
