/*
** How libFuzzer changes inputs. LUATLS_FUZZ_RECORDS=N says that behind N bytes an
** input is TLS records: then these are also changed one by one with their
** lengths, said twice, exchanged and left out. LUATLS_FUZZ_DATAGRAMS=N says that
** it is datagrams, each behind five bytes of which the last two are its length.
** Else it is left to libFuzzer.
*/

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned seed);

/* Where records, or datagrams, begin in an input; 0: it has none. */
static size_t begin_of(const char *variable) {
  const char *text = getenv(variable);
  return text != NULL ? strtoul(text, NULL, 10) : 0;
}

static int has_datagrams(void) {
  return begin_of("LUATLS_FUZZ_DATAGRAMS") > 0;
}

static size_t records_at(void) {
  return begin_of(has_datagrams() ? "LUATLS_FUZZ_DATAGRAMS"
                                  : "LUATLS_FUZZ_RECORDS");
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

static void set_length2(uint8_t *bytes, size_t len) {
  bytes[0] = (uint8_t)(len >> 8);
  bytes[1] = (uint8_t)len;
}

static void set_length3(uint8_t *bytes, size_t len) {
  bytes[0] = (uint8_t)(len >> 16);
  set_length2(bytes + 1, len);
}

enum { HANDSHAKE = 22 }; /* ContentType */

/* A datagram that is one record, and perhaps a part of a message. */
static void set_datagram(uint8_t *record, size_t len, unsigned seed) {
  enum { HEADER = 13, PART_HEADER = 12, IS_WHOLE = 8 };
  if (len < HEADER || seed % 4 == 0) return;
  len -= HEADER;
  set_length2(record + HEADER - 2, len);
  if (record[0] != HANDSHAKE || len < PART_HEADER || seed % 4 == 1) return;
  len -= PART_HEADER;
  set_length3(record + HEADER + PART_HEADER - 3, len);
  if (seed & IS_WHOLE) set_length3(record + HEADER + 1, len);
}

/* Let the lengths of a record fit, and mostly that of the message in it. */
static void set_lengths(uint8_t *record, size_t len, unsigned seed) {
  enum { MESSAGE_HEADER = 4 };
  set_length2(record + 3, len);
  if (has_datagrams()) {
    set_datagram(record + RECORD_HEADER, len, seed);
    return;
  }
  if (record[0] != HANDSHAKE || len < MESSAGE_HEADER || seed % 4 == 0) return;
  set_length3(record + 6, len - MESSAGE_HEADER);
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

/* Exchange two records that follow each other. */
static size_t exchange_records(uint8_t *data, size_t size, size_t at) {
  size_t end = end_of(data, size, at), last, len = end - at;
  uint8_t *first;
  if (end + RECORD_HEADER >= size) return size;
  last = end_of(data, size, end);
  first = malloc(len);
  if (first == NULL) return size;
  memcpy(first, data + at, len);
  memmove(data + at, data + end, last - end);
  memcpy(data + at + last - end, first, len);
  free(first);
  return size;
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
  case 3:
    return exchange_records(data, size, at);
  default:
    return mutate_record(data, size, room, at, seed / 16);
  }
}
