/*
** Attributes of distinguished names. Strings come out as UTF-8, whatever they
** were encoded in; what cannot be one stays visible as hex.
*/

#include "attribute.h"

#include "bytes.h"
#include "directory.h"
#include "oid.h"

#include <lauxlib.h>
#include <string.h>

#define REPLACEMENT 0xFFFD /* for what is no character */

/* ---------------------------------------------------------------- strings */

/* The length of the UTF-8 sequence that begins with this byte; 0 for none. */
static size_t announced_length(unsigned char first) {
  size_t len = 0;
  while (len < 5 && first & 0x80u >> len)
    len++;
  if (len == 0) return 1;
  return len == 1 || len == 5 ? 0 : len;
}

/* The length of the UTF-8 sequence at the front; 0 when it is none (RFC 3629,
** 4: no surrogates, nothing longer than needed, nothing above U+10FFFF). */
static size_t sequence_length(LtlsSlice text) {
  static const unsigned lowest[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t i, len = announced_length(text.p[0]);
  unsigned code = text.p[0] & 0x7Fu >> len;
  if (len <= 1) return len;
  if (len > text.len) return 0;
  for (i = 1; i < len; i++) {
    if ((text.p[i] & 0xC0) != 0x80) return 0;
    code = code << 6 | (text.p[i] & 0x3Fu);
  }
  if (code < lowest[len] || code > 0x10FFFF) return 0;
  return code >= 0xD800 && code < 0xE000 ? 0 : len;
}

static int is_utf8(LtlsSlice text) {
  while (text.len > 0) {
    size_t len = sequence_length(text);
    if (len == 0) return 0;
    text.p += len;
    text.len -= len;
  }
  return 1;
}

/* Big-endian characters of 1, 2 or 4 bytes. */
static int push_wide(lua_State *L, LtlsSlice text, size_t width) {
  luaL_Buffer out;
  size_t i;
  if (text.len % width != 0) return 0;
  luaL_buffinit(L, &out);
  for (; text.len > 0; text.len -= width) {
    unsigned long code = 0;
    for (i = 0; i < width; i++)
      code = code << 8 | *text.p++;
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
      code = REPLACEMENT;
    lua_pushfstring(L, "%U", code);
    luaL_addvalue(&out);
  }
  luaL_pushresult(&out);
  return 1;
}

int ltls_attribute_push_string(lua_State *L, int tag, LtlsSlice text) {
  switch (tag) {
  case MBEDTLS_ASN1_UNIVERSAL_STRING:
    return push_wide(L, text, 4);
  case MBEDTLS_ASN1_BMP_STRING:
    return push_wide(L, text, 2);
  case MBEDTLS_ASN1_UTF8_STRING:
  case MBEDTLS_ASN1_PRINTABLE_STRING:
  case MBEDTLS_ASN1_IA5_STRING:
  case MBEDTLS_ASN1_T61_STRING:
  case 0x12: /* NumericString */
  case 0x1A: /* VisibleString */
    /* In practice T61String is Latin-1, and so is what claims to be ASCII. */
    if (!is_utf8(text)) return push_wide(L, text, 1);
    lua_pushlstring(L, (const char *)text.p, text.len);
    return 1;
  default:
    return 0;
  }
}

/* ------------------------------------------------------------- attributes */

/* A name that is being read. */
typedef struct Names {
  LtlsSlice rest, relative;
  lua_Integer rdn; /* which relative name it is in, from 1 */
} Names;

/* Take the next attribute: 1, 0 at the end, -1 where it is malformed. */
static int next_attribute(Names *names, LtlsAttribute *attribute) {
  if (names->relative.len == 0) {
    if (names->rest.len == 0) return 0;
    if (!ltls_der_take(&names->rest, LTLS_SET, &names->relative)) return -1;
    names->rdn++;
  }
  return ltls_directory_take(&names->relative, attribute) ? 1 : -1;
}

/* RFC 4514, 2.4: "#" and the DER in hex, for what is no string. */
static void push_hex(lua_State *L, LtlsSlice der) {
  lua_pushliteral(L, "#");
  ltls_bytes_push_hex(L, der.p, der.len);
  lua_concat(L, 2);
}

static void push_value(lua_State *L, const LtlsAttribute *attribute) {
  if (!ltls_attribute_push_string(L, attribute->tag, attribute->text))
    push_hex(L, attribute->whole);
}

/* mbedTLS lets malformed OIDs pass: that must not hide the rest of a name. */
static void push_type(lua_State *L, LtlsSlice oid) {
  if (!ltls_oid_push_name(L, oid)) lua_pushliteral(L, "?");
}

int ltls_attribute_push_list(lua_State *L, LtlsSlice name) {
  Names names = {{NULL, 0}, {NULL, 0}, 0};
  LtlsAttribute attribute;
  int more;
  if (!ltls_der_open(name, &names.rest)) return 0;
  lua_newtable(L);
  while ((more = next_attribute(&names, &attribute)) == 1) {
    lua_createtable(L, 0, 4);
    if (!ltls_oid_push(L, attribute.oid)) lua_pushliteral(L, "?");
    lua_setfield(L, -2, "oid");
    push_type(L, attribute.oid);
    lua_setfield(L, -2, "type");
    push_value(L, &attribute);
    lua_setfield(L, -2, "value");
    lua_pushinteger(L, names.rdn);
    lua_setfield(L, -2, "rdn");
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
  return more == 0;
}

/* -------------------------------------------------------------------- text */

/* Would a terminal take the sequence at 'p' as a command? C0, DEL, and C1 in
** its UTF-8 form. */
static int is_control(const char *p, size_t left) {
  unsigned char c = (unsigned char)p[0];
  if (c < 0x20 || c == 0x7F) return 1;
  return c == 0xC2 && left > 1 && (unsigned char)p[1] < 0xA0;
}

static void add_hex(luaL_Buffer *text, unsigned char byte) {
  luaL_addchar(text, '\\');
  luaL_addchar(text, "0123456789ABCDEF"[byte >> 4]);
  luaL_addchar(text, "0123456789ABCDEF"[byte & 15]);
}

/* Must the character at 'i' be escaped? RFC 4514, 2.4. */
static int is_special(const char *value, size_t i, size_t len) {
  if (value[i] != '\0' && strchr("\"+,;<>\\", value[i]) != NULL) return 1;
  if (i == 0 && (value[i] == ' ' || value[i] == '#')) return 1;
  return i + 1 == len && value[i] == ' ';
}

/* Replace the string on top by its escaped form. */
static void escape(lua_State *L, int is_value) {
  size_t i, len;
  const char *value = lua_tolstring(L, -1, &len);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (i = 0; i < len; i++) {
    if (is_control(value + i, len - i)) {
      add_hex(&text, (unsigned char)value[i]);
      if ((unsigned char)value[i] == 0xC2)
        add_hex(&text, (unsigned char)value[++i]);
      continue;
    }
    if (is_value && is_special(value, i, len)) luaL_addchar(&text, '\\');
    luaL_addchar(&text, value[i]);
  }
  luaL_pushresult(&text);
  lua_remove(L, -2);
}

void ltls_attribute_clean(lua_State *L) {
  escape(L, 0);
}

/* Push "CN=value"; RFC 4514, 2.4 wants hex after an OID in dots. */
static void push_attribute(lua_State *L, const LtlsAttribute *attribute) {
  push_type(L, attribute->oid);
  if (strchr(lua_tostring(L, -1), '.') != NULL ||
      !ltls_attribute_push_string(L, attribute->tag, attribute->text))
    push_hex(L, attribute->whole);
  else
    escape(L, 1);
  lua_pushfstring(L, "%s=", lua_tostring(L, -2));
  lua_insert(L, -2);
  lua_concat(L, 2);
  lua_remove(L, -2);
}

int ltls_attribute_push_text(lua_State *L, LtlsSlice name) {
  Names names = {{NULL, 0}, {NULL, 0}, 0};
  LtlsAttribute attribute;
  luaL_Buffer text;
  lua_Integer rdn = 0;
  int more;
  if (!ltls_der_open(name, &names.rest)) return 0;
  luaL_buffinit(L, &text);
  while ((more = next_attribute(&names, &attribute)) == 1) {
    if (rdn > 0) luaL_addstring(&text, names.rdn == rdn ? " + " : ", ");
    rdn = names.rdn;
    push_attribute(L, &attribute);
    luaL_addvalue(&text);
  }
  luaL_pushresult(&text);
  return more == 0;
}
