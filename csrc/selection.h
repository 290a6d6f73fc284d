/*
** Selection: which of its certificates a client shows, or none, when it
** answers a CertificateRequest.
*/

#ifndef LUATLS_SELECTION_H
#define LUATLS_SELECTION_H

#include "context.h"

/* Have the connections of a new context choose. */
void ltls_selection_attach(LtlsContext *context);

#endif
