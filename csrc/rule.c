/*
** The rules. Each is a question about one certificate of a path; the table
** says which certificates and profiles it is for. docs/verification.md has the
** same table in words.
*/

#include "rule.h"

#include "certificate.h"
#include "directory.h"
#include "match.h"

#include <mbedtls/rsa.h>
#include <string.h>

#define MIN_RSA_BITS 2048

/* Places in a path. SOLE: a leaf that is trusted itself; IDLE: a leaf that is
** an authority's certificate, to whose form RFC 5280 holds it even there. */
enum { LEAF = 1, CA = 2, ANCHOR = 4, SOLE = 8, IDLE = 16 };
enum { ISSUER = CA | ANCHOR, END = LEAF | SOLE, ALL = ISSUER | END };
enum { WEB = LTLS_WEB, RFC = LTLS_RFC5280, STRICT = LTLS_STRICT };
enum { EVER = WEB | RFC | STRICT };

typedef LtlsCase Case;

static int has(const Case *c, LtlsExtensionId id) {
  return ltls_facts_has(c->facts, id);
}

static int is_critical(const Case *c, LtlsExtensionId id) {
  return ltls_facts_is_critical(c->facts, id);
}

/* The certificate as it is (RFC 5280, 4.1) ------------------------------- */

static int is_malformed(const Case *c) {
  return c->facts->has_malformed;
}

static int has_duplicate(const Case *c) {
  return c->facts->has_duplicate;
}

static int has_unknown_critical(const Case *c) {
  return c->facts->has_unknown_critical;
}

static int is_old_version(const Case *c) {
  return c->crt->version < 3;
}

static int is_expired(const Case *c) {
  return c->terms->time > ltls_certificate_time(&c->crt->valid_to);
}

static int is_not_yet_valid(const Case *c) {
  return c->terms->time < ltls_certificate_time(&c->crt->valid_from);
}

/* 4.1.2.2: positive, of at most 20 bytes; a zero may go before the sign. */
static int has_bad_serial(const Case *c) {
  const mbedtls_x509_buf *serial = &c->crt->serial;
  size_t i = 0;
  while (i < serial->len && serial->p[i] == 0)
    i++;
  return serial->len == 0 || serial->len > 20 || i == serial->len ||
         serial->p[0] >= 0x80;
}

/* Algorithms and keys ---------------------------------------------------- */

static int has_weak_hash(const Case *c) {
  return c->crt->sig_md == MBEDTLS_MD_MD5 || c->crt->sig_md == MBEDTLS_MD_SHA1;
}

/* CA/B 7.1.3.2 lists SHA-256, SHA-384 and SHA-512. */
static int has_rare_hash(const Case *c) {
  return !has_weak_hash(c) && c->crt->sig_md != MBEDTLS_MD_SHA256 &&
         c->crt->sig_md != MBEDTLS_MD_SHA384 &&
         c->crt->sig_md != MBEDTLS_MD_SHA512;
}

static int has_weak_key(const Case *c) {
  const mbedtls_pk_context *pk = &c->crt->pk;
  const mbedtls_ecp_keypair *ec;
  if (mbedtls_pk_get_type(pk) == MBEDTLS_PK_RSA)
    return mbedtls_pk_get_bitlen(pk) < MIN_RSA_BITS ||
           ltls_facts_has_huge_exponent(c->crt);
  ec = mbedtls_pk_ec(*pk);
  return ec == NULL || (ec->grp.id != MBEDTLS_ECP_DP_SECP256R1 &&
                        ec->grp.id != MBEDTLS_ECP_DP_SECP384R1 &&
                        ec->grp.id != MBEDTLS_ECP_DP_SECP521R1);
}

/* CA/B 6.1.5. */
static int has_odd_key_size(const Case *c) {
  return mbedtls_pk_get_type(&c->crt->pk) == MBEDTLS_PK_RSA &&
         mbedtls_pk_get_bitlen(&c->crt->pk) % 8 != 0;
}

/* Basic constraints (4.2.1.9) -------------------------------------------- */

static int is_no_authority(const Case *c) {
  return !c->crt->ca_istrue && (c->place == CA || c->crt->version == 3);
}

static int has_mild_basic_constraints(const Case *c) {
  return has(c, LTLS_EXT_BASIC_CONSTRAINTS) &&
         !is_critical(c, LTLS_EXT_BASIC_CONSTRAINTS);
}

static int is_authority(const Case *c) {
  return c->crt->ca_istrue;
}

/* mbedTLS counts a path length from 1, and 0 is for none. */
static int is_path_too_long(const Case *c) {
  int i, below = 0;
  for (i = 1; i < c->index; i++)
    if (!c->path->item[i]->is_self_issued) below++;
  return c->crt->max_pathlen > 0 && below > c->crt->max_pathlen - 1;
}

static int has_idle_path_length(const Case *c) {
  return c->crt->max_pathlen > 0 &&
         (!c->crt->ca_istrue ||
          !(c->crt->key_usage & MBEDTLS_X509_KU_KEY_CERT_SIGN));
}

/* Usages (4.2.1.3, 4.2.1.12) --------------------------------------------- */

static int cannot_sign(const Case *c) {
  return has(c, LTLS_EXT_KEY_USAGE) &&
         !(c->crt->key_usage & MBEDTLS_X509_KU_KEY_CERT_SIGN);
}

static int has_no_key_usage(const Case *c) {
  return !has(c, LTLS_EXT_KEY_USAGE) && c->crt->version == 3;
}

static int signs_without_right(const Case *c) {
  return !c->crt->ca_istrue && has(c, LTLS_EXT_KEY_USAGE) &&
         (c->crt->key_usage & MBEDTLS_X509_KU_KEY_CERT_SIGN);
}

static int cannot_do_tls(const Case *c) {
  unsigned fit =
      MBEDTLS_X509_KU_DIGITAL_SIGNATURE | MBEDTLS_X509_KU_KEY_AGREEMENT;
  if (c->terms->usage == LTLS_USAGE_SERVER)
    fit |= MBEDTLS_X509_KU_KEY_ENCIPHERMENT;
  return has(c, LTLS_EXT_KEY_USAGE) && !(c->crt->key_usage & fit);
}

static unsigned wanted(const Case *c) {
  return c->terms->usage == LTLS_USAGE_SERVER ? LTLS_PURPOSE_SERVER
                                              : LTLS_PURPOSE_CLIENT;
}

/* On authorities too: practice makes it a limit for what is below. */
static int lacks_purpose(const Case *c) {
  return has(c, LTLS_EXT_PURPOSES) &&
         !(c->facts->purposes & (wanted(c) | LTLS_PURPOSE_ANY));
}

/* 4.2.1.12: who requires a purpose "MAY reject" one that is only any. */
static int has_only_any_purpose(const Case *c) {
  return has(c, LTLS_EXT_PURPOSES) && !lacks_purpose(c) &&
         !(c->facts->purposes & wanted(c));
}

static int has_purposes(const Case *c) {
  return has(c, LTLS_EXT_PURPOSES);
}

/* CA/B 7.1.2.7.6. */
static int has_critical_purposes(const Case *c) {
  return is_critical(c, LTLS_EXT_PURPOSES);
}

static int has_no_purpose(const Case *c) {
  return !has_purposes(c) || c->facts->purposes & LTLS_PURPOSE_ANY;
}

/* Names (4.1.2.6, 4.2.1.6, 4.2.1.10) ------------------------------------- */

static int has_no_subject(const Case *c) {
  return c->facts->subject.len == 0;
}

static int has_no_firm_name(const Case *c) {
  return has_no_subject(c) && !is_critical(c, LTLS_EXT_SUBJECT_ALT_NAME);
}

static int has_overfirm_name(const Case *c) {
  return !has_no_subject(c) && is_critical(c, LTLS_EXT_SUBJECT_ALT_NAME);
}

static int has_empty_names(const Case *c) {
  LtlsSlice list;
  return has(c, LTLS_EXT_SUBJECT_ALT_NAME) &&
         (!ltls_der_open(c->facts->extension[LTLS_EXT_SUBJECT_ALT_NAME],
                         &list) ||
          list.len == 0);
}

static int has_other_name(const Case *c) {
  const LtlsTerms *terms = c->terms;
  if (terms->name != NULL && !ltls_match_host(c->crt, terms->name) &&
      !(terms->common_name && !has(c, LTLS_EXT_SUBJECT_ALT_NAME) &&
        ltls_match_common_name(c->crt, terms->name)))
    return 1;
  return (terms->email != NULL && !ltls_match_email(c->crt, terms->email)) ||
         (terms->uri != NULL && !ltls_match_uri(c->crt, terms->uri));
}

/* CA/B 7.1.4.3: a common name repeats one of the names, byte for byte. */
static int has_foreign_common_name(const Case *c) {
  return !ltls_match_lists_common_name(c->crt);
}

/* CA/B 3.2.2.6: "*.com" would be for half the world. */
static int has_broad_wildcard(const Case *c) {
  return ltls_match_has_broad_wildcard(c->crt, c->terms->suffixes);
}

static int has_mild_name_constraints(const Case *c) {
  return has(c, LTLS_EXT_NAME_CONSTRAINTS) &&
         !is_critical(c, LTLS_EXT_NAME_CONSTRAINTS);
}

/* "MUST be used only in a CA certificate". */
static int has_misplaced_name_constraints(const Case *c) {
  return has(c, LTLS_EXT_NAME_CONSTRAINTS) && !c->crt->ca_istrue;
}

/* Key identifiers and policies (4.2.1.1, 4.2.1.2, 4.2.1.11, 4.2.1.14) ---- */

static int has_critical_key_id(const Case *c) {
  return is_critical(c, LTLS_EXT_AUTHORITY_KEY_ID) ||
         is_critical(c, LTLS_EXT_SUBJECT_KEY_ID);
}

static int has_no_authority_key_id(const Case *c) {
  return c->crt->version == 3 && c->facts->authority_key_id.p == NULL;
}

static int has_no_key_id(const Case *c) {
  return c->crt->version == 3 && c->facts->key_id.p == NULL;
}

/* By its key, or by its issuer and serial number. */
static int is_another_issuer(const Case *c) {
  const LtlsFacts *below = c->path->item[c->index - 1];
  LtlsSlice serial = {c->crt->serial.p, c->crt->serial.len};
  return (c->facts->key_id.p != NULL && below->authority_key_id.p != NULL &&
          !ltls_der_same(c->facts->key_id, below->authority_key_id)) ||
         (below->authority_serial.p != NULL &&
          !ltls_der_same(below->authority_serial, serial)) ||
         (below->authority_issuer.p != NULL &&
          !ltls_directory_same(below->authority_issuer, c->facts->issuer));
}

/* CA/B 7.1.2.1.3: a root's names its own key, and nothing else. */
static int has_odd_root_key_id(const Case *c) {
  return has(c, LTLS_EXT_AUTHORITY_KEY_ID) && c->facts->is_self_issued &&
         (c->facts->names_issuer_serial ||
          !ltls_der_same(c->facts->authority_key_id, c->facts->key_id));
}

static int has_mild_policy_constraints(const Case *c) {
  return has(c, LTLS_EXT_POLICY_CONSTRAINTS) &&
         !is_critical(c, LTLS_EXT_POLICY_CONSTRAINTS);
}

static int has_mild_inhibition(const Case *c) {
  return has(c, LTLS_EXT_INHIBIT_ANY_POLICY) &&
         !is_critical(c, LTLS_EXT_INHIBIT_ANY_POLICY);
}

/* The table -------------------------------------------------------------- */

static const struct {
  const char *code;
  int places, profiles;
  int (*is_broken)(const Case *c);
  const char *text;
  void (*tell)(const Case *c, char *out, size_t size); /* instead of 'text' */
} rules[] = {
    {"malformed", ALL, EVER, is_malformed,
     "certificate has an extension or a time that cannot be decoded", NULL},
    {"duplicate_extension", ALL, EVER, has_duplicate,
     "certificate has the same extension twice", NULL},
    {"unknown_critical", ALL, EVER, has_unknown_critical,
     "certificate has a critical extension that is not known", NULL},
    {"version", CA, EVER, is_old_version,
     "authority's certificate is not of version 3", NULL},
    {"version", ANCHOR, RFC | STRICT, is_old_version,
     "authority's certificate is not of version 3", NULL},
    {"version", LEAF, WEB | STRICT, is_old_version,
     "certificate is not of version 3", NULL},
    {"expired", ALL, EVER, is_expired, NULL, ltls_case_tell_expired},
    {"not_yet_valid", ALL, EVER, is_not_yet_valid, NULL,
     ltls_case_tell_not_yet_valid},
    {"name", END, EVER, has_other_name, NULL, ltls_case_tell_names},
    {"weak_hash", LEAF | CA, EVER, has_weak_hash,
     "certificate is signed with a weak hash", NULL},
    {"weak_hash", LEAF | CA, WEB | STRICT, has_rare_hash,
     "certificate is signed with a hash that is not accepted", NULL},
    {"weak_key", ALL, EVER, has_weak_key,
     "certificate's key is of a size or on a curve that is not accepted", NULL},
    {"weak_key", ALL, WEB | STRICT, has_odd_key_size,
     "certificate's RSA key is not of whole bytes", NULL},
    {"basic_constraints", ISSUER, EVER, is_no_authority,
     "certificate is not an authority's, but signed another one", NULL},
    {"basic_constraints", ISSUER, RFC | STRICT, has_mild_basic_constraints,
     "authority's basic constraints are not critical", NULL},
    {"basic_constraints", IDLE, RFC, has_mild_basic_constraints,
     "authority's basic constraints are not critical", NULL},
    {"basic_constraints", LEAF, WEB | STRICT, is_authority,
     "certificate is an authority's, which must not be used itself", NULL},
    {"path_length", ISSUER, EVER, is_path_too_long,
     "authority allows fewer authorities below it", NULL},
    {"path_length", LEAF | ISSUER, RFC | STRICT, has_idle_path_length,
     "certificate limits a path that it cannot sign", NULL},
    {"key_usage", ISSUER, EVER, cannot_sign,
     "authority's key usage does not allow signing certificates", NULL},
    {"key_usage", CA, EVER, has_no_key_usage,
     "authority's certificate has no key usage", NULL},
    {"key_usage", ANCHOR, RFC | STRICT, has_no_key_usage,
     "root has no key usage", NULL},
    {"key_usage", IDLE, RFC, has_no_key_usage,
     "authority's certificate has no key usage", NULL},
    {"key_usage", LEAF, EVER, signs_without_right,
     "certificate's key usage is an authority's, but it is none", NULL},
    {"key_usage", END, EVER, cannot_do_tls,
     "certificate's key usage does not allow this use", NULL},
    {"extended_key_usage", ALL, EVER, lacks_purpose,
     "certificate's extended key usage does not allow this use", NULL},
    {"extended_key_usage", LEAF | ISSUER, RFC | STRICT, has_only_any_purpose,
     "certificate's extended key usage does not name this use", NULL},
    {"extended_key_usage", LEAF, STRICT, has_no_purpose,
     "certificate does not say what it is for, or says for anything", NULL},
    {"extended_key_usage", LEAF, STRICT, has_critical_purposes,
     "certificate's extended key usage is critical", NULL},
    {"extended_key_usage", ANCHOR, STRICT, has_purposes,
     "root has an extended key usage", NULL},
    {"name_constraints", ISSUER, EVER, ltls_case_forbids_a_name, NULL,
     ltls_case_tell_constraint},
    {"name_constraints", ISSUER, STRICT, has_mild_name_constraints,
     "authority's name constraints are not critical", NULL},
    {"name_constraints", LEAF, EVER, has_misplaced_name_constraints,
     "certificate has name constraints, but is no authority's", NULL},
    {"subject", ISSUER, EVER, has_no_subject, "authority has no name", NULL},
    {"subject", IDLE, RFC, has_no_subject, "authority has no name", NULL},
    {"subject", LEAF, EVER, has_no_firm_name,
     "certificate has no subject, and its names are not critical", NULL},
    {"subject", LEAF, STRICT, has_overfirm_name,
     "certificate has a subject, yet its other names are critical", NULL},
    {"subject", LEAF | ISSUER, EVER, has_empty_names,
     "certificate has an empty list of names", NULL},
    {"subject", LEAF, STRICT, has_foreign_common_name,
     "certificate has a common name that is none of its names", NULL},
    {"wildcard", LEAF, STRICT, has_broad_wildcard,
     "certificate has a wildcard for all names under a public suffix", NULL},
    {"serial", LEAF | CA, STRICT, has_bad_serial,
     "certificate's serial number is not from 1 to 20 bytes and positive",
     NULL},
    {"key_id", LEAF | ISSUER, EVER, has_critical_key_id,
     "certificate has a critical key identifier", NULL},
    {"key_id", LEAF | CA, RFC | STRICT, has_no_authority_key_id,
     "certificate does not say which key signed it", NULL},
    {"key_id", ISSUER | IDLE, RFC | STRICT, has_no_key_id,
     "authority's certificate has no key identifier", NULL},
    {"key_id", ISSUER, RFC | STRICT, is_another_issuer,
     "authority's certificate is not the one that the certificate below names",
     NULL},
    {"key_id", ANCHOR, STRICT, has_odd_root_key_id,
     "root names another key than its own as its issuer's", NULL},
    {"policy", CA, RFC | STRICT, has_mild_policy_constraints,
     "authority's policy constraints are not critical", NULL},
    {"policy", CA, RFC | STRICT, has_mild_inhibition,
     "authority's limit on any policy is not critical", NULL},
};

static int place_of(const LtlsPath *path, int index) {
  int is_last = path->is_anchored && index == path->count - 1;
  int is_idle = path->item[index]->crt->ca_istrue;
  if (index == 0) return is_last ? SOLE : is_idle ? LEAF | IDLE : LEAF;
  return is_last ? ANCHOR : CA;
}

int ltls_rule_check(const LtlsTerms *terms, LtlsPath *path, int index,
                    LtlsVerdict *verdict) {
  Case c = {terms, path, index, place_of(path, index), path->item[index], NULL};
  size_t i;
  int broken = 0;
  c.crt = c.facts->crt;
  for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
    char text[256];
    if (!(rules[i].places & c.place) ||
        !(rules[i].profiles & (int)terms->profile) || !rules[i].is_broken(&c))
      continue;
    broken++;
    if (verdict == NULL) break;
    if (rules[i].tell != NULL) rules[i].tell(&c, text, sizeof(text));
    ltls_verdict_add(verdict, rules[i].code, index, "%s",
                     rules[i].tell != NULL ? text : rules[i].text);
  }
  return broken;
}

int ltls_rule_check_whole(const LtlsTerms *terms, const LtlsPath *path,
                          LtlsVerdict *verdict) {
  if (ltls_policy_check(path->item, path->count - 1, &terms->policies))
    return 0;
  if (verdict != NULL)
    ltls_verdict_add(
        verdict, "policy", 0,
        "the chain is not valid under any policy that is accepted");
  return 1;
}
