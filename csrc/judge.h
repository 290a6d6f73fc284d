/*
** The verdict on a peer's chain, in a handshake.
*/

#ifndef LUATLS_JUDGE_H
#define LUATLS_JUDGE_H

#include "engine.h"

/* f_vrfy of mbedTLS; 'data' is the engine. */
int ltls_judge_verify(void *data, mbedtls_x509_crt *crt, int depth,
                      uint32_t *flags);

/* LtlsVisit.accepts; 'owner' is the engine. */
int ltls_judge_accepts(void *owner, const mbedtls_x509_crt *chain);

#endif
