/*
** What mbedTLS calls for a connection, and telling it so.
*/

#ifndef LUATLS_HOOKS_H
#define LUATLS_HOOKS_H

#include "engine.h"

/* Set up mbedTLS for an engine that is zeroed; 0 or an mbedTLS error. 'name' (or
** NULL) is pinned, 'sni' (or NULL) is copied. Calls no Lua. */
int ltls_hooks_install(LtlsEngine *engine, const char *name, const char *sni);

#endif
