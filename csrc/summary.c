/*
** Summaries of certificates. What is long is cut, and says so.
*/

#include "summary.h"

#include "attribute.h"
#include "bytes.h"
#include "decode.h"

#include <lauxlib.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <stdio.h>

#define MAX_NAMES 12 /* that are told; their number is told too */

static void push_name(lua_State *L, const mbedtls_x509_buf *raw) {
  LtlsSlice name = {raw->p, raw->len};
  int top = lua_gettop(L);
  if (ltls_attribute_push_text(L, name)) return;
  lua_settop(L, top);
  lua_pushliteral(L, "malformed");
}

/* RFC 3339, but for the space. */
static void push_time(lua_State *L, const mbedtls_x509_time *time) {
  char text[96];
  (void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d",
                 time->year, time->mon, time->day, time->hour, time->min,
                 time->sec);
  lua_pushstring(L, text);
}

static void push_key(lua_State *L, const mbedtls_pk_context *key) {
  int bits = (int)mbedtls_pk_get_bitlen(key);
  if (mbedtls_pk_can_do(key, MBEDTLS_PK_ECKEY)) {
    const mbedtls_ecp_curve_info *info = mbedtls_ecp_curve_info_from_grp_id(
        mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(*key)));
    lua_pushfstring(L, "EC, %s", info != NULL ? info->name : "unknown curve");
  } else if (mbedtls_pk_can_do(key, MBEDTLS_PK_RSA))
    lua_pushfstring(L, "RSA, %d bits", bits);
  else
    lua_pushliteral(L, "of an unknown type");
}

static void push_fingerprint(lua_State *L, const mbedtls_x509_crt *crt) {
  unsigned char digest[32] = {0};
  (void)mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), crt->raw.p,
                   crt->raw.len, digest);
  ltls_bytes_push_hex(L, digest, sizeof(digest));
}

/* Add the names of one kind, from the table at 'names', to the text of all of
** them, which is on top. Returns how many there are now. */
static int add_names(lua_State *L, int names, const char *kind, int count) {
  lua_Integer i, all;
  lua_getfield(L, names, kind); /* stack: text, list */
  all = (lua_Integer)lua_rawlen(L, -1);
  for (i = 1; i <= all && count + i <= MAX_NAMES; i++) {
    LtlsSlice name;
    lua_pushvalue(L, -2);
    lua_pushstring(L, count + i > 1 ? ", " : "");
    lua_rawgeti(L, -3, i);
    name.p = (unsigned char *)lua_tolstring(L, -1, &name.len);
    (void)ltls_attribute_push_string(L, MBEDTLS_ASN1_IA5_STRING, name);
    ltls_attribute_clean(L);
    lua_remove(L, -2);
    lua_concat(L, 3);
    lua_replace(L, -3);
  }
  lua_pop(L, 1);
  return count + (int)all;
}

/* Push the alternative names in one line; the table of them is on top, and
** stays below. */
static void push_names(lua_State *L) {
  static const char *const kinds[] = {"dns", "ip", "email", "uri", "directory"};
  int names = lua_gettop(L), count = 0;
  size_t i;
  lua_pushliteral(L, "");
  for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    count = add_names(L, names, kinds[i], count);
  if (count > MAX_NAMES) {
    lua_pushfstring(L, " and %d more", count - MAX_NAMES);
    lua_concat(L, 2);
  } else if (count == 0) {
    lua_pop(L, 1);
    lua_pushliteral(L, "none");
  }
}

static void push_alternatives(lua_State *L, const mbedtls_x509_crt *crt) {
  int top = lua_gettop(L);
  LtlsSlice value;
  int found = ltls_decode_find(L, crt, "subjectAltName", &value);
  if (found == 1 && ltls_decode_names(L, value)) {
    push_names(L);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
    return;
  }
  lua_settop(L, top);
  lua_pushstring(L, found == 0 ? "none" : "malformed");
}

void ltls_summary_push(lua_State *L, const mbedtls_x509_crt *crt) {
  int text = lua_gettop(L) + 1;
  luaL_checkstack(L, 40, "no room for a summary");
  lua_pushliteral(L, "luatls.certificate (");
  push_name(L, &crt->subject_raw);
  lua_pushliteral(L, ")\n  issuer  ");
  push_name(L, &crt->issuer_raw);
  lua_pushliteral(L, "\n  valid   ");
  push_time(L, &crt->valid_from);
  lua_pushliteral(L, " to ");
  push_time(L, &crt->valid_to);
  lua_pushliteral(L, " UTC\n  names   ");
  push_alternatives(L, crt);
  lua_pushliteral(L, "\n  key     ");
  push_key(L, &crt->pk);
  lua_pushliteral(L, "\n  serial  ");
  ltls_bytes_push_hex(L, crt->serial.p, crt->serial.len);
  lua_pushliteral(L, "\n  sha256  ");
  push_fingerprint(L, crt);
  lua_concat(L, lua_gettop(L) - text + 1);
}
