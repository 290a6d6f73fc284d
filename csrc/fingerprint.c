/*
** JA4 as FoxIO publishes it in technical_details/JA4.md of its repository
** FoxIO-LLC/ja4: "t13d1516h2_8daaf6152771_e5627efa2ab1", the hello in short, the
** hash of its suites, the hash of its extensions and signature algorithms. JA4
** is under the BSD license, unlike its relatives (JA4S, JA4H, …), which are
** neither here nor to come. Written from that text; no code of it is used.
*/

#include "fingerprint.h"

#include "mbed.h"

#include <ctype.h>
#include <mbedtls/platform.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_BYTES = 6, HASH_TEXT = 2 * HASH_BYTES };
#define NO_HASH   "000000000000"
#define MAX_COUNT 99

/* Numbers in the order in which they are hashed. */
typedef struct List {
  unsigned short *numbers; /* owned */
  size_t count;
} List;

static int ascends(const void *a, const void *b) {
  return (int)*(const unsigned short *)a - (int)*(const unsigned short *)b;
}

static void sort(List *list) {
  if (list->count > 1)
    qsort(list->numbers, list->count, sizeof(*list->numbers), ascends);
}

static void add(List *list, unsigned number) {
  if (!ltls_hello_is_grease(number))
    list->numbers[list->count++] = (unsigned short)number;
}

/* Room for as many numbers as 'bytes' can hold. */
static int make_room(List *list, size_t bytes) {
  list->count = 0;
  list->numbers = mbedtls_calloc(bytes / 2 + 1, sizeof(*list->numbers));
  return list->numbers != NULL;
}

static void add_all(List *list, LtlsSpan numbers) {
  unsigned number;
  while (ltls_hello_number(&numbers, 2, &number))
    add(list, number);
}

static void add_types(List *list, LtlsSpan extensions) {
  LtlsSpan data;
  unsigned type;
  while (ltls_hello_number(&extensions, 2, &type) &&
         ltls_hello_vector(&extensions, 2, &data))
    add(list, type);
}

static void drop(List *list, unsigned number) {
  size_t i, kept = 0;
  for (i = 0; i < list->count; i++)
    if (list->numbers[i] != number) list->numbers[kept++] = list->numbers[i];
  list->count = kept;
}

/* "1301,1302": four digits each. */
static void hash_list(mbedtls_sha256_context *sha, const List *list) {
  char text[8];
  size_t i;
  for (i = 0; i < list->count; i++) {
    int len = snprintf(text, sizeof(text), "%s%04x", i > 0 ? "," : "",
                       (unsigned)list->numbers[i]);
    (void)mbedtls_sha256_update(sha, (unsigned char *)text, (size_t)len);
  }
}

/* The start of the hash of one list, and of a second one behind an underscore;
** zeros when the first is empty. */
static void write_hash(char *text, const List *first, const List *second) {
  unsigned char hash[32];
  mbedtls_sha256_context sha;
  size_t i;
  memcpy(text, NO_HASH, HASH_TEXT + 1);
  if (first->count == 0) return;
  mbedtls_sha256_init(&sha);
  (void)mbedtls_sha256_starts(&sha, 0);
  hash_list(&sha, first);
  if (second->count > 0) {
    (void)mbedtls_sha256_update(&sha, (const unsigned char *)"_", 1);
    hash_list(&sha, second);
  }
  (void)mbedtls_sha256_finish(&sha, hash);
  mbedtls_sha256_free(&sha);
  for (i = 0; i < HASH_BYTES; i++)
    (void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

/* The highest that is offered. */
static const char *version(const LtlsHello *hello) {
  static const char *const names[] = {"s3", "10", "11", "12", "13"};
  LtlsSpan offered = hello->supported_versions;
  unsigned highest = 0, one;
  if (offered.p == NULL) highest = hello->legacy_version;
  while (ltls_hello_number(&offered, 2, &one))
    if (!ltls_hello_is_grease(one) && one > highest) highest = one;
  if (highest == 0x0002) return "s2";
  return highest >= 0x0300 && highest <= 0x0304 ? names[highest - 0x0300]
                                                : "00";
}

static int is_alphanumeric(unsigned char c) {
  return c < 128 && isalnum(c);
}

/* The first name that is not GREASE. */
static LtlsSpan first_protocol(LtlsSpan names) {
  LtlsSpan name, none = {NULL, 0};
  while (ltls_hello_vector(&names, 1, &name))
    if (name.len != 2 ||
        !ltls_hello_is_grease((unsigned)name.p[0] << 8 | name.p[1]))
      return name;
  return none;
}

/* First and last character of the first protocol; of its hex digits, when one
** of the two is neither letter nor digit. */
static void write_protocol(char *text, LtlsSpan names) {
  static const char digits[] = "0123456789abcdef";
  LtlsSpan name = first_protocol(names);
  unsigned char first, last;
  memcpy(text, "00", 3);
  if (name.len == 0) return;
  first = name.p[0];
  last = name.p[name.len - 1];
  if (is_alphanumeric(first) && is_alphanumeric(last)) {
    text[0] = (char)first;
    text[1] = (char)last;
  } else {
    text[0] = digits[first >> 4];
    text[1] = digits[last & 15];
  }
}

static unsigned count(const List *list) {
  return list->count > MAX_COUNT ? MAX_COUNT : (unsigned)list->count;
}

static int has(const List *list, unsigned number) {
  size_t i;
  for (i = 0; i < list->count; i++)
    if (list->numbers[i] == number) return 1;
  return 0;
}

static void write_ja4(const LtlsHello *hello, List *suites, List *extensions,
                      List *signatures, char *text) {
  static const List nothing = {NULL, 0};
  char protocol[3], suite_hash[HASH_TEXT + 1], rest_hash[HASH_TEXT + 1];
  unsigned extension_count = count(extensions);
  int has_name = has(extensions, LTLS_HELLO_SERVER_NAME);
  write_protocol(protocol, hello->alpn);
  sort(suites);
  write_hash(suite_hash, suites, &nothing);
  drop(extensions, LTLS_HELLO_SERVER_NAME);
  drop(extensions, LTLS_HELLO_ALPN);
  sort(extensions);
  write_hash(rest_hash, extensions, signatures);
  (void)snprintf(text, LTLS_JA4_LENGTH + 1, "t%s%c%02u%02u%s_%s_%s",
                 version(hello), has_name ? 'd' : 'i', count(suites),
                 extension_count, protocol, suite_hash, rest_hash);
}

int ltls_fingerprint_ja4(const LtlsHello *hello, char *text) {
  List suites = {NULL, 0}, extensions = {NULL, 0}, signatures = {NULL, 0};
  int has_room = make_room(&suites, hello->cipher_suites.len) &&
                 make_room(&extensions, hello->extensions.len) &&
                 make_room(&signatures, hello->signature_algorithms.len);
  if (has_room) {
    add_all(&suites, hello->cipher_suites);
    add_types(&extensions, hello->extensions);
    add_all(&signatures, hello->signature_algorithms);
    write_ja4(hello, &suites, &extensions, &signatures, text);
  }
  mbedtls_free(suites.numbers);
  mbedtls_free(extensions.numbers);
  mbedtls_free(signatures.numbers);
  return has_room;
}
