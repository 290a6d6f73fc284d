/*
** Bytes in memory: text that an option gives, files that are read whole, and
** the growing buffer of the memory transport.
*/

#ifndef LUATLS_BYTES_H
#define LUATLS_BYTES_H

#include <lua.h>
#include <stddef.h>

/* Bytes to parse. 'len' is as mbedTLS wants it: PEM counts a final zero, DER
** does not. */
typedef struct LtlsBytes {
  const unsigned char *data; /* a final zero follows, counted or not */
  size_t len;
} LtlsBytes;

/* Bytes that wait: appended at the end, taken from the start. */
typedef struct LtlsBuffer {
  unsigned char *data; /* owned, or NULL */
  size_t start;        /* index of the first byte that waits */
  size_t end;          /* index behind the last one */
  size_t capacity;     /* bytes allocated */
} LtlsBuffer;

/* Register the class that holds files. [-0, +0, m] */
void ltls_bytes_register(lua_State *L);

/* The string at 'index' as bytes to parse. [-0, +0, -] */
LtlsBytes ltls_bytes_text(lua_State *L, int index);

/* Read the file whose path is the string at 'index'. Returns 1 and pushes the
** value that owns the bytes (and wipes them when it dies), or returns 0 and
** pushes an error of kind "io". [-0, +1, m] */
int ltls_bytes_load(lua_State *L, int index, LtlsBytes *bytes);

/* The path at 'index': the string, or NULL when that is PEM. [-0, +0, -] */
const char *ltls_bytes_path(lua_State *L, int index);

/* As above for a string that is either PEM or the path of a file. [-0, +1, m] */
int ltls_bytes_source(lua_State *L, int index, LtlsBytes *bytes);

/* Push a block of 'size' bytes that wipes itself when it dies. [-0, +1, v] */
unsigned char *ltls_bytes_block(lua_State *L, size_t size);

/* Push bytes as lower-case hex. [-0, +1, m] */
void ltls_bytes_push_hex(lua_State *L, const unsigned char *data, size_t len);

/* Append; 0 when there is no memory, and then nothing has changed. */
int ltls_buffer_append(LtlsBuffer *buffer, const void *data, size_t len);

/* Room for 'len' bytes behind the end, for somebody who fills it and moves the
** end; NULL when there is no memory. */
unsigned char *ltls_buffer_room(LtlsBuffer *buffer, size_t len);

/* Drop 'len' bytes from the start; the memory goes when nothing waits. */
void ltls_buffer_consume(LtlsBuffer *buffer, size_t len);

size_t ltls_buffer_length(const LtlsBuffer *buffer);

/* Push 'most' bytes of the start, or as many as there are, and drop them. Returns
** how many. [-0, +1, m] */
size_t ltls_buffer_push(lua_State *L, LtlsBuffer *buffer, size_t most);

/* Wipe and give back the memory. */
void ltls_buffer_free(LtlsBuffer *buffer);

#endif
