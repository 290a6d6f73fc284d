/*
** Comparison of directory names. Authorities change case, white space and the
** kind of string when they renew a certificate, so bytes are not compared.
*/

#include "directory.h"

#include <ctype.h>

/* Strings of these types are compared as text, others as bytes. */
static int is_text(int tag) {
  return tag == MBEDTLS_ASN1_PRINTABLE_STRING ||
         tag == MBEDTLS_ASN1_UTF8_STRING || tag == MBEDTLS_ASN1_IA5_STRING ||
         tag == MBEDTLS_ASN1_T61_STRING;
}

/* Walks a text: lower case, white space inside as one blank, none at the ends
** (RFC 4518, 2.6.1, for ASCII). */
typedef struct Folder {
  LtlsSlice text;
  int started;
} Folder;

/* The next character, or -1 at the end. */
static int next_folded(Folder *folder) {
  LtlsSlice *text = &folder->text;
  int blank = 0;
  while (text->len > 0 && *text->p == ' ') {
    blank = 1;
    text->p++;
    text->len--;
  }
  if (text->len == 0) return -1;
  if (blank && folder->started) {
    folder->started = 0; /* the blank is given once, then its neighbour */
    return ' ';
  }
  folder->started = 1;
  text->len--;
  return tolower(*text->p++);
}

static int same_text(LtlsSlice a, LtlsSlice b) {
  Folder left = {a, 0}, right = {b, 0};
  int c;
  do {
    c = next_folded(&left);
    if (c != next_folded(&right)) return 0;
  } while (c >= 0);
  return 1;
}

static int same_attribute(const LtlsAttribute *a, const LtlsAttribute *b) {
  if (!ltls_der_same(a->oid, b->oid)) return 0;
  if (is_text(a->tag) && is_text(b->tag)) return same_text(a->text, b->text);
  return a->tag == b->tag && ltls_der_same(a->text, b->text);
}

/* AttributeTypeAndValue ::= SEQUENCE { type OID, value ANY } */
int ltls_directory_take(LtlsSlice *relative, LtlsAttribute *attribute) {
  LtlsSlice pair;
  if (!ltls_der_take(relative, LTLS_SEQUENCE, &pair) ||
      !ltls_der_take(&pair, MBEDTLS_ASN1_OID, &attribute->oid))
    return 0;
  attribute->tag = ltls_der_peek(pair);
  attribute->whole = pair;
  return attribute->tag >= 0 &&
         ltls_der_take(&pair, attribute->tag, &attribute->text) &&
         pair.len == 0;
}

LtlsAttributes ltls_directory_attributes(LtlsSlice name) {
  LtlsAttributes attributes = {name, {NULL, 0}};
  return attributes;
}

int ltls_directory_next(LtlsAttributes *attributes, LtlsAttribute *attribute) {
  while (attributes->relative.len == 0)
    if (!ltls_der_take(&attributes->name, LTLS_SET, &attributes->relative))
      return 0;
  return ltls_directory_take(&attributes->relative, attribute);
}

/* The attributes of a relative name are a SET, which DER keeps in order. */
static int same_relative(LtlsSlice a, LtlsSlice b) {
  LtlsAttribute left, right;
  while (a.len > 0 || b.len > 0)
    if (!ltls_directory_take(&a, &left) || !ltls_directory_take(&b, &right) ||
        !same_attribute(&left, &right))
      return 0;
  return 1;
}

int ltls_directory_has_prefix(LtlsSlice name, LtlsSlice prefix) {
  LtlsSlice left, right;
  while (prefix.len > 0)
    if (!ltls_der_take(&name, LTLS_SET, &left) ||
        !ltls_der_take(&prefix, LTLS_SET, &right) ||
        !same_relative(left, right))
      return 0;
  return 1;
}

int ltls_directory_same(LtlsSlice a, LtlsSlice b) {
  return ltls_der_same(a, b) ||
         (ltls_directory_has_prefix(a, b) && ltls_directory_has_prefix(b, a));
}

static uint32_t mix(uint32_t hash, int byte) { /* FNV-1a */
  return (hash ^ (uint32_t)byte) * 16777619U;
}

/* Values that are not text count by their type alone: their bytes could equal
** a text of another kind. */
uint32_t ltls_directory_hash(LtlsSlice name) {
  LtlsAttributes attributes = ltls_directory_attributes(name);
  LtlsAttribute attribute;
  uint32_t hash = 2166136261U;
  while (ltls_directory_next(&attributes, &attribute)) {
    Folder folder = {attribute.text, 0};
    size_t i;
    int c;
    for (i = 0; i < attribute.oid.len; i++)
      hash = mix(hash, attribute.oid.p[i]);
    while (is_text(attribute.tag) && (c = next_folded(&folder)) >= 0)
      hash = mix(hash, c);
  }
  return hash;
}
