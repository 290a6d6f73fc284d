/*
** Public suffixes: names under which anybody can register one of their own
** (https://publicsuffix.org), "com" and "co.uk".
*/

#ifndef LUATLS_SUFFIX_H
#define LUATLS_SUFFIX_H

#include <stddef.h>

/* Is 'name', without a dot at its end, a public suffix by the rules of 'list',
** the text of the public suffix list? Without a list (NULL) every name of one
** label is, and no other. */
int ltls_suffix_is_public(const char *list, const char *name, size_t len);

#endif
