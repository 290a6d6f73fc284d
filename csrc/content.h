/*
** What bytes seem to be that were given for something else: words for people.
*/

#ifndef LUATLS_CONTENT_H
#define LUATLS_CONTENT_H

#include "bytes.h"

/* What is read: the end of its PEM label. */
#define LTLS_CONTENT_CERTIFICATE " CERTIFICATE-----"
#define LTLS_CONTENT_KEY         " KEY-----"
#define LTLS_CONTENT_REQUEST     " CERTIFICATE REQUEST-----"

/* A sentence on bytes that could not be read as 'wanted': "it is a private key".
** NULL when they look like what is wanted, or tell nothing. */
const char *ltls_content_instead(LtlsBytes bytes, const char *wanted);

#endif
