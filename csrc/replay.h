/*
** What may be taken once: tickets that are good for one connection, early data.
** Memory is bounded, and what had to be forgotten counts as taken: a second
** use may never pass, a first one may fail, which costs a full handshake.
**
** It knows what this process has taken. Of several that open each other's
** tickets each may take one once; and what was made before the guard is
** refused, for the process before this one may have taken it.
*/

#ifndef LUATLS_REPLAY_H
#define LUATLS_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#define LTLS_REPLAY_ID   12    /* bytes of a name that is used once */
#define LTLS_REPLAY_MOST 65536 /* names that are kept by default: 2 MB */

typedef struct LtlsTaken LtlsTaken;

typedef struct LtlsReplay {
  LtlsTaken *taken; /* owned, in no order */
  uint32_t *slots; /* owned: index of a name + 1, by its first bytes; 0: free */
  size_t count;    /* names */
  size_t room;     /* names there is memory for; twice as many slots */
  size_t most;     /* names there may be */
  uint64_t since;  /* ms since 1970: what was made earlier is refused */
  size_t users;    /* contexts that share it */
} LtlsReplay;

/* A guard that begins at 'now', milliseconds since 1970, with a memory of 'most'
** names, and one user; or NULL without memory. */
LtlsReplay *ltls_replay_new(uint64_t now, size_t most);

/* The same guard, whose memory is of 'most' names now, for one user more: what
** one of them took no other one takes. */
LtlsReplay *ltls_replay_share(LtlsReplay *replay, size_t most);

/* Take 'id', which was made at 'made': 1 the first time, 0 when it was taken or
** may have been. 'id' is LTLS_REPLAY_ID bytes that nobody else can choose, such
** as the nonce of a ticket that has proved to be ours; 'made' is authentic too.
** 'oldest': what was made before is of no use to anybody, and forgotten. Times
** are milliseconds since 1970. Calls no Lua. */
int ltls_replay_take(LtlsReplay *replay, const unsigned char *id, uint64_t made,
                     uint64_t oldest);

/* A user has gone; with the last one the guard goes. NULL is none. */
void ltls_replay_release(LtlsReplay *replay);

#endif
