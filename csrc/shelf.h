/*
** Shelves: the cache of session ids that the user keeps, as functions in Lua
** (option session_cache).
*/

#ifndef LUATLS_SHELF_H
#define LUATLS_SHELF_H

#include "engine.h"

/* For LtlsVisit.shelf, of a visit whose owner is an LtlsEngine. */
extern const LtlsShelf ltls_shelf;

#endif
