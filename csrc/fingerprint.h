/*
** JA4: a text that tells apart the programs behind ClientHellos.
*/

#ifndef LUATLS_FINGERPRINT_H
#define LUATLS_FINGERPRINT_H

#include "hello.h"

#define LTLS_JA4_LENGTH 36

/* Write the JA4 of a hello that was parsed, and a final zero, to where there is
** room for both; 0 when there is no memory. */
int ltls_fingerprint_ja4(const LtlsHello *hello, char *text);

#endif
