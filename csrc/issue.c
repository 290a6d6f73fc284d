/*
** Issuing certificates: version 3, with the extensions that RFC 5280, 4.2
** requires of an authority that keeps to it.
*/

#include "issue.h"

#include "certificate.h"
#include "csr.h"
#include "failure.h"
#include "key.h"
#include "mbed.h"
#include "name.h"
#include "options.h"
#include "random.h"

#include <lauxlib.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/x509_csr.h>
#include <string.h>
#include <time.h>

#define MAX_DER    65536
#define MAX_SERIAL 20 /* bytes: RFC 5280, 4.1.2.2 */

enum { USE_SERVER = 1, USE_CLIENT = 2, USE_CA = 4 };

/* What is to be written; collected first, so that nothing raises later. */
typedef struct Draft {
  mbedtls_x509write_cert *out;             /* mbedTLS' writer */
  mbedtls_pk_context *subject_key;         /* its public half is certified */
  LtlsKey *issuer_key;                     /* signs */
  const mbedtls_x509_crt *issuer;          /* NULL: self-signed */
  mbedtls_x509_csr *csr;                   /* or NULL */
  const char *subject;                     /* or NULL: that of the csr */
  const mbedtls_x509_san_list *names;      /* or NULL: those of the csr */
  mbedtls_asn1_named_data *copied_subject; /* of the csr */
  mbedtls_asn1_named_data *copied_issuer;  /* of the issuer */
  unsigned usage;                          /* USE_… */
  int path_length;                         /* -1: none */
  unsigned char serial[MAX_SERIAL];
  size_t serial_len;
  char not_before[16], not_after[16]; /* YYYYMMDDhhmmss */
  mbedtls_md_type_t hash;
} Draft;

/* mbedTLS writes a list of names from its end, and makes new strings of their
** text; a name that is already in a certificate must stay the same to the
** byte, or paths break. So: a reversed list of nodes that point into it.
** Pushes the owner of the nodes. [-0, +1, m] */
static mbedtls_asn1_named_data *copy_name(lua_State *L,
                                          const mbedtls_x509_name *name) {
  const mbedtls_x509_name *entry;
  mbedtls_asn1_named_data *nodes, *head = NULL;
  size_t count = 0;
  for (entry = name; entry != NULL; entry = entry->next)
    count++;
  nodes = lua_newuserdatauv(L, count * sizeof(*nodes), 0);
  for (entry = name; entry != NULL; entry = entry->next) {
    *nodes = *entry;
    nodes->next = head;
    head = nodes++;
  }
  return head;
}

/* usage: one word or an array of them. */
static unsigned usage_bit(lua_State *L, int index) {
  const char *word = lua_tostring(L, index);
  if (word != NULL && strcmp(word, "server") == 0) return USE_SERVER;
  if (word != NULL && strcmp(word, "client") == 0) return USE_CLIENT;
  if (word != NULL && strcmp(word, "ca") == 0) return USE_CA;
  return (unsigned)ltls_options_bad(L, "usage",
                                    "server, client or ca expected");
}

static unsigned read_usage(lua_State *L) {
  unsigned usage = 0;
  lua_Integer i;
  if (!ltls_options_has(L, 1, "usage")) return USE_SERVER;
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
  strftime(out, 16, "%Y%m%d%H%M%S", &parts);
}

static void read_validity(lua_State *L, Draft *draft) {
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

/* RFC 5280, 4.1.2.2: positive, at most 20 bytes; ours come from the random
** generator, so that nobody can choose what is signed. */
static void read_serial(lua_State *L, Draft *draft) {
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
  if (len == 0 || len % 2 != 0 || len > 2 * MAX_SERIAL)
    ltls_options_bad(L, "serial", "1 to 20 bytes in hex expected");
  for (i = 0; i < len; i += 2) {
    int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) ltls_options_bad(L, "serial", "hex expected");
    draft->serial[i / 2] = (unsigned char)(high << 4 | low);
  }
  draft->serial_len = len / 2;
  lua_pop(L, 1);
}

/* Who signs and what is certified. Leaves the objects on the stack. */
static void read_keys(lua_State *L, Draft *draft) {
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

static void read_options(lua_State *L, Draft *draft) {
  static const char *const known[] = {
      "csr",        "subject",     "names",      "key",       "issuer",
      "issuer_key", "days",        "not_before", "not_after", "serial",
      "hash",       "path_length", "usage",      NULL};
  static const char *const hashes[] = {"sha256", "sha384", "sha512", NULL};
  static const mbedtls_md_type_t hash_ids[] = {
      MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512};
  LtlsRange depth = {0, 100, -1};
  ltls_options_check(L, 1, known);
  read_keys(L, draft);
  read_validity(L, draft);
  read_serial(L, draft);
  draft->usage = read_usage(L);
  draft->path_length = (int)ltls_options_integer(L, 1, "path_length", depth);
  draft->hash = hash_ids[ltls_options_word(L, 1, "hash", hashes, 0)];
  draft->names = ltls_name_option(L, 1, "names");
  if (ltls_options_string(L, 1, "subject"))
    draft->subject = lua_tostring(L, -1);
  else if (draft->csr == NULL)
    ltls_options_bad(L, "subject", "this or csr must be given");
  else
    draft->copied_subject = copy_name(L, &draft->csr->subject);
  if (draft->issuer != NULL)
    draft->copied_issuer = copy_name(L, &draft->issuer->subject);
}

/* RFC 5280, 4.2.1.1: the authority key identifier must be the issuer's subject
** key identifier, and mbedTLS would compute one of its own. */
static int write_authority_id(const Draft *draft) {
  unsigned char id[64], *p = id + sizeof(id);
  const mbedtls_x509_buf *key_id;
  size_t len;
  if (draft->issuer == NULL || draft->issuer->subject_key_id.len == 0 ||
      draft->issuer->subject_key_id.len > 40)
    return mbedtls_x509write_crt_set_authority_key_identifier(draft->out);
  key_id = &draft->issuer->subject_key_id;
  len = key_id->len;
  p -= len;
  memcpy(p, key_id->p, len);
  *--p = (unsigned char)len;
  *--p = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0;
  *--p = (unsigned char)(len + 2);
  *--p = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
  return mbedtls_x509write_crt_set_extension(
      draft->out, MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER,
      MBEDTLS_OID_SIZE(MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER), 0, p, len + 4);
}

/* Extended key usage, not critical: mbedTLS' own function makes it critical,
** which CA/B Forum BR 7.1.2.7.6 does not allow. */
static int write_purposes(const Draft *draft) {
  static const unsigned char server[] = {6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1};
  static const unsigned char client[] = {6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 2};
  unsigned char list[2 + sizeof(server) + sizeof(client)];
  size_t len = 2;
  if (draft->usage & USE_SERVER) {
    memcpy(list + len, server, sizeof(server));
    len += sizeof(server);
  }
  if (draft->usage & USE_CLIENT) {
    memcpy(list + len, client, sizeof(client));
    len += sizeof(client);
  }
  if (len == 2) return 0;
  list[0] = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
  list[1] = (unsigned char)(len - 2);
  return mbedtls_x509write_crt_set_extension(
      draft->out, MBEDTLS_OID_EXTENDED_KEY_USAGE,
      MBEDTLS_OID_SIZE(MBEDTLS_OID_EXTENDED_KEY_USAGE), 0, list, len);
}

/* Key usage: RFC 5280, 4.2.1.3. Key encipherment is what the RSA key exchange
** of TLS 1.2 needs; only RSA keys can do it. */
static unsigned key_usage(const Draft *draft) {
  unsigned bits = 0;
  if (draft->usage & USE_CA)
    bits |= MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN;
  if (draft->usage & (USE_SERVER | USE_CLIENT))
    bits |= MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
  if (draft->usage & USE_SERVER &&
      mbedtls_pk_can_do(draft->subject_key, MBEDTLS_PK_RSA))
    bits |= MBEDTLS_X509_KU_KEY_ENCIPHERMENT;
  return bits;
}

/* Subject alternative names: those given, else the ones of the request, whose
** encoding is taken as it is. */
static int write_names(const Draft *draft) {
  const mbedtls_x509_sequence *entry;
  unsigned char *buffer, *p;
  int rc = 0, len = 0;
  if (draft->names != NULL)
    return mbedtls_x509write_crt_set_subject_alternative_name(draft->out,
                                                              draft->names);
  if (draft->csr == NULL || draft->csr->subject_alt_names.buf.p == NULL)
    return 0;
  buffer = mbedtls_calloc(1, MAX_DER);
  if (buffer == NULL) return MBEDTLS_ERR_X509_ALLOC_FAILED;
  p = buffer + MAX_DER;
  for (entry = &draft->csr->subject_alt_names; entry != NULL && rc >= 0;
       entry = entry->next) {
    rc = mbedtls_asn1_write_tagged_string(
        &p, buffer, entry->buf.tag, (const char *)entry->buf.p, entry->buf.len);
    len += rc;
  }
  if (rc >= 0) rc = mbedtls_asn1_write_len(&p, buffer, (size_t)len);
  if (rc >= 0) {
    len += rc;
    rc = mbedtls_asn1_write_tag(
        &p, buffer, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
  }
  if (rc >= 0)
    rc = mbedtls_x509write_crt_set_extension(
        draft->out, MBEDTLS_OID_SUBJECT_ALT_NAME,
        MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, p,
        (size_t)(len + rc));
  mbedtls_free(buffer);
  return rc;
}

static int write_extensions(const Draft *draft) {
  int is_ca = (draft->usage & USE_CA) != 0;
  int rc = mbedtls_x509write_crt_set_basic_constraints(draft->out, is_ca,
                                                       draft->path_length);
  if (rc == 0)
    rc = mbedtls_x509write_crt_set_subject_key_identifier(draft->out);
  if (rc == 0) rc = write_authority_id(draft);
  if (rc == 0)
    rc = mbedtls_x509write_crt_set_key_usage(draft->out, key_usage(draft));
  if (rc == 0) rc = write_purposes(draft);
  if (rc == 0) rc = write_names(draft);
  return rc;
}

/* Subject and issuer. The copied lists are not mbedTLS' to free: 'issue'
** takes them out again. */
static int write_identity(Draft *draft) {
  mbedtls_x509write_cert *out = draft->out;
  int rc = 0;
  if (draft->subject != NULL)
    rc = mbedtls_x509write_crt_set_subject_name(out, draft->subject);
  else
    out->subject = draft->copied_subject;
  if (rc != 0) return rc;
  if (draft->copied_issuer != NULL)
    out->issuer = draft->copied_issuer;
  else if (draft->subject != NULL)
    rc = mbedtls_x509write_crt_set_issuer_name(out, draft->subject);
  else
    out->issuer = draft->copied_subject;
  return rc;
}

/* Write and sign; the length of the DER at the end of 'der', or an error. */
static int issue(Draft *draft, unsigned char *der) {
  mbedtls_x509write_cert out;
  int rc;
  mbedtls_x509write_crt_init(&out);
  draft->out = &out;
  mbedtls_x509write_crt_set_version(&out, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&out, draft->hash);
  mbedtls_x509write_crt_set_subject_key(&out, draft->subject_key);
  mbedtls_x509write_crt_set_issuer_key(&out, &draft->issuer_key->pk);
  rc = write_identity(draft);
  if (rc == 0)
    rc = mbedtls_x509write_crt_set_serial_raw(&out, draft->serial,
                                              draft->serial_len);
  if (rc == 0)
    rc = mbedtls_x509write_crt_set_validity(&out, draft->not_before,
                                            draft->not_after);
  if (rc == 0) rc = write_extensions(draft);
  if (rc == 0)
    rc = mbedtls_x509write_crt_der(&out, der, MAX_DER, ltls_random_fill, NULL);
  if (draft->subject == NULL) out.subject = NULL;
  if (draft->copied_issuer != NULL || draft->subject == NULL) out.issuer = NULL;
  mbedtls_x509write_crt_free(&out);
  return rc;
}

/* Reasons not to sign at all; 0, or an error was pushed. */
static int refuse(lua_State *L, const Draft *draft) {
  if (draft->csr != NULL && ltls_csr_check_signature(draft->csr) != 0)
    ltls_failure_push(L, "config", "the request is not signed by its own key");
  else if (draft->issuer != NULL &&
           mbedtls_pk_check_pair(&draft->issuer->pk, &draft->issuer_key->pk,
                                 ltls_random_fill, NULL) != 0)
    ltls_failure_push(L, "config", "issuer_key is not the key of issuer");
  else
    return 0;
  return 1;
}

int ltls_issue(lua_State *L) {
  Draft draft;
  unsigned char *der;
  int rc;
  memset(&draft, 0, sizeof(draft));
  read_options(L, &draft);
  if (refuse(L, &draft)) return ltls_fail_top(L);
  der = lua_newuserdatauv(L, MAX_DER, 0);
  rc = issue(&draft, der);
  if (rc < 0) return ltls_fail(L, "config", "cannot issue the certificate", rc);
  if (!ltls_certificate_push_der(L, der + MAX_DER - rc, (size_t)rc))
    return ltls_fail_top(L);
  return 1;
}
