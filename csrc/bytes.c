/*
** Bytes in memory. Files may hold private keys, so what was read lives in an
** object that wipes itself, and never becomes a Lua string.
*/

#include "bytes.h"

#include "failure.h"
#include "object.h"

#include <errno.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A file of certificates: the largest bundles have 1 MB. */
#define MAX_FILE ((size_t)64 * 1024 * 1024)

static void bytes_free(void *self) {
  ltls_buffer_free(self);
}

static const luaL_Reg none[] = {{NULL, NULL}};

static const LtlsClass bytes_class = {
    .name = "luatls.bytes",
    .size = sizeof(LtlsBuffer),
    .free = bytes_free,
    .methods = none,
    .metamethods = none,
};

void ltls_bytes_register(lua_State *L) {
  ltls_class_register(L, &bytes_class);
}

/* Does the text hold PEM? Then mbedTLS wants its final zero counted. */
static LtlsBytes as_bytes(const void *data, size_t len) {
  LtlsBytes bytes = {data, len};
  if (strstr(data, "-----BEGIN") != NULL) bytes.len++;
  return bytes;
}

LtlsBytes ltls_bytes_text(lua_State *L, int index) {
  size_t len;
  const char *text = lua_tolstring(L, index, &len);
  return as_bytes(text, len);
}

/* Everything that 'file' holds, and a final zero; 0 or an errno. */
static int read_all(FILE *file, LtlsBuffer *into) {
  unsigned char chunk[4096];
  size_t got;
  int failed = 0;
  errno = 0; /* fread sets it where the system does: a folder is EISDIR */
  while (!failed && (got = fread(chunk, 1, sizeof(chunk), file)) > 0) {
    if (ltls_buffer_length(into) + got > MAX_FILE)
      failed = EFBIG;
    else if (!ltls_buffer_append(into, chunk, got))
      failed = ENOMEM;
  }
  if (!failed && ferror(file)) failed = errno != 0 ? errno : EIO;
  if (!failed && !ltls_buffer_append(into, "", 1)) failed = ENOMEM;
  mbedtls_platform_zeroize(chunk, sizeof(chunk));
  return failed;
}

int ltls_bytes_load(lua_State *L, int index, LtlsBytes *bytes) {
  const char *path = lua_tostring(L, index);
  LtlsBuffer *buffer = ltls_object_new(L, &bytes_class);
  int failed;
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    failed = errno;
  else {
    (void)setvbuf(file, NULL, _IONBF,
                  0); /* no copy of a key in stdio's buffer */
    failed = read_all(file, buffer);
    (void)fclose(file); /* read only: nothing to lose */
  }
  if (failed) {
    lua_pop(L, 1);
    ltls_failure_push(L, "io", "cannot read %s: %s", path, strerror(failed));
    ltls_failure_detail(L, "path", path);
    if (path[0] == '~')
      ltls_failure_detail(L, "hint", "only a shell knows ~: write the folder");
    return 0;
  }
  *bytes = as_bytes(buffer->data, ltls_buffer_length(buffer) - 1);
  return 1;
}

const char *ltls_bytes_path(lua_State *L, int index) {
  const char *text = lua_tostring(L, index);
  return strstr(text, "-----BEGIN") == NULL ? text : NULL;
}

int ltls_bytes_source(lua_State *L, int index, LtlsBytes *bytes) {
  if (ltls_bytes_path(L, index) != NULL)
    return ltls_bytes_load(L, index, bytes);
  *bytes = ltls_bytes_text(L, index);
  lua_pushvalue(L, index);
  return 1;
}

/* Another block, with room for 'len' bytes behind what waits: as large as that
** or twice the old one. */
static int grow(LtlsBuffer *buffer, size_t len) {
  size_t waiting = ltls_buffer_length(buffer);
  size_t capacity = buffer->capacity > 0 ? 2 * buffer->capacity : 512;
  unsigned char *data;
  if (capacity < waiting + len) capacity = waiting + len;
  data = mbedtls_calloc(1, capacity);
  if (data == NULL) return 0;
  if (waiting > 0) memcpy(data, buffer->data + buffer->start, waiting);
  ltls_buffer_free(buffer);
  buffer->data = data;
  buffer->capacity = capacity;
  buffer->end = waiting;
  return 1;
}

/* Room for 'len' more bytes behind the end: there is some, or what waits moves
** to the front, or into a larger block. */
static int make_room(LtlsBuffer *buffer, size_t len) {
  size_t waiting = ltls_buffer_length(buffer);
  if (len > SIZE_MAX / 4 - waiting) return 0;
  if (buffer->capacity - buffer->end >= len) return 1;
  if (buffer->capacity - waiting < len || buffer->start < waiting)
    return grow(buffer, len);
  memcpy(buffer->data, buffer->data + buffer->start, waiting);
  buffer->start = 0;
  buffer->end = waiting;
  return 1;
}

unsigned char *ltls_bytes_block(lua_State *L, size_t size) {
  LtlsBuffer *buffer = ltls_object_new(L, &bytes_class);
  if (!make_room(buffer, size)) luaL_error(L, "not enough memory");
  return buffer->data;
}

void ltls_bytes_push_hex(lua_State *L, const unsigned char *data, size_t len) {
  luaL_Buffer text;
  size_t i;
  luaL_buffinit(L, &text);
  for (i = 0; i < len; i++) {
    luaL_addchar(&text, "0123456789abcdef"[data[i] >> 4]);
    luaL_addchar(&text, "0123456789abcdef"[data[i] & 15]);
  }
  luaL_pushresult(&text);
}

int ltls_buffer_append(LtlsBuffer *buffer, const void *data, size_t len) {
  if (len == 0) return 1;
  if (!make_room(buffer, len)) return 0;
  memcpy(buffer->data + buffer->end, data, len);
  buffer->end += len;
  return 1;
}

unsigned char *ltls_buffer_room(LtlsBuffer *buffer, size_t len) {
  return make_room(buffer, len) ? buffer->data + buffer->end : NULL;
}

void ltls_buffer_consume(LtlsBuffer *buffer, size_t len) {
  buffer->start += len;
  if (buffer->start < buffer->end) return;
  mbedtls_free(buffer->data); /* unwiped: on the wire these bytes are public */
  memset(buffer, 0, sizeof(*buffer));
}

size_t ltls_buffer_length(const LtlsBuffer *buffer) {
  return buffer->end - buffer->start;
}

/* An empty buffer has no memory, hence nothing to point into. */
size_t ltls_buffer_push(lua_State *L, LtlsBuffer *buffer, size_t most) {
  size_t len = ltls_buffer_length(buffer);
  if (len > most) len = most;
  if (len == 0) {
    lua_pushliteral(L, "");
    return 0;
  }
  lua_pushlstring(L, (const char *)buffer->data + buffer->start, len);
  ltls_buffer_consume(buffer, len);
  return len;
}

void ltls_buffer_free(LtlsBuffer *buffer) {
  if (buffer->data != NULL)
    mbedtls_platform_zeroize(buffer->data, buffer->capacity);
  mbedtls_free(buffer->data);
  memset(buffer, 0, sizeof(*buffer));
}
