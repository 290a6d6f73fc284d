/*
** Roots: the certificates of one file, read once for all Lua states of the
** process. They never change once they are made, so threads may share them.
*/

#ifndef LUATLS_ROOTS_H
#define LUATLS_ROOTS_H

#include "bytes.h"
#include "store.h"

typedef struct LtlsRoots {
  mbedtls_x509_crt list;
  LtlsStore store;
  char *path;     /* of the file */
  long long size; /* of the file, and */
  long long time; /* when it was changed: else it is read again */
  int users;      /* who release it */
} LtlsRoots;

/* The roots of the file 'path' as it is now, if somebody has read them; to be
** released. NULL: read the file. */
LtlsRoots *ltls_roots_find(const char *path);

/* Parse what was read of 'path', leaving out certificates that mbedTLS cannot
** read: a system's list is not the user's to mend. To be released. NULL and an
** mbedTLS error in 'rc' when there is nothing, or no memory. */
LtlsRoots *ltls_roots_add(const char *path, LtlsBytes bytes, int *rc);

void ltls_roots_release(LtlsRoots *roots);

#endif
