/*
** Facts about a certificate. mbedTLS' parser passes over the extensions that
** it does not know; here they are all looked at.
*/

#include "facts.h"

#include "directory.h"
#include "oid.h"

#include <mbedtls/rsa.h>
#include <string.h>

#define MAX_EXPONENT_BITS 64
#define MAX_EXTENSIONS    100 /* finding duplicates is costly */

/* The OIDs under 2.5.29 (id-ce), by their last byte. */
static const struct {
  unsigned char last;
  LtlsExtensionId id;
} standard[] = {
    {14, LTLS_EXT_SUBJECT_KEY_ID},     {15, LTLS_EXT_KEY_USAGE},
    {17, LTLS_EXT_SUBJECT_ALT_NAME},   {18, LTLS_EXT_ISSUER_ALT_NAME},
    {19, LTLS_EXT_BASIC_CONSTRAINTS},  {30, LTLS_EXT_NAME_CONSTRAINTS},
    {31, LTLS_EXT_CRL_POINTS},         {32, LTLS_EXT_POLICIES},
    {33, LTLS_EXT_POLICY_MAPPINGS},    {35, LTLS_EXT_AUTHORITY_KEY_ID},
    {36, LTLS_EXT_POLICY_CONSTRAINTS}, {37, LTLS_EXT_PURPOSES},
    {54, LTLS_EXT_INHIBIT_ANY_POLICY},
};

static const unsigned char id_ce[] = {0x55, 0x1D};
static const unsigned char authority_info[] = {0x2B, 6, 1, 5, 5, 7, 1, 1};
static const unsigned char id_kp[] = {0x2B, 6, 1, 5, 5, 7, 3};
static const unsigned char any_purpose[] = {0x55, 0x1D, 0x25, 0};

/* Is the OID 'arc' and one more byte? Then that byte, else -1. */
static int last_of(LtlsSlice oid, const unsigned char *arc, size_t len) {
  if (oid.len != len + 1 || memcmp(oid.p, arc, len) != 0) return -1;
  return oid.p[len];
}

/* LTLS_EXT_COUNT: unknown. */
static LtlsExtensionId identify(LtlsSlice oid) {
  int last = last_of(oid, id_ce, sizeof(id_ce));
  size_t i;
  for (i = 0; last >= 0 && i < sizeof(standard) / sizeof(standard[0]); i++)
    if (standard[i].last == last) return standard[i].id;
  if (ltls_oid_is(oid, authority_info, sizeof(authority_info)))
    return LTLS_EXT_AUTHORITY_INFO;
  return LTLS_EXT_COUNT;
}

/* RFC 5280, 4.2: what is critical and cannot be processed has the certificate
** refused. Nothing here acts on where an authority publishes its certificate
** (4.2.2.1), nor on other names of it (4.2.1.7). */
static int can_process(LtlsExtensionId id) {
  return id != LTLS_EXT_COUNT && id != LTLS_EXT_AUTHORITY_INFO &&
         id != LTLS_EXT_ISSUER_ALT_NAME;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } */
static int read_extension(LtlsFacts *facts, LtlsSlice list, LtlsSlice *oid) {
  LtlsSlice flag, value;
  LtlsExtensionId id;
  int critical = 0;
  if (!ltls_der_take(&list, MBEDTLS_ASN1_OID, oid)) return 0;
  if (ltls_der_take(&list, MBEDTLS_ASN1_BOOLEAN, &flag))
    critical = flag.len == 1 && flag.p[0] != 0;
  if (!ltls_der_take(&list, MBEDTLS_ASN1_OCTET_STRING, &value)) return 0;
  if (list.len > 0) return 0;
  id = identify(*oid);
  if (critical && !can_process(id)) facts->has_unknown_critical = 1;
  if (id == LTLS_EXT_COUNT) return 1;
  facts->extension[id] = value;
  if (critical) facts->critical |= 1U << id;
  return 1;
}

static void read_extensions(LtlsFacts *facts) {
  const mbedtls_x509_buf *ext = &facts->crt->v3_ext;
  LtlsSlice all = {ext->p, ext->len}, list, extension;
  LtlsSlice oid[MAX_EXTENSIONS];
  int count = 0, i;
  if (all.p == NULL) return;
  facts->has_malformed = 1;
  if (!ltls_der_open(all, &list)) return;
  for (; list.len > 0; count++) {
    if (count == MAX_EXTENSIONS ||
        !ltls_der_take(&list, LTLS_SEQUENCE, &extension) ||
        !read_extension(facts, extension, &oid[count]))
      return;
    for (i = 0; i < count; i++)
      if (ltls_der_same(oid[i], oid[count])) facts->has_duplicate = 1;
  }
  facts->has_malformed = 0;
}

static unsigned purpose_bit(LtlsSlice oid) {
  int last = last_of(oid, id_kp, sizeof(id_kp));
  if (last == 1) return LTLS_PURPOSE_SERVER;
  if (last == 2) return LTLS_PURPOSE_CLIENT;
  return ltls_oid_is(oid, any_purpose, sizeof(any_purpose))
             ? LTLS_PURPOSE_ANY
             : LTLS_PURPOSE_OTHER;
}

/* ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId */
static void read_purposes(LtlsFacts *facts) {
  LtlsSlice list, oid;
  if (!ltls_facts_has(facts, LTLS_EXT_PURPOSES)) return;
  if (!ltls_der_open(facts->extension[LTLS_EXT_PURPOSES], &list) ||
      list.len == 0)
    facts->has_malformed = 1;
  else
    while (ltls_der_take(&list, MBEDTLS_ASN1_OID, &oid))
      facts->purposes |= purpose_bit(oid);
}

/* authorityCertIssuer [1] GeneralNames, authorityCertSerialNumber [2]. */
static void read_authority_certificate(LtlsFacts *facts, LtlsSlice list) {
  const int tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED;
  LtlsSlice names, name;
  if (ltls_der_take(&list, tag | 1, &names))
    while (names.len > 0 && ltls_der_take(&names, ltls_der_peek(names), &name))
      if (name.len > 0 && name.p[0] == LTLS_SEQUENCE)
        ltls_der_open(name, &facts->authority_issuer);
  ltls_der_take(&list, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2,
                &facts->authority_serial);
}

/* SubjectKeyIdentifier ::= OCTET STRING; AuthorityKeyIdentifier ::= SEQUENCE
** { keyIdentifier [0], … } */
static void read_key_ids(LtlsFacts *facts) {
  LtlsSlice own = facts->extension[LTLS_EXT_SUBJECT_KEY_ID], list;
  ltls_der_take(&own, MBEDTLS_ASN1_OCTET_STRING, &facts->key_id);
  if (!ltls_facts_has(facts, LTLS_EXT_AUTHORITY_KEY_ID)) return;
  if (!ltls_der_open(facts->extension[LTLS_EXT_AUTHORITY_KEY_ID], &list)) {
    facts->has_malformed = 1;
    return;
  }
  ltls_der_take(&list, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0,
                &facts->authority_key_id);
  facts->names_issuer_serial = list.len > 0;
  read_authority_certificate(facts, list);
}

/* AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { OID,
** GeneralName }; mbedTLS does not look at it. */
static void check_authority_info(LtlsFacts *facts) {
  LtlsSlice list, access, oid, location;
  int sound = 0;
  if (!ltls_facts_has(facts, LTLS_EXT_AUTHORITY_INFO)) return;
  if (ltls_der_open(facts->extension[LTLS_EXT_AUTHORITY_INFO], &list)) do {
      sound = ltls_der_take(&list, LTLS_SEQUENCE, &access) &&
              ltls_der_take(&access, MBEDTLS_ASN1_OID, &oid) &&
              access.len > 0 &&
              ltls_der_take(&access, ltls_der_peek(access), &location) &&
              access.len == 0;
    } while (sound && list.len > 0);
  if (!sound) facts->has_malformed = 1;
}

/* An element of a SEQUENCE OF: the content must start with these tags. */
typedef struct Form {
  LtlsExtensionId id;
  int tag;   /* of each element; -1: any tag of a general name */
  int first; /* of what stands first in it, or 0 */
} Form;

/* GeneralName ::= CHOICE { otherName [0], … registeredID [8] } */
static int is_general(int tag) {
  return tag >= MBEDTLS_ASN1_CONTEXT_SPECIFIC &&
         (tag & MBEDTLS_ASN1_TAG_VALUE_MASK) <= 8;
}

static int take_element(LtlsSlice *list, const Form *form) {
  LtlsSlice element, first;
  int tag = form->tag >= 0 ? form->tag : ltls_der_peek(*list);
  if (form->tag < 0 && !is_general(tag)) return 0;
  return ltls_der_take(list, tag, &element) &&
         (form->first == 0 || ltls_der_take(&element, form->first, &first));
}

/* The others that mbedTLS does not look at, or not to the end. That a list of
** alternative names must not be empty is a rule of its own. */
static void check_forms(LtlsFacts *facts) {
  static const Form forms[] = {
      {LTLS_EXT_SUBJECT_ALT_NAME, -1, 0},
      {LTLS_EXT_ISSUER_ALT_NAME, -1, 0},
      {LTLS_EXT_CRL_POINTS, LTLS_SEQUENCE, 0},
      {LTLS_EXT_POLICIES, LTLS_SEQUENCE, MBEDTLS_ASN1_OID},
      {LTLS_EXT_POLICY_MAPPINGS, LTLS_SEQUENCE, MBEDTLS_ASN1_OID},
      {LTLS_EXT_NAME_CONSTRAINTS, -1, 0},
      {LTLS_EXT_POLICY_CONSTRAINTS, -1, 0},
  };
  LtlsSlice value = facts->extension[LTLS_EXT_INHIBIT_ANY_POLICY], number;
  size_t i;
  if (value.p != NULL &&
      (!ltls_der_take(&value, MBEDTLS_ASN1_INTEGER, &number) || value.len > 0))
    facts->has_malformed = 1;
  for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
    if (!ltls_facts_has(facts, forms[i].id)) continue;
    if (!ltls_der_open(facts->extension[forms[i].id], &value) ||
        (value.len == 0 && forms[i].id != LTLS_EXT_SUBJECT_ALT_NAME))
      facts->has_malformed = 1;
    else
      while (value.len > 0 && !facts->has_malformed)
        facts->has_malformed = !take_element(&value, &forms[i]);
  }
}

/* RFC 5280, 4.1.2.5.1 and 4.1.2.5.2: a time ends with "Z", and mbedTLS does
** not mind when it does not. */
static int take_time(LtlsSlice *validity) {
  LtlsSlice time;
  size_t len = ltls_der_peek(*validity) == MBEDTLS_ASN1_UTC_TIME ? 13 : 15;
  return ltls_der_take(validity, ltls_der_peek(*validity), &time) &&
         time.len == len && time.p[len - 1] == 'Z';
}

/* TBSCertificate ::= SEQUENCE { version [0], serialNumber INTEGER, signature
** SEQUENCE, issuer SEQUENCE, validity SEQUENCE, … } */
static void check_times(LtlsFacts *facts) {
  LtlsSlice list = {facts->crt->tbs.p, facts->crt->tbs.len}, item;
  int sound;
  ltls_der_open(list, &list);
  ltls_der_take(&list,
                MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0,
                &item);
  sound = ltls_der_take(&list, MBEDTLS_ASN1_INTEGER, &item) &&
          ltls_der_take(&list, LTLS_SEQUENCE, &item) &&
          ltls_der_take(&list, LTLS_SEQUENCE, &item) &&
          ltls_der_take(&list, LTLS_SEQUENCE, &item) && take_time(&item) &&
          take_time(&item);
  if (!sound) facts->has_malformed = 1;
}

/* mbedTLS keeps a name with its SEQUENCE. */
static LtlsSlice read_name(const mbedtls_x509_buf *raw) {
  LtlsSlice whole = {raw->p, raw->len}, name = {NULL, 0};
  ltls_der_take(&whole, LTLS_SEQUENCE, &name);
  return name;
}

void ltls_facts_read(LtlsFacts *facts, const mbedtls_x509_crt *crt) {
  memset(facts, 0, sizeof(*facts));
  facts->crt = crt;
  facts->subject = read_name(&crt->subject_raw);
  facts->issuer = read_name(&crt->issuer_raw);
  facts->subject_hash = ltls_directory_hash(facts->subject);
  facts->issuer_hash = ltls_directory_hash(facts->issuer);
  facts->is_self_issued = facts->subject_hash == facts->issuer_hash &&
                          ltls_directory_same(facts->subject, facts->issuer);
  read_extensions(facts);
  read_purposes(facts);
  read_key_ids(facts);
  check_authority_info(facts);
  check_forms(facts);
  check_times(facts);
}

int ltls_facts_has(const LtlsFacts *facts, LtlsExtensionId id) {
  return facts->extension[id].p != NULL;
}

int ltls_facts_is_critical(const LtlsFacts *facts, LtlsExtensionId id) {
  return (facts->critical & 1U << id) != 0;
}

int ltls_facts_is_issuer(const LtlsFacts *issuer, const LtlsFacts *subject) {
  return issuer->subject_hash == subject->issuer_hash &&
         ltls_directory_same(issuer->subject, subject->issuer);
}

static int same_bytes(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b) {
  return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

int ltls_facts_same_key(const LtlsFacts *a, const LtlsFacts *b) {
  return same_bytes(&a->crt->pk_raw, &b->crt->pk_raw);
}

int ltls_facts_same_entity(const LtlsFacts *a, const LtlsFacts *b) {
  return a->subject_hash == b->subject_hash && ltls_facts_same_key(a, b) &&
         ltls_directory_same(a->subject, b->subject);
}

/* The usual one has 17 bits. */
int ltls_facts_has_huge_exponent(const mbedtls_x509_crt *crt) {
  mbedtls_mpi exponent;
  int is_huge;
  if (mbedtls_pk_get_type(&crt->pk) != MBEDTLS_PK_RSA) return 0;
  mbedtls_mpi_init(&exponent);
  is_huge = mbedtls_rsa_export(mbedtls_pk_rsa(crt->pk), NULL, NULL, NULL, NULL,
                               &exponent) != 0 ||
            mbedtls_mpi_bitlen(&exponent) > MAX_EXPONENT_BITS;
  mbedtls_mpi_free(&exponent);
  return is_huge;
}

/* What is shown to people must not steer their terminal. */
static int is_printable(LtlsSlice text) {
  size_t i;
  for (i = 0; i < text.len; i++)
    if (text.p[i] <= ' ' || text.p[i] > '~') return 0;
  return 1;
}

/* AccessDescription ::= SEQUENCE { accessMethod OID, accessLocation } */
int ltls_facts_issuer_url(const LtlsFacts *facts, LtlsSlice *url) {
  static const unsigned char ca_issuers[] = {0x2B, 6, 1, 5, 5, 7, 48, 2};
  LtlsSlice list, access, oid;
  if (!ltls_der_open(facts->extension[LTLS_EXT_AUTHORITY_INFO], &list))
    return 0;
  while (ltls_der_take(&list, LTLS_SEQUENCE, &access))
    if (ltls_der_take(&access, MBEDTLS_ASN1_OID, &oid) &&
        ltls_oid_is(oid, ca_issuers, sizeof(ca_issuers)) &&
        ltls_der_take(&access, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 6, url))
      return is_printable(*url);
  return 0;
}
