/*
** Drafts of certificates: everything that can be wrong with the options of
** 'issue' is found here, before anything is written.
*/

#include "draft.h"

#include "certificate.h"
#include "name.h"
#include "options.h"
#include "random.h"

#include <lauxlib.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <string.h>
#include <time.h>

/* Bytes for what has no length of its own: keys and signatures of the largest
** size, dates, numbers, the extensions that we write. */
#define BASE_ROOM  8192
#define ENTRY_ROOM 128 /* around each name and each extension */

/* usage: one word or an array of them. */
static unsigned usage_bit(lua_State *L, int index) {
  const char *word = lua_tostring(L, index);
  if (word != NULL && strcmp(word, "server") == 0) return LTLS_USE_SERVER;
  if (word != NULL && strcmp(word, "client") == 0) return LTLS_USE_CLIENT;
  if (word != NULL && strcmp(word, "ca") == 0) return LTLS_USE_CA;
  return (unsigned)ltls_options_bad(L, "usage",
                                    "server, client or ca expected");
}

static unsigned read_usage(lua_State *L) {
  unsigned usage = 0;
  lua_Integer i;
  if (!ltls_options_has(L, 1, "usage")) return LTLS_USE_SERVER;
  if (lua_istable(L, -1)) {
    for (i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
      usage |= usage_bit(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  } else
    usage = usage_bit(L, -1);
  lua_pop(L, 1);
  return usage;
}

static void write_time(lua_State *L, const char *key, lua_Integer seconds,
                       char out[16]) {
  time_t when = (time_t)seconds;
  struct tm parts;
  if (gmtime_r(&when, &parts) == NULL || parts.tm_year < 70 ||
      parts.tm_year > 9999 - 1900)
    ltls_options_bad(L, key, "not within the years 1970 to 9999");
  (void)strftime(out, 16, "%Y%m%d%H%M%S", &parts);
}

static void read_validity(lua_State *L, LtlsDraft *draft) {
  LtlsRange start = {0, LUA_MAXINTEGER, (lua_Integer)time(NULL) - 3600};
  LtlsRange end = {0, LUA_MAXINTEGER, 0};
  lua_Integer from = ltls_options_integer(L, 1, "not_before", start), until;
  lua_Number days = 90;
  if (ltls_options_has(L, 1, "days")) {
    if (lua_type(L, -1) != LUA_TNUMBER)
      ltls_options_bad(L, "days", "number expected");
    days = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  if (!(days > 0 && days < 3e6)) ltls_options_bad(L, "days", "out of range");
  end.otherwise = (lua_Integer)time(NULL) + (lua_Integer)(days * 86400);
  until = ltls_options_integer(L, 1, "not_after", end);
  if (until < from) ltls_options_bad(L, "not_after", "before not_before");
  write_time(L, "not_before", from, draft->not_before);
  write_time(L, "not_after", until, draft->not_after);
}

static int hex_digit(char c) {
  const char *digits = "0123456789abcdef";
  const char *found = c != '\0' ? strchr(digits, c | 0x20) : NULL;
  return found != NULL ? (int)(found - digits) : -1;
}

/* RFC 5280, 4.1.2.2: positive; ours come from the random generator, so that
** nobody can choose what is signed. */
static void read_serial(lua_State *L, LtlsDraft *draft) {
  const char *text;
  size_t len, i;
  draft->serial_len = 16;
  if (!ltls_options_string(L, 1, "serial")) {
    if (ltls_random_fill(NULL, draft->serial, 16) != 0)
      luaL_error(L, "the random generator failed");
    draft->serial[0] = (draft->serial[0] & 0x7F) | 0x40;
    return;
  }
  text = lua_tolstring(L, -1, &len);
  if (len == 0 || len % 2 != 0 || len > (size_t)2 * LTLS_MAX_SERIAL)
    ltls_options_bad(L, "serial", "1 to 32 bytes in hex expected");
  for (i = 0; i < len; i += 2) {
    int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) ltls_options_bad(L, "serial", "hex expected");
    draft->serial[i / 2] = (unsigned char)((unsigned)high << 4 | (unsigned)low);
  }
  draft->serial_len = len / 2;
  lua_pop(L, 1);
}

/* Who signs and what is certified. Leaves the objects on the stack. */
static void read_keys(lua_State *L, LtlsDraft *draft) {
  LtlsKey *key = ltls_key_option(L, 1, "key");
  draft->issuer_key = ltls_key_option(L, 1, "issuer_key");
  draft->csr = ltls_csr_option(L, 1, "csr");
  if (key == NULL && draft->csr == NULL)
    ltls_options_bad(L, "key", "this or csr must be given");
  draft->subject_key = key != NULL ? &key->pk : &draft->csr->pk;
  if (ltls_options_has(L, 1, "issuer")) {
    draft->issuer = ltls_certificate_test(L, -1);
    if (draft->issuer == NULL)
      ltls_options_bad(L, "issuer", "luatls.certificate expected");
  } else if (draft->issuer_key == NULL)
    draft->issuer_key = key;
  if (draft->issuer_key == NULL || !draft->issuer_key->is_private)
    ltls_options_bad(L, "issuer_key", "private key expected");
}

/* Names of a request, as they are. Pushes the value that owns the list. */
static void copy_names(lua_State *L, LtlsDraft *draft) {
  const mbedtls_x509_sequence *entry = &draft->csr->subject_alt_names;
  mbedtls_x509_buf *names;
  size_t count = 0;
  for (; entry != NULL && entry->buf.p != NULL; entry = entry->next)
    count++;
  names = lua_newuserdatauv(L, (count + 1) * sizeof(*names), 0);
  draft->names = names;
  draft->name_count = count;
  entry = &draft->csr->subject_alt_names;
  for (; count > 0; count--, entry = entry->next) {
    *names++ = entry->buf;
    draft->room += entry->buf.len + ENTRY_ROOM;
  }
}

/* Names that were given: the list of mbedTLS starts with the last one. Pushes
** the value that owns the new list. */
static void list_names(lua_State *L, LtlsDraft *draft,
                       const mbedtls_x509_san_list *given) {
  const mbedtls_x509_san_list *entry = given;
  mbedtls_x509_buf *names;
  size_t count = 0;
  for (; entry != NULL; entry = entry->next)
    count++;
  names = lua_newuserdatauv(L, count * sizeof(*names), 0);
  draft->names = names;
  draft->name_count = count;
  for (entry = given; entry != NULL; entry = entry->next) {
    mbedtls_x509_buf *name = &names[--count];
    *name = entry->node.san.unstructured_name;
    name->tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | entry->node.type;
    draft->room += name->len + ENTRY_ROOM;
  }
}

/* What the certificate is for: subject and names. */
static void read_identity(lua_State *L, LtlsDraft *draft) {
  const mbedtls_x509_san_list *given = ltls_name_option(L, 1, "names");
  if (given != NULL)
    list_names(L, draft, given);
  else if (draft->csr != NULL)
    copy_names(L, draft);
  if (ltls_options_string(L, 1, "subject")) {
    draft->subject = lua_tostring(L, -1);
    /* "A=b" becomes an attribute of 16 bytes and more. */
    draft->room += 16 * strlen(draft->subject);
  } else if (draft->csr == NULL)
    ltls_options_bad(L, "subject", "this or csr must be given");
  else
    draft->room += 2 * draft->csr->subject_raw.len;
  if (draft->issuer != NULL) draft->room += draft->issuer->raw.len;
}

static void read_oid(lua_State *L, LtlsExtra *extra) {
  mbedtls_asn1_buf oid = {0};
  const char *text;
  int rc;
  if (!ltls_options_string(L, -1, "oid"))
    ltls_options_bad(L, "oid", "dotted numbers expected");
  text = lua_tostring(L, -1);
  rc = mbedtls_oid_from_numeric_string(&oid, text, lua_rawlen(L, -1));
  if (rc == 0 && oid.len <= sizeof(extra->oid)) {
    memcpy(extra->oid, oid.p, oid.len);
    extra->oid_len = oid.len;
  }
  mbedtls_free(oid.p);
  if (extra->oid_len == 0)
    ltls_options_bad(L, "oid", "dotted numbers expected");
  lua_pop(L, 1);
}

/* The table on top: {oid=, critical=, value=}, whose value may be false. */
static void read_extra(lua_State *L, LtlsExtra *extra) {
  static const char *const known[] = {"oid", "critical", "value", NULL};
  int entry = lua_gettop(L);
  ltls_options_check(L, entry, known);
  read_oid(L, extra);
  extra->critical = ltls_options_flag(L, entry, "critical");
  lua_getfield(L, entry, "value");
  if (lua_type(L, -1) == LUA_TSTRING)
    extra->value = lua_tolstring(L, -1, &extra->len);
  else if (!lua_isboolean(L, -1) || lua_toboolean(L, -1))
    ltls_options_bad(L, "value", "DER or false expected");
  lua_pop(L, 1);
}

/* Leaves the owner of the list and the options' array on the stack. */
static void read_extras(lua_State *L, LtlsDraft *draft) {
  LtlsExtra *extras;
  size_t i, count;
  if (!ltls_options_has(L, 1, "extensions")) return;
  if (!lua_istable(L, -1)) ltls_options_bad(L, "extensions", "array expected");
  count = lua_rawlen(L, -1);
  extras = lua_newuserdatauv(L, (count + 1) * sizeof(*extras), 0);
  memset(extras, 0, (count + 1) * sizeof(*extras));
  lua_insert(L, -2); /* stack: owner, array */
  for (i = 0; i < count; i++) {
    if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TTABLE)
      ltls_options_bad(L, "extensions", "tables expected");
    read_extra(L, &extras[i]);
    draft->room += extras[i].len + ENTRY_ROOM;
    lua_pop(L, 1);
  }
  draft->extras = extras;
  draft->extra_count = count;
}

static int read_version(lua_State *L) {
  LtlsRange versions = {1, 3, 3};
  int version = (int)ltls_options_integer(L, 1, "version", versions);
  if (version == 2) ltls_options_bad(L, "version", "1 or 3 expected");
  return version;
}

void ltls_draft_read(lua_State *L, LtlsDraft *draft) {
  static const char *const known[] = {
      "csr",   "subject",    "names",      "key",    "issuer", "issuer_key",
      "days",  "not_before", "not_after",  "serial", "hash",   "path_length",
      "usage", "version",    "extensions", NULL};
  static const char *const hashes[] = {"sha256", "sha384", "sha512", NULL};
  static const mbedtls_md_type_t hash_ids[] = {
      MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512};
  LtlsRange depth = {0, 100, -1};
  ltls_options_check(L, 1, known);
  draft->room = BASE_ROOM;
  read_keys(L, draft);
  read_validity(L, draft);
  read_serial(L, draft);
  draft->usage = read_usage(L);
  draft->path_length = (int)ltls_options_integer(L, 1, "path_length", depth);
  draft->hash = hash_ids[ltls_options_word(L, 1, "hash", hashes, 0)];
  draft->version = read_version(L);
  read_identity(L, draft);
  read_extras(L, draft);
}
