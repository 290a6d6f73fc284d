/*
** Words of the standards for the numbers of the wire and of mbedTLS. Every
** function returns a static string, NULL where the number has no name.
*/

#ifndef LUATLS_NAMES_H
#define LUATLS_NAMES_H

#include <lua.h>

/* An alert: RFC 8446, 6, and its registry. */
typedef struct LtlsAlert {
  int code;            /* AlertDescription */
  const char *name;    /* "unknown_ca" */
  const char *meaning; /* for people: what it says about the two sides */
} LtlsAlert;

/* Never NULL: an unassigned code gets the name "unknown". */
const LtlsAlert *ltls_names_alert(int code);

/* The alert of that name, or NULL. */
const LtlsAlert *ltls_names_alert_named(const char *name);

/* NamedGroup: RFC 8446, 4.2.7: 29 is "x25519". */
const char *ltls_names_group(unsigned id);

/* "TLS 1.3" for 0x0304. */
const char *ltls_names_version(int version);

/* Push the IANA name of a cipher suite, from mbedTLS' name of it. [-0, +1, m] */
void ltls_names_push_suite(lua_State *L, const char *mbedtls_name);

/* What an error of mbedTLS means. */
typedef struct LtlsMeaning {
  int code;         /* MBEDTLS_ERR_SSL_… */
  int alert;        /* that the peer should get, -1: none */
  const char *kind; /* of the error object */
  const char *text; /* sentence, without its subject "TLS handshake failed" */
} LtlsMeaning;

/* NULL for errors that have nothing to do with the peer. */
const LtlsMeaning *ltls_names_error(int code);

/* The sentence for an error and the alert that was sent for it (or -1), where
** they tell more than the error alone; else NULL. */
const char *ltls_names_reason(int code, int alert);

#endif
