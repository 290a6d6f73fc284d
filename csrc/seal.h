/*
** Seals: bytes that only who has the key can read, or make. AES-256-GCM with a
** nonce that is drawn for every one.
*/

#ifndef LUATLS_SEAL_H
#define LUATLS_SEAL_H

#include "hello.h"

enum { LTLS_SEAL_KEY = 32, LTLS_SEAL_NONCE = 12, LTLS_SEAL_TAG = 16 };

/* Draw a nonce, and encrypt 'len' bytes of 'text' in place; the tag goes behind
** them. 'extra' must be the same when it is opened. 0 or an mbedTLS error. */
int ltls_seal_close(const unsigned char *key, unsigned char *nonce,
                    LtlsSpan extra, unsigned char *text, size_t len);

/* Decrypt in place; 1, or 0 when it is not authentic. */
int ltls_seal_open(const unsigned char *key, const unsigned char *nonce,
                   LtlsSpan extra, unsigned char *text, size_t len);

#endif
