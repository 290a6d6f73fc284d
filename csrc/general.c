/*
** General names. What the bytes of a name stand for is told; whether they are
** a good name is not judged.
*/

#include "general.h"

#include "attribute.h"
#include "name.h"
#include "oid.h"

#include <lauxlib.h>
#include <stdio.h>

/* The kinds, by the number of their context-specific tag. */
static const char *const kinds[] = {
    "other",     "email", "dns", "x400",          "directory",
    "edi_party", "uri",   "ip",  "registered_id",
};
enum { OTHER, EMAIL, DNS, X400, DIRECTORY, EDI_PARTY, URI, IP, REGISTERED };
enum { KINDS = REGISTERED + 1 };

/* {oid=, value=}: the value is DER. */
static int push_other(lua_State *L, LtlsSlice name) {
  const int tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0;
  LtlsSlice oid, value;
  if (!ltls_der_take(&name, MBEDTLS_ASN1_OID, &oid) ||
      !ltls_der_take(&name, tag, &value) || name.len != 0)
    return 0;
  lua_createtable(L, 0, 2);
  if (!ltls_oid_push(L, oid)) return 0;
  lua_setfield(L, -2, "oid");
  lua_pushlstring(L, (const char *)value.p, value.len);
  lua_setfield(L, -2, "value");
  return 1;
}

/* Push the text of an address of 4 or 16 bytes. */
static void push_address(lua_State *L, LtlsSlice bytes) {
  mbedtls_x509_sequence entry = {0};
  char text[LTLS_NAME_TEXT];
  entry.buf.tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_IP_ADDRESS;
  entry.buf.p = bytes.p;
  entry.buf.len = bytes.len;
  (void)ltls_name_write(text, &entry);
  lua_pushstring(L, text);
}

static int push_ip(lua_State *L, LtlsSlice name) {
  if (name.len != 4 && name.len != 16) return 0;
  push_address(L, name);
  return 1;
}

/* The number of leading ones; -1 when a one follows a zero. */
static int prefix_length(LtlsSlice mask) {
  int count = 0, i, bits = (int)mask.len * 8;
  while (count < bits && mask.p[count / 8] >> (7 - count % 8) & 1)
    count++;
  for (i = count; i < bits; i++)
    if (mask.p[i / 8] >> (7 - i % 8) & 1) return -1;
  return count;
}

/* An address and a mask of the same size: as RFC 4632 writes it, or with the
** mask in full where it is no prefix. */
static int push_network(lua_State *L, LtlsSlice name) {
  LtlsSlice address = {name.p, name.len / 2};
  LtlsSlice mask = {name.p, name.len / 2};
  int prefix;
  if (name.len != 8 && name.len != 32) return 0;
  mask.p += mask.len;
  prefix = prefix_length(mask);
  push_address(L, address);
  if (prefix >= 0)
    lua_pushfstring(L, "%s/%d", lua_tostring(L, -1), prefix);
  else {
    push_address(L, mask);
    lua_pushfstring(L, "%s/%s", lua_tostring(L, -2), lua_tostring(L, -1));
    lua_remove(L, -2);
  }
  lua_remove(L, -2);
  return 1;
}

/* Push the value of one name; 0 when it is malformed. */
static int push_name(lua_State *L, int kind, LtlsSlice name, int is_subtree) {
  switch (kind) {
  case OTHER:
    return push_other(L, name);
  case DIRECTORY: /* a CHOICE, so its tag is explicit */
    return ltls_attribute_push_text(L, name);
  case IP:
    return is_subtree ? push_network(L, name) : push_ip(L, name);
  case REGISTERED:
    return ltls_oid_push(L, name);
  default:
    lua_pushlstring(L, (const char *)name.p, name.len);
    return 1;
  }
}

/* Take a name off the front and put it into its list; the lists are at the
** index 'lists' and behind it. */
static int add_name(lua_State *L, int lists, LtlsSlice *from, int is_subtree) {
  int tag = ltls_der_peek(*from);
  int kind = tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
  int is_constructed =
      kind == OTHER || kind == X400 || kind == DIRECTORY || kind == EDI_PARTY;
  LtlsSlice name;
  if (tag < 0 || kind >= KINDS ||
      tag != (MBEDTLS_ASN1_CONTEXT_SPECIFIC | kind |
              (is_constructed ? MBEDTLS_ASN1_CONSTRUCTED : 0)))
    return 0;
  if (!ltls_der_take(from, tag, &name)) return 0;
  if (!push_name(L, kind, name, is_subtree)) return 0;
  lua_rawseti(L, lists + kind, (lua_Integer)lua_rawlen(L, lists + kind) + 1);
  return 1;
}

/* Push the lists, empty: KINDS tables. Returns the index of the first. */
static int push_lists(lua_State *L) {
  int kind;
  luaL_checkstack(L, KINDS + 20, "too many names");
  for (kind = 0; kind < KINDS; kind++)
    lua_newtable(L);
  return lua_gettop(L) - KINDS + 1;
}

/* Replace the lists, which are on top, by the table of all of them. */
static void collect(lua_State *L, int lists) {
  int kind;
  lua_createtable(L, 0, KINDS);
  lua_insert(L, lists);
  for (kind = KINDS; kind-- > 0;)
    lua_setfield(L, lists, kinds[kind]);
}

int ltls_general_push_names(lua_State *L, LtlsSlice list) {
  int lists = push_lists(L);
  while (list.len > 0)
    if (!add_name(L, lists, &list, 0)) return 0;
  collect(L, lists);
  return 1;
}

/* RFC 5280, 4.2.1.10: minimum must be 0, which is its default, and there must
** be no maximum; both are skipped. */
int ltls_general_push_subtrees(lua_State *L, LtlsSlice list) {
  int lists = push_lists(L);
  while (list.len > 0) {
    LtlsSlice subtree, ignored;
    if (!ltls_der_take(&list, LTLS_SEQUENCE, &subtree)) return 0;
    if (!add_name(L, lists, &subtree, 1)) return 0;
    (void)ltls_der_take(&subtree, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0, &ignored);
    (void)ltls_der_take(&subtree, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 1, &ignored);
    if (subtree.len != 0) return 0;
  }
  collect(L, lists);
  return 1;
}
