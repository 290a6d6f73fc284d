/*
** What was taken once: a table of names by their first bytes, in which nothing
** is ever removed alone. When it is full the oldest quarter goes, and what is
** as old is refused from then on.
*/

#include "replay.h"

#include <mbedtls/platform.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_ROOM 64

struct LtlsTaken {
  unsigned char id[LTLS_REPLAY_ID];
  uint64_t made;
};

LtlsReplay *ltls_replay_new(uint64_t now, size_t most) {
  LtlsReplay *replay = mbedtls_calloc(1, sizeof(*replay));
  if (replay == NULL) return NULL;
  replay->since = now;
  replay->most = most;
  replay->users = 1;
  return replay;
}

LtlsReplay *ltls_replay_share(LtlsReplay *replay, size_t most) {
  replay->most = most;
  replay->users++;
  return replay;
}

void ltls_replay_release(LtlsReplay *replay) {
  if (replay == NULL || --replay->users > 0) return;
  mbedtls_free(replay->taken);
  mbedtls_free(replay->slots);
  mbedtls_free(replay);
}

/* The slot of a name, or the free one where it belongs. Half of all are free,
** so there is one. */
static uint32_t *slot_of(const LtlsReplay *replay, const unsigned char *id) {
  size_t size = replay->room * 2, i;
  uint64_t hash;
  memcpy(&hash, id, sizeof(hash));
  for (i = (size_t)(hash % size);; i = (i + 1) % size) {
    uint32_t found = replay->slots[i];
    if (found == 0 ||
        memcmp(replay->taken[found - 1].id, id, LTLS_REPLAY_ID) == 0)
      return &replay->slots[i];
  }
}

static void index_all(LtlsReplay *replay) {
  size_t i;
  memset(replay->slots, 0, replay->room * 2 * sizeof(*replay->slots));
  for (i = 0; i < replay->count; i++)
    *slot_of(replay, replay->taken[i].id) = (uint32_t)i + 1;
}

static void forget_before(LtlsReplay *replay, uint64_t since) {
  size_t i, kept = 0;
  if (since > replay->since) replay->since = since;
  for (i = 0; i < replay->count; i++)
    if (replay->taken[i].made >= replay->since)
      replay->taken[kept++] = replay->taken[i];
  replay->count = kept;
  index_all(replay);
}

static int by_time(const void *left, const void *right) {
  uint64_t a = ((const LtlsTaken *)left)->made;
  uint64_t b = ((const LtlsTaken *)right)->made;
  return (a > b) - (a < b);
}

static void forget_quarter(LtlsReplay *replay) {
  qsort(replay->taken, replay->count, sizeof(*replay->taken), by_time);
  forget_before(replay, replay->taken[replay->count / 4].made + 1);
}

static int grow(LtlsReplay *replay) {
  size_t room = replay->room > 0 ? replay->room * 2 : LEAST_ROOM;
  LtlsTaken *taken;
  uint32_t *slots;
  if (room > replay->most) room = replay->most;
  taken = mbedtls_calloc(room, sizeof(*taken));
  slots = mbedtls_calloc(room * 2, sizeof(*slots));
  if (taken == NULL || slots == NULL) {
    mbedtls_free(taken);
    mbedtls_free(slots);
    return 0;
  }
  if (replay->count > 0)
    memcpy(taken, replay->taken, replay->count * sizeof(*taken));
  mbedtls_free(replay->taken);
  mbedtls_free(replay->slots);
  replay->taken = taken;
  replay->slots = slots;
  replay->room = room;
  index_all(replay);
  return 1;
}

/* Make room for one more name. */
static int make_room(LtlsReplay *replay, uint64_t oldest) {
  if (replay->count < replay->room) return 1;
  if (replay->room < replay->most) return grow(replay);
  if (replay->room == 0) return 0;
  forget_before(replay, oldest);
  if (replay->count == replay->room) forget_quarter(replay);
  return 1;
}

int ltls_replay_take(LtlsReplay *replay, const unsigned char *id, uint64_t made,
                     uint64_t oldest) {
  LtlsTaken *new_one;
  uint32_t *slot;
  if (made < oldest || !make_room(replay, oldest) || made < replay->since)
    return 0;
  slot = slot_of(replay, id);
  if (*slot != 0) return 0;
  new_one = &replay->taken[replay->count++];
  memcpy(new_one->id, id, LTLS_REPLAY_ID);
  new_one->made = made;
  *slot = (uint32_t)replay->count;
  return 1;
}
