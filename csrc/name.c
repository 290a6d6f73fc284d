/*
** Names of certificates. What a name is, is decided by its form: digits and
** dots or colons are an address, "@" is e-mail, "://" a URI, the rest DNS.
*/

#include "name.h"

#include "failure.h"
#include "options.h"

#include <lauxlib.h>
#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/x509.h>
#include <stdio.h>
#include <string.h>

#define MAX_IP 16 /* bytes of an IPv6 address */

/* The type of a GeneralName: the number of its context-specific tag. */
static int name_type(const mbedtls_x509_sequence *entry) {
  return entry->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
}

/* RFC 4514 text of any length: mbedTLS wants a buffer, and does not say how
** large. */
void ltls_name_push(lua_State *L, const mbedtls_x509_name *name) {
  luaL_Buffer buffer;
  size_t size = 512;
  int len;
  do {
    char *text = luaL_buffinitsize(L, &buffer, size);
    len = mbedtls_x509_dn_gets(text, size, name);
    luaL_pushresultsize(&buffer, len > 0 ? (size_t)len : 0);
    if (len >= 0 || size > 1 << 20) break;
    lua_pop(L, 1);
    size *= 4;
  } while (1);
}

/* The length of the first attribute: up to a comma that is not escaped. */
static size_t attribute_length(const char *text) {
  size_t len = 0;
  while (text[len] != '\0' && text[len] != ',')
    len += text[len] == '\\' && text[len + 1] != '\0' ? 2 : 1;
  return len;
}

/* One attribute, put before the list: mbedTLS writes lists from their end. */
static int parse_attribute(const char *text, size_t len,
                           mbedtls_asn1_named_data **list) {
  mbedtls_asn1_named_data *node = NULL;
  char *copy = mbedtls_calloc(1, len + 1);
  int rc;
  if (copy == NULL) return MBEDTLS_ERR_X509_ALLOC_FAILED;
  memcpy(copy, text, len);
  rc = mbedtls_x509_string_to_names(&node, copy);
  mbedtls_free(copy);
  if (rc != 0) return rc;
  if (node == NULL) return MBEDTLS_ERR_X509_INVALID_NAME;
  node->next = *list;
  *list = node;
  return 0;
}

/* Attribute by attribute: given the whole text, mbedTLS would keep only the
** last of several that are of one type (DC=example,DC=org). */
int ltls_name_parse(const char *text, mbedtls_asn1_named_data **list) {
  int rc;
  do {
    size_t len;
    text += strspn(text, " ");
    len = attribute_length(text);
    rc = parse_attribute(text, len, list);
    text += len;
  } while (rc == 0 && *text++ == ',');
  if (rc != 0) mbedtls_asn1_free_named_data_list(list);
  return rc;
}

int ltls_name_fail(lua_State *L, const char *message, int rc) {
  (void)ltls_fail(L, "config", message, rc);
  if (rc == MBEDTLS_ERR_X509_INVALID_NAME || rc == MBEDTLS_ERR_X509_UNKNOWN_OID)
    ltls_failure_detail(L, "hint",
                        "a subject is written \"CN=localhost, O=Example\"");
  return 2;
}

void ltls_name_push_oid(lua_State *L, const mbedtls_x509_buf *oid) {
  char text[256];
  int len = mbedtls_oid_get_numeric_string(text, sizeof(text), oid);
  lua_pushstring(L, len > 0 ? text : "invalid");
}

int ltls_name_is_ip(const char *name) {
  unsigned char address[MAX_IP];
  return mbedtls_x509_crt_parse_cn_inet_pton(name, address) != 0;
}

/* The longest run of two or more zero groups, the first of equals. */
static void find_zeros(const unsigned *groups, int *start, int *length) {
  int i, run = 0;
  *start = -1;
  *length = 1;
  for (i = 0; i < 8; i++) {
    run = groups[i] == 0 ? run + 1 : 0;
    if (run <= *length) continue;
    *start = i - run + 1;
    *length = run;
  }
}

/* An IPv6 address as RFC 5952 writes it: its longest run of zeros as "::". */
static void write_ipv6(char *out, const unsigned char *bytes) {
  unsigned groups[8];
  int i, start, length;
  for (i = 0; i < 8; i++, bytes += 2)
    groups[i] = (unsigned)bytes[0] << 8 | bytes[1];
  find_zeros(groups, &start, &length);
  for (i = 0; i < 8; i++) {
    if (i == start) {
      out += sprintf(out, "::");
      i += length - 1;
    } else
      out +=
          sprintf(out, i > 0 && i != start + length ? ":%x" : "%x", groups[i]);
  }
}

int ltls_name_write(char out[LTLS_NAME_TEXT],
                    const mbedtls_x509_sequence *entry) {
  const mbedtls_x509_buf *name = &entry->buf;
  int type = name_type(entry);
  if (type == MBEDTLS_X509_SAN_DNS_NAME && name->len < LTLS_NAME_TEXT) {
    memcpy(out, name->p, name->len);
    out[name->len] = '\0';
  } else if (type == MBEDTLS_X509_SAN_IP_ADDRESS && name->len == 4)
    (void)snprintf(out, LTLS_NAME_TEXT, "%d.%d.%d.%d", name->p[0], name->p[1],
                   name->p[2], name->p[3]);
  else if (type == MBEDTLS_X509_SAN_IP_ADDRESS && name->len == 16)
    write_ipv6(out, name->p);
  else
    return 0;
  return 1;
}

/* The lists of the names table, by type. */
static const struct {
  int type;
  const char *field;
} fields[] = {
    {MBEDTLS_X509_SAN_DNS_NAME, "dns"},
    {MBEDTLS_X509_SAN_IP_ADDRESS, "ip"},
    {MBEDTLS_X509_SAN_RFC822_NAME, "email"},
    {MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER, "uri"},
};

static void push_ip(lua_State *L, const mbedtls_x509_sequence *entry) {
  char text[LTLS_NAME_TEXT];
  lua_pushstring(L, ltls_name_write(text, entry) ? text : "invalid");
}

/* Push the array of the names of one type. */
static void push_type(lua_State *L, const mbedtls_x509_sequence *list,
                      int type) {
  lua_newtable(L);
  for (; list != NULL && list->buf.p != NULL; list = list->next) {
    if (name_type(list) != type) continue;
    if (type == MBEDTLS_X509_SAN_IP_ADDRESS)
      push_ip(L, list);
    else
      lua_pushlstring(L, (const char *)list->buf.p, list->buf.len);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
}

void ltls_name_push_list(lua_State *L, const mbedtls_x509_sequence *list) {
  size_t i;
  lua_newtable(L);
  for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
    push_type(L, list, fields[i].type);
    lua_setfield(L, -2, fields[i].field);
  }
}

/* One name to write; the list first, so that it is the address of the whole. */
typedef struct NewName {
  mbedtls_x509_san_list list;
  unsigned char address[MAX_IP];
} NewName;

static void fill_name(NewName *entry, const char *text, size_t len) {
  mbedtls_x509_subject_alternative_name *node = &entry->list.node;
  size_t ip_len = mbedtls_x509_crt_parse_cn_inet_pton(text, entry->address);
  node->san.unstructured_name.p = (unsigned char *)text;
  node->san.unstructured_name.len = len;
  node->type = MBEDTLS_X509_SAN_DNS_NAME;
  if (ip_len > 0) {
    node->type = MBEDTLS_X509_SAN_IP_ADDRESS;
    node->san.unstructured_name.p = entry->address;
    node->san.unstructured_name.len = ip_len;
  } else if (strstr(text, "://") != NULL)
    node->type = MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER;
  else if (strchr(text, '@') != NULL)
    node->type = MBEDTLS_X509_SAN_RFC822_NAME;
}

mbedtls_x509_san_list *ltls_name_option(lua_State *L, int arg,
                                        const char *key) {
  NewName *names;
  size_t i, count;
  if (!ltls_options_has(L, arg, key)) return NULL;
  if (!lua_istable(L, -1)) ltls_options_bad(L, key, "array expected");
  count = lua_rawlen(L, -1);
  if (count == 0) ltls_options_bad(L, key, "at least one name expected");
  names = lua_newuserdatauv(L, count * sizeof(NewName), 1);
  memset(names, 0, count * sizeof(NewName));
  lua_insert(L, -2); /* stack: owner, array */
  for (i = 0; i < count; i++) {
    if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
      ltls_options_bad(L, key, "strings expected");
    fill_name(&names[i], lua_tostring(L, -1), lua_rawlen(L, -1));
    /* mbedTLS writes the list from its end: give it the last name first. */
    if (i > 0) names[i].list.next = &names[i - 1].list;
    lua_pop(L, 1);
  }
  lua_setiuservalue(L, -2, 1); /* the array keeps the strings alive */
  return &names[count - 1].list;
}
