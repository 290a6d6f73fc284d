/*
** What both peers of "make soak" have in common: a TCP connection of loopback,
** and counting. The rest is OpenSSL's or GnuTLS' own.
**   PEER server PORT CERTIFICATE KEY EVERY
**   PEER client PORT AUTHORITY - EVERY
** A peer sends back what it reads, until the other side says that it has ended,
** and renews its keys before every EVERY-th record; each other time it asks the
** other side to do so too. It ends with a line of figures.
*/

#ifndef LUATLS_SOAK_PEER_H
#define LUATLS_SOAK_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECORD 16384 /* bytes */

typedef struct Peer {
  int is_server;
  int port;
  const char *certificate; /* of a client: the authority's */
  const char *key;
  unsigned long every;   /* records */
  unsigned long records; /* sent */
  unsigned long updates; /* sent */
  unsigned long long bytes;
} Peer;

static void fail(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static Peer read_arguments(int argc, char **argv) {
  Peer peer = {0};
  if (argc != 6) {
    fprintf(stderr, "usage: %s server|client PORT CERTIFICATE KEY EVERY\n",
            argv[0]);
    exit(2);
  }
  signal(SIGPIPE, SIG_IGN);
  peer.is_server = strcmp(argv[1], "server") == 0;
  peer.port = atoi(argv[2]);
  peer.certificate = argv[3];
  peer.key = argv[4];
  peer.every = strtoul(argv[5], NULL, 10);
  return peer;
}

static int accept_one(int listener) {
  int fd;
  if (listen(listener, 1) != 0) fail("listen");
  printf("listening\n");
  fflush(stdout);
  fd = accept(listener, NULL, NULL);
  close(listener);
  return fd;
}

/* A blocking socket. */
static int join(const Peer *peer) {
  struct sockaddr_in address = {0};
  int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)peer->port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (peer->is_server) {
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
      fail("bind");
    fd = accept_one(fd);
  } else if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
    fail("connect");
  if (fd < 0) fail("accept");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  return fd;
}

/* Is it time for new keys, before one more record of so many bytes? 1: ours; 2:
** both sides'. */
static int count(Peer *peer, size_t bytes) {
  peer->bytes += bytes;
  if (++peer->records % peer->every != 0) return 0;
  return peer->updates++ % 2 == 0 ? 1 : 2;
}

static void report(const Peer *peer) {
  printf("%llu bytes, %lu records, %lu key updates\n", peer->bytes,
         peer->records, peer->updates);
}

#endif
