/*
** Object identifiers as text (X.690, 8.19). mbedTLS knows no numbers beyond 32
** bits, and such OIDs are in use.
*/

#include "oid.h"

#include <lauxlib.h>
#include <string.h>

#define MAX_OID    64  /* bytes */
#define MAX_DIGITS 136 /* of a number of 64 times 7 bits */

static const struct {
  const char *dotted;
  const char *name;
} names[] = {
    /* extensions: RFC 5280, 4.2; RFC 7633; RFC 6962; RFC 6960, 4.2.2.2.1 */
    {"2.5.29.9", "subjectDirectoryAttributes"},
    {"2.5.29.14", "subjectKeyIdentifier"},
    {"2.5.29.15", "keyUsage"},
    {"2.5.29.16", "privateKeyUsagePeriod"},
    {"2.5.29.17", "subjectAltName"},
    {"2.5.29.18", "issuerAltName"},
    {"2.5.29.19", "basicConstraints"},
    {"2.5.29.30", "nameConstraints"},
    {"2.5.29.31", "cRLDistributionPoints"},
    {"2.5.29.32", "certificatePolicies"},
    {"2.5.29.33", "policyMappings"},
    {"2.5.29.35", "authorityKeyIdentifier"},
    {"2.5.29.36", "policyConstraints"},
    {"2.5.29.37", "extKeyUsage"},
    {"2.5.29.46", "freshestCRL"},
    {"2.5.29.54", "inhibitAnyPolicy"},
    {"1.3.6.1.5.5.7.1.1", "authorityInfoAccess"},
    {"1.3.6.1.5.5.7.1.11", "subjectInfoAccess"},
    {"1.3.6.1.5.5.7.1.24", "tlsFeature"},
    {"1.3.6.1.5.5.7.48.1.5", "ocspNoCheck"},
    {"1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestampList"},
    {"1.3.6.1.4.1.11129.2.4.3", "precertificatePoison"},
    /* purposes: RFC 5280, 4.2.1.12 */
    {"2.5.29.37.0", "anyExtendedKeyUsage"},
    {"1.3.6.1.5.5.7.3.1", "serverAuth"},
    {"1.3.6.1.5.5.7.3.2", "clientAuth"},
    {"1.3.6.1.5.5.7.3.3", "codeSigning"},
    {"1.3.6.1.5.5.7.3.4", "emailProtection"},
    {"1.3.6.1.5.5.7.3.8", "timeStamping"},
    {"1.3.6.1.5.5.7.3.9", "OCSPSigning"},
    /* policies: RFC 5280, 4.2.1.4; CA/B Forum BR 7.1.6.1 */
    {"2.5.29.32.0", "anyPolicy"},
    {"2.23.140.1.1", "extendedValidation"},
    {"2.23.140.1.2.1", "domainValidated"},
    {"2.23.140.1.2.2", "organizationValidated"},
    {"2.23.140.1.2.3", "individualValidated"},
    /* attributes: RFC 4519; CA/B Forum EV guidelines, 7.1.4.2 */
    {"2.5.4.3", "CN"},
    {"2.5.4.4", "SN"},
    {"2.5.4.5", "serialNumber"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "ST"},
    {"2.5.4.9", "street"},
    {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"},
    {"2.5.4.12", "title"},
    {"2.5.4.15", "businessCategory"},
    {"2.5.4.16", "postalAddress"},
    {"2.5.4.17", "postalCode"},
    {"2.5.4.42", "GN"},
    {"2.5.4.43", "initials"},
    {"2.5.4.44", "generationQualifier"},
    {"2.5.4.45", "uniqueIdentifier"},
    {"2.5.4.46", "dnQualifier"},
    {"2.5.4.65", "pseudonym"},
    {"2.5.4.97", "organizationIdentifier"},
    {"0.9.2342.19200300.100.1.1", "uid"},
    {"0.9.2342.19200300.100.1.25", "DC"},
    {"1.2.840.113549.1.9.1", "emailAddress"},
    {"1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"},
    {"1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"},
    {"1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"},
};

const char *ltls_oid_name(const char *dotted) {
  size_t i;
  for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    if (strcmp(names[i].dotted, dotted) == 0) return names[i].name;
  return NULL;
}

int ltls_oid_is(LtlsSlice oid, const void *bytes, size_t len) {
  return oid.len == len && memcmp(oid.p, bytes, len) == 0;
}

/* A number in decimal digits, the last one first. */
typedef struct Decimal {
  int digits[MAX_DIGITS];
  int count;
} Decimal;

/* number = number * 128 + low */
static void shift_in(Decimal *number, int low) {
  int i, carry = low;
  for (i = 0; i < number->count || carry > 0; i++) {
    int value = carry + (i < number->count ? number->digits[i] * 128 : 0);
    number->digits[i] = value % 10;
    carry = value / 10;
  }
  if (i > number->count) number->count = i;
}

/* Take a number off the front; 0 when it is malformed. It is so too when it
** starts with a zero: two encodings of one OID would not compare equal. */
static int take_number(LtlsSlice *oid, Decimal *number) {
  unsigned char byte = 0x80;
  number->count = 0;
  if (oid->len > 0 && oid->p[0] == 0x80) return 0;
  while (byte & 0x80) {
    if (oid->len == 0) return 0;
    byte = *oid->p++;
    oid->len--;
    shift_in(number, byte & 0x7F);
  }
  return 1;
}

/* The first number holds two: 40 times the first, which is 0, 1 or 2, and the
** second. */
static int split_first(Decimal *number) {
  int i = 1, root = 2, *digits = number->digits;
  if (number->count <= 2) {
    int value = 0;
    for (i = number->count; i-- > 0;)
      value = value * 10 + digits[i];
    if (value < 80) root = value / 40;
    digits[1] = number->count < 2 ? 0 : digits[1];
    i = 1;
  }
  digits[1] -= 4 * root;
  for (; digits[i] < 0; i++) {
    digits[i] += 10;
    digits[i + 1]--;
  }
  while (number->count > 1 && digits[number->count - 1] == 0)
    number->count--;
  return root;
}

static void add_number(luaL_Buffer *text, const Decimal *number) {
  int i = number->count;
  if (i == 0) luaL_addchar(text, '0');
  while (i-- > 0)
    luaL_addchar(text, (char)('0' + number->digits[i]));
}

/* Is it whole numbers, one after the other, and at least one? */
static int is_well_formed(LtlsSlice oid) {
  Decimal number;
  if (oid.len == 0 || oid.len > MAX_OID) return 0;
  while (oid.len > 0)
    if (!take_number(&oid, &number)) return 0;
  return 1;
}

int ltls_oid_push(lua_State *L, LtlsSlice oid) {
  luaL_Buffer text;
  Decimal number;
  if (!is_well_formed(oid)) return 0;
  luaL_buffinit(L, &text);
  (void)take_number(&oid, &number);
  luaL_addchar(&text, (char)('0' + split_first(&number)));
  luaL_addchar(&text, '.');
  add_number(&text, &number);
  while (oid.len > 0 && take_number(&oid, &number)) {
    luaL_addchar(&text, '.');
    add_number(&text, &number);
  }
  luaL_pushresult(&text);
  return 1;
}

int ltls_oid_push_name(lua_State *L, LtlsSlice oid) {
  const char *name;
  if (!ltls_oid_push(L, oid)) return 0;
  name = ltls_oid_name(lua_tostring(L, -1));
  if (name == NULL) return 1;
  lua_pop(L, 1);
  lua_pushstring(L, name);
  return 1;
}
