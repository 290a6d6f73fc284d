/*
** How libFuzzer changes inputs. LUATLS_FUZZ_RECORDS=N says that behind N bytes an
** input is TLS records: then these are also changed one by one with their
** lengths, said twice and left out. Else it is left to libFuzzer.
*/

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned seed);

/* Where records begin in an input; 0: it has none. */
static size_t records_at(void) {
  const char *text = getenv("LUATLS_FUZZ_RECORDS");
  return text != NULL ? strtoul(text, NULL, 10) : 0;
}

enum { RECORD_HEADER = 5, MOST_RECORDS = 64 };

/* The places of the records; how many they are. */
static size_t find_records(const uint8_t *data, size_t size, size_t *places) {
  size_t at = records_at(), count = 0;
  while (count < MOST_RECORDS && at + RECORD_HEADER < size) {
    places[count++] = at;
    at += RECORD_HEADER + ((size_t)data[at + 3] << 8 | data[at + 4]);
  }
  return count;
}

static size_t end_of(const uint8_t *data, size_t size, size_t at) {
  size_t end = at + RECORD_HEADER + ((size_t)data[at + 3] << 8 | data[at + 4]);
  return end < size ? end : size;
}

/* Let the lengths of a record fit, and mostly that of the message in it. */
static void set_lengths(uint8_t *record, size_t len, unsigned seed) {
  enum { HANDSHAKE = 22, MESSAGE_HEADER = 4 };
  record[3] = (uint8_t)(len >> 8);
  record[4] = (uint8_t)len;
  if (record[0] != HANDSHAKE || len < MESSAGE_HEADER || seed % 4 == 0) return;
  len -= MESSAGE_HEADER;
  record[6] = (uint8_t)(len >> 16);
  record[7] = (uint8_t)(len >> 8);
  record[8] = (uint8_t)len;
}

/* Change what one record holds. */
static size_t mutate_record(uint8_t *data, size_t size, size_t room, size_t at,
                            unsigned seed) {
  size_t end = end_of(data, size, at), start = at + RECORD_HEADER, len;
  size_t tail = size - end;
  uint8_t *rest = malloc(tail + 1);
  if (rest == NULL || start >= end) {
    free(rest);
    return LLVMFuzzerMutate(data, size, room);
  }
  memcpy(rest, data + end, tail);
  len = LLVMFuzzerMutate(data + start, end - start, room - start - tail);
  memcpy(data + start + len, rest, tail);
  set_lengths(data + at, len, seed);
  free(rest);
  return start + len + tail;
}

/* Say one record twice. */
static size_t repeat_record(uint8_t *data, size_t size, size_t room,
                            size_t at) {
  size_t end = end_of(data, size, at), len = end - at;
  if (size + len > room) return size;
  memmove(data + end, data + at, size - at);
  return size + len;
}

/* Leave one record out. */
static size_t drop_record(uint8_t *data, size_t size, size_t at) {
  size_t end = end_of(data, size, at);
  memmove(data + at, data + end, size - end);
  return size - (end - at);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned seed) {
  size_t places[MOST_RECORDS], count = 0, at;
  if (records_at() > 0) count = find_records(data, size, places);
  if (count == 0 || seed % 4 == 0) return LLVMFuzzerMutate(data, size, room);
  at = places[seed / 64 % count];
  switch (seed % 16) {
  case 1:
    return repeat_record(data, size, room, at);
  case 2:
    return drop_record(data, size, at);
  default:
    return mutate_record(data, size, room, at, seed / 16);
  }
}
