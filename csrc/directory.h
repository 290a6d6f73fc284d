/*
** Directory names: distinguished names as DER, compared as RFC 5280, 7.1 says.
** A name here is the content of its outer SEQUENCE.
*/

#ifndef LUATLS_DIRECTORY_H
#define LUATLS_DIRECTORY_H

#include "der.h"

#include <stdint.h>

/* Are they the same, without regard to case and the amount of white space? */
int ltls_directory_same(LtlsSlice a, LtlsSlice b);

/* Does 'name' begin with all of 'prefix'? */
int ltls_directory_has_prefix(LtlsSlice name, LtlsSlice prefix);

/* Equal for names that are the same. */
uint32_t ltls_directory_hash(LtlsSlice name);

/* Take the next attribute off: its type's OID, tag and text. Attributes of one
** relative name follow each other. 0 at the end, or where it is malformed. */
typedef struct LtlsAttribute {
  LtlsSlice oid, text;
  LtlsSlice whole; /* the value with tag and length */
  int tag;
} LtlsAttribute;
typedef struct LtlsAttributes {
  LtlsSlice name, relative;
} LtlsAttributes;
LtlsAttributes ltls_directory_attributes(LtlsSlice name);
int ltls_directory_next(LtlsAttributes *attributes, LtlsAttribute *attribute);

/* The same off one relative name, whose content 'relative' is. */
int ltls_directory_take(LtlsSlice *relative, LtlsAttribute *attribute);

#endif
