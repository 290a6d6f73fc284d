/*
** Name constraints. A certificate's names are its alternative names, its
** subject, and e-mail addresses in its subject; each is held against every
** subtree of its type.
*/

#include "constraint.h"

#include "directory.h"
#include "oid.h"

#include <ctype.h>
#include <string.h>

#define LONG_NAME 256 /* a name of so many bytes counts twice */

/* GeneralName: RFC 5280, 4.2.1.6. The numbers are those of the tags. */
enum { EMAIL = 1, DNS = 2, DIRECTORY = 4, URI = 6, IP = 7 };

/* One name, or the base of a subtree. */
typedef struct Name {
  int type;
  LtlsSlice value; /* of DIRECTORY: the content of its SEQUENCE */
} Name;

/* The question that is asked of every name. */
typedef struct Inquiry {
  LtlsSlice permitted, excluded; /* GeneralSubtrees */
  unsigned options;
  int *budget;
  LtlsConstraintResult result;
} Inquiry;

static int ends_with(LtlsSlice text, LtlsSlice end) {
  size_t i;
  if (text.len < end.len) return 0;
  text.p += text.len - end.len;
  for (i = 0; i < end.len; i++)
    if (tolower(text.p[i]) != tolower(end.p[i])) return 0;
  return 1;
}

static int equals(LtlsSlice a, LtlsSlice b) {
  return a.len == b.len && ends_with(a, b);
}

static LtlsSlice without(LtlsSlice text, size_t first) {
  text.p += first;
  text.len -= first;
  return text;
}

/* "host.example" holds that host and what is below it. A wildcard stands for
** names of one more label: when it is excluded that one of them is in the
** subtree, it must count as in it. */
static int dns_within(LtlsSlice name, LtlsSlice base, int excluding) {
  if (base.len == 0) return 1;
  if (base.p[0] == '.') return name.len > base.len && ends_with(name, base);
  if (excluding && name.len > 2 && name.p[0] == '*') {
    const unsigned char *dot = memchr(base.p, '.', base.len);
    LtlsSlice parent = without(name, 2);
    if (dot != NULL &&
        equals(without(base, (size_t)(dot - base.p) + 1), parent))
      return 1;
  }
  if (!ends_with(name, base)) return 0;
  return name.len == base.len || name.p[name.len - base.len - 1] == '.';
}

/* ".example" holds the hosts below it, "example" that host only. */
static int host_within(LtlsSlice host, LtlsSlice base) {
  if (base.len > 0 && base.p[0] == '.')
    return host.len > base.len && ends_with(host, base);
  return equals(host, base);
}

/* The part behind the last "@"; NULL when there is none. */
static LtlsSlice mail_host(LtlsSlice mail) {
  LtlsSlice host = {NULL, 0};
  size_t i;
  for (i = mail.len; i > 0; i--)
    if (mail.p[i - 1] == '@') return without(mail, i);
  return host;
}

static int email_within(LtlsSlice mail, LtlsSlice base) {
  LtlsSlice host = mail_host(mail), base_host = mail_host(base);
  size_t local = mail.len - host.len;
  if (host.p == NULL) return 0;
  if (base_host.p == NULL) return host_within(host, base);
  /* A mailbox: what stands before the "@" is compared with its case. */
  return equals(host, base_host) && local == base.len - base_host.len &&
         memcmp(mail.p, base.p, local) == 0;
}

/* The host of "scheme://user@host:port/…"; NULL when it has none, or one that
** is an address: RFC 5280 has those refused. */
static LtlsSlice uri_host(LtlsSlice uri) {
  static const char separator[] = "://";
  LtlsSlice host = {NULL, 0}, user;
  size_t i, len;
  for (i = 0; i + 3 <= uri.len && memcmp(uri.p + i, separator, 3) != 0; i++) {
  }
  if (i + 3 > uri.len) return host;
  host = without(uri, i + 3);
  for (len = 0; len < host.len && strchr("/?#", host.p[len]) == NULL; len++) {
  }
  host.len = len;
  user = mail_host(host);
  if (user.p != NULL) host = user;
  for (len = 0; len < host.len && host.p[len] != ':'; len++) {
  }
  host.len = len;
  if (len == 0 || host.p[0] == '[' || isdigit(host.p[len - 1])) host.p = NULL;
  return host;
}

/* Address and mask; the mask is ones, then zeros. */
static int ip_within(LtlsSlice ip, LtlsSlice base) {
  size_t i;
  if (base.len != 2 * ip.len) return 0;
  for (i = 0; i < ip.len; i++)
    if ((ip.p[i] ^ base.p[i]) & base.p[ip.len + i]) return 0;
  return 1;
}

static int is_mask(LtlsSlice mask) {
  size_t bit;
  int over = 0;
  for (bit = 0; bit < 8 * mask.len; bit++) {
    int set = mask.p[bit / 8] >> (7 - bit % 8) & 1;
    if (set && over) return 0;
    if (!set) over = 1;
  }
  return 1;
}

static int is_within(const Name *name, const Name *base, int excluding) {
  LtlsSlice host;
  switch (name->type) {
  case DNS:
    return dns_within(name->value, base->value, excluding);
  case EMAIL:
    return email_within(name->value, base->value);
  case IP:
    return ip_within(name->value, base->value);
  case DIRECTORY:
    return ltls_directory_has_prefix(name->value, base->value);
  case URI:
    host = uri_host(name->value);
    return host.p == NULL ? excluding : host_within(host, base->value);
  default:
    return 0;
  }
}

/* Is the base of a subtree one that RFC 5280 allows? */
static int is_sound(const Name *base, unsigned options) {
  LtlsSlice value = base->value;
  switch (base->type) {
  case IP:
    if (value.len != 8 && value.len != 32) return 0;
    return is_mask(without(value, value.len / 2));
  case DNS:
    if (options & LTLS_CONSTRAINT_STRICT && value.len > 0 && value.p[0] == '.')
      return 0;
    return memchr(value.p, '*', value.len) == NULL;
  case EMAIL:
    return memchr(value.p, '*', value.len) == NULL;
  default:
    return 1;
  }
}

/* A directory name is tagged explicitly: strip its SEQUENCE. */
static int open_directory(Name *name) {
  LtlsSlice whole = name->value;
  return name->type != DIRECTORY || ltls_der_open(whole, &name->value);
}

/* GeneralSubtree ::= SEQUENCE { base, minimum [0] DEFAULT 0, maximum [1] };
** RFC 5280: minimum is zero and maximum absent, so nothing follows the base. */
static int take_base(LtlsSlice *list, Name *base) {
  LtlsSlice subtree;
  int tag;
  if (!ltls_der_take(list, LTLS_SEQUENCE, &subtree) || subtree.len == 0)
    return 0;
  tag = subtree.p[0];
  base->type = tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
  return ltls_der_take(&subtree, tag, &base->value) && subtree.len == 0 &&
         open_directory(base);
}

/* What one list of subtrees says about a name. */
typedef struct Finding {
  int same_type; /* subtrees of the name's type */
  int within;    /* the name lies in one of them */
} Finding;

static Finding search(Inquiry *inquiry, LtlsSlice list, const Name *name,
                      int excluding) {
  Finding finding = {0, 0};
  Name base;
  while (list.len > 0 && inquiry->result == LTLS_CONSTRAINT_HOLDS &&
         !finding.within) {
    *inquiry->budget -= 1 + (int)(name->value.len / LONG_NAME);
    if (*inquiry->budget < 0)
      inquiry->result = LTLS_CONSTRAINT_TOO_COSTLY;
    else if (!take_base(&list, &base) || !is_sound(&base, inquiry->options))
      inquiry->result = LTLS_CONSTRAINT_MALFORMED;
    else if (base.type == name->type) {
      finding.same_type = 1;
      finding.within = is_within(name, &base, excluding);
    }
  }
  return finding;
}

static int can_judge(int type) {
  return type == EMAIL || type == DNS || type == DIRECTORY || type == URI ||
         type == IP;
}

static void judge(Inquiry *inquiry, const Name *name) {
  Finding found = search(inquiry, inquiry->excluded, name, 1);
  int constrained = found.same_type;
  if (found.within && inquiry->result == LTLS_CONSTRAINT_HOLDS)
    inquiry->result = LTLS_CONSTRAINT_EXCLUDED;
  found = search(inquiry, inquiry->permitted, name, 0);
  constrained |= found.same_type;
  if (inquiry->result != LTLS_CONSTRAINT_HOLDS) return;
  if (constrained && !can_judge(name->type))
    inquiry->result = LTLS_CONSTRAINT_UNSUPPORTED;
  else if (found.same_type && !found.within)
    inquiry->result = LTLS_CONSTRAINT_NOT_PERMITTED;
}

static void judge_alternative_names(Inquiry *inquiry,
                                    const mbedtls_x509_crt *crt) {
  const mbedtls_x509_sequence *entry = &crt->subject_alt_names;
  for (; entry != NULL && entry->buf.p != NULL; entry = entry->next) {
    Name name = {entry->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK,
                 {entry->buf.p, entry->buf.len}};
    if (open_directory(&name))
      judge(inquiry, &name);
    else
      inquiry->result = LTLS_CONSTRAINT_MALFORMED;
  }
}

/* RFC 5280: constraints hold for the subject when it is not empty, and e-mail
** constraints for the addresses in it when there is no alternative name. A
** common name that may stand in for a host is held to those of hosts. */
static void judge_subject(Inquiry *inquiry, const LtlsFacts *facts) {
  static const unsigned char email[] = {0x2A, 0x86, 0x48, 0x86, 0xF7,
                                        0x0D, 1,    9,    1};
  static const unsigned char common_name[] = {0x55, 4, 3};
  LtlsAttributes attributes = ltls_directory_attributes(facts->subject);
  Name subject = {DIRECTORY, facts->subject};
  LtlsAttribute attribute;
  if (facts->subject.len == 0) return;
  judge(inquiry, &subject);
  if (ltls_facts_has(facts, LTLS_EXT_SUBJECT_ALT_NAME)) return;
  while (ltls_directory_next(&attributes, &attribute)) {
    Name name = {EMAIL, attribute.text};
    if (ltls_oid_is(attribute.oid, email, sizeof(email))) judge(inquiry, &name);
    name.type = DNS;
    if (inquiry->options & LTLS_CONSTRAINT_COMMON_NAME &&
        ltls_oid_is(attribute.oid, common_name, sizeof(common_name)))
      judge(inquiry, &name);
  }
}

/* NameConstraints ::= SEQUENCE { permitted [0], excluded [1] }, not empty. */
static int open_lists(LtlsSlice value, Inquiry *inquiry) {
  LtlsSlice all;
  int tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED;
  if (!ltls_der_open(value, &all) || all.len == 0) return 0;
  if (ltls_der_take(&all, tag | 0, &inquiry->permitted) &&
      inquiry->permitted.len == 0)
    return 0;
  if (ltls_der_take(&all, tag | 1, &inquiry->excluded) &&
      inquiry->excluded.len == 0)
    return 0;
  return all.len == 0;
}

LtlsConstraintResult ltls_constraint_check(const LtlsFacts *ca,
                                           const LtlsFacts *subject,
                                           unsigned options, int *budget) {
  Inquiry inquiry = {
      {NULL, 0}, {NULL, 0}, options, budget, LTLS_CONSTRAINT_HOLDS};
  if (!open_lists(ca->extension[LTLS_EXT_NAME_CONSTRAINTS], &inquiry))
    return LTLS_CONSTRAINT_MALFORMED;
  judge_alternative_names(&inquiry, subject->crt);
  judge_subject(&inquiry, subject);
  return inquiry.result;
}
