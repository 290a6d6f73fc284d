/*
** The yardstick for the binding: what bench/slice.lua does with a contender,
** done in C on the same mbedTLS, with the settings of csrc/context.c and the
** schedule of bench/workloads.lua. Prints one figure.
**   baseline WORKLOAD 1.2|1.3 rsa|ec FOLDER AMOUNT
*/

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ECHO = 100, BATCH = 32 };
enum { KB = 1024, LARGEST = 64 * KB };

static const int suites[] = {
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0,
};

static const uint16_t groups[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519,    MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

/* What all connections of one role share. */
typedef struct Side {
  mbedtls_ssl_config conf;
  mbedtls_x509_crt chain; /* the client's: whom it trusts */
  mbedtls_pk_context key;
} Side;

typedef struct Link {
  mbedtls_ssl_context ssl;
  int fd;
} Link;

static Side client_side, server_side;
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context generator;
static int listener;
static unsigned char data[LARGEST];

static void fail(const char *what, int code) {
  (void)fprintf(stderr, "baseline: %s failed: -0x%04x\n", what,
                (unsigned)-code);
  exit(1);
}

static void check(const char *what, int rc) {
  if (rc != 0) fail(what, rc);
}

/* ------------------------------------------------------------- sockets --- */

static void set_option(int fd, int level, int name, const void *value,
                       socklen_t size) {
  check("setsockopt", setsockopt(fd, level, name, value, size));
}

static void prepare(int fd) {
  static const int on = 1;
  static const struct linger reset = {1, 0};
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  set_option(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  check("fcntl", fcntl(fd, F_SETFL, O_NONBLOCK));
}

static void listen_on_loopback(struct sockaddr_in *address) {
  socklen_t size = sizeof(*address);
  memset(address, 0, sizeof(*address));
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  check("bind", bind(listener, (struct sockaddr *)address, size));
  check("listen", listen(listener, 32));
  check("getsockname",
        getsockname(listener, (struct sockaddr *)address, &size));
}

static void connect_pair(int *client, int *server) {
  static struct sockaddr_in address;
  if (address.sin_port == 0) listen_on_loopback(&address);
  *client = socket(AF_INET, SOCK_STREAM, 0);
  check("connect",
        connect(*client, (struct sockaddr *)&address, sizeof(address)));
  *server = accept(listener, NULL, NULL);
  prepare(*client);
  prepare(*server);
}

static int send_bytes(void *fd, const unsigned char *bytes, size_t len) {
  ssize_t sent = send(*(int *)fd, bytes, len, MSG_NOSIGNAL);
  if (sent >= 0) return (int)sent;
  return errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_WRITE
                         : MBEDTLS_ERR_NET_SEND_FAILED;
}

static int receive_bytes(void *fd, unsigned char *bytes, size_t len) {
  ssize_t got = recv(*(int *)fd, bytes, len, 0);
  if (got >= 0) return (int)got;
  return errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_READ
                         : MBEDTLS_ERR_NET_RECV_FAILED;
}

/* --------------------------------------------------------- connections --- */

/* FOLDER/KIND and an ending; the result is good until the next call. */
static const char *path_of(const char *base, const char *ending) {
  static char path[4096];
  int len = snprintf(path, sizeof(path), "%s%s", base, ending);
  if (len < 0 || (size_t)len >= sizeof(path)) fail("path", -1);
  return path;
}

static void set_up(Side *side, int role, const char *version) {
  mbedtls_ssl_protocol_version number = strcmp(version, "1.2") == 0
                                            ? MBEDTLS_SSL_VERSION_TLS1_2
                                            : MBEDTLS_SSL_VERSION_TLS1_3;
  mbedtls_ssl_config_init(&side->conf);
  mbedtls_x509_crt_init(&side->chain);
  mbedtls_pk_init(&side->key);
  check("defaults", mbedtls_ssl_config_defaults(&side->conf, role,
                                                MBEDTLS_SSL_TRANSPORT_STREAM,
                                                MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_rng(&side->conf, mbedtls_ctr_drbg_random, &generator);
  mbedtls_ssl_conf_ciphersuites(&side->conf, suites);
  mbedtls_ssl_conf_groups(&side->conf, groups);
  mbedtls_ssl_conf_min_tls_version(&side->conf, number);
  mbedtls_ssl_conf_max_tls_version(&side->conf, number);
}

/* Our build of mbedTLS leaves the whole verdict to this callback; others ask it
** after theirs. Here stock verification is what is measured. */
static int judge(void *roots, mbedtls_x509_crt *leaf, int depth,
                 uint32_t *flags) {
  if (depth > 0) return 0;
  *flags = 0;
  return mbedtls_x509_crt_verify(leaf, roots, NULL, "localhost", flags, NULL,
                                 NULL);
}

static void set_up_client(const char *base, const char *version) {
  Side *side = &client_side;
  set_up(side, MBEDTLS_SSL_IS_CLIENT, version);
  check("root",
        mbedtls_x509_crt_parse_file(&side->chain, path_of(base, "-root.pem")));
  mbedtls_ssl_conf_authmode(&side->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&side->conf, &side->chain, NULL);
  mbedtls_ssl_conf_verify(&side->conf, judge, &side->chain);
}

static void set_up_server(const char *base, const char *version) {
  Side *side = &server_side;
  set_up(side, MBEDTLS_SSL_IS_SERVER, version);
  check("certificate",
        mbedtls_x509_crt_parse_file(&side->chain, path_of(base, ".pem")));
  check("key", mbedtls_pk_parse_keyfile(&side->key, path_of(base, ".key"), NULL,
                                        mbedtls_ctr_drbg_random, &generator));
  check("pair",
        mbedtls_ssl_conf_own_cert(&side->conf, &side->chain, &side->key));
}

static void link_open(Link *link, const Side *side, int fd) {
  link->fd = fd;
  mbedtls_ssl_init(&link->ssl);
  check("setup", mbedtls_ssl_setup(&link->ssl, &side->conf));
  mbedtls_ssl_set_bio(&link->ssl, &link->fd, send_bytes, receive_bytes, NULL);
  if (side == &client_side)
    check("hostname", mbedtls_ssl_set_hostname(&link->ssl, "localhost"));
}

static int link_handshake(Link *link) {
  int rc = mbedtls_ssl_handshake(&link->ssl);
  if (rc != 0 && rc != MBEDTLS_ERR_SSL_WANT_READ &&
      rc != MBEDTLS_ERR_SSL_WANT_WRITE)
    fail("handshake", rc);
  return rc == 0;
}

static void link_send(Link *link, size_t len) {
  size_t done = 0;
  while (done < len) {
    int rc = mbedtls_ssl_write(&link->ssl, data + done, len - done);
    if (rc > 0)
      done += (size_t)rc;
    else if (rc != MBEDTLS_ERR_SSL_WANT_WRITE)
      fail("write", rc);
  }
}

static void link_receive(Link *link, size_t len) {
  while (len > 0) {
    int rc = mbedtls_ssl_read(&link->ssl, data, len);
    if (rc > 0)
      len -= (size_t)rc;
    else if (rc != MBEDTLS_ERR_SSL_WANT_READ)
      fail("read", rc);
  }
}

static void link_close(Link *link) {
  mbedtls_ssl_close_notify(&link->ssl);
  mbedtls_ssl_free(&link->ssl);
  close(link->fd);
}

static void meet(Link *client, Link *server, int client_fd, int server_fd) {
  int client_done = 0, server_done = 0;
  link_open(client, &client_side, client_fd);
  link_open(server, &server_side, server_fd);
  while (!client_done || !server_done) {
    if (!client_done) client_done = link_handshake(client);
    if (!server_done) server_done = link_handshake(server);
  }
}

/* ----------------------------------------------------------- workloads --- */

static double now(void) {
  return (double)clock() / CLOCKS_PER_SEC;
}

static double measure_handshakes(double seconds) {
  double spent = 0;
  long count = -1;
  while (spent < seconds) {
    Link client, server;
    int client_fd, server_fd;
    double began;
    connect_pair(&client_fd, &server_fd);
    began = now();
    meet(&client, &server, client_fd, server_fd);
    link_close(&client);
    link_close(&server);
    if (count >= 0) spent += now() - began; /* the first warms up */
    count++;
  }
  return (double)count / spent;
}

/* What is done over and over: with two links that have met, or none. */
typedef struct Turn {
  const char *name;
  void (*take)(Link *client, Link *server, size_t size);
  size_t size; /* bytes that go one way */
} Turn;

static void carry(Link *client, Link *server, size_t size) {
  link_send(client, size);
  link_receive(server, size);
}

static void echo(Link *client, Link *server, size_t size) {
  carry(client, server, size);
  carry(server, client, size);
}

static const Turn turns[] = {
    {"echo", echo, ECHO},
    {"bulk_1k", carry, (size_t)1 * KB},
    {"bulk_16k", carry, (size_t)16 * KB},
    {"bulk_64k", carry, LARGEST},
};

static void repeat(const Turn *turn, Link *client, Link *server, long times) {
  while (times-- > 0)
    turn->take(client, server, turn->size);
}

/* Turns per second; the clock is looked at every 32 turns. */
static double rate(const Turn *turn, double seconds) {
  Link client, server;
  int client_fd, server_fd;
  double began, spent = 0;
  long count = 0;
  connect_pair(&client_fd, &server_fd);
  meet(&client, &server, client_fd, server_fd);
  repeat(turn, &client, &server, BATCH); /* warms up */
  began = now();
  while (spent < seconds) {
    repeat(turn, &client, &server, BATCH);
    count += BATCH;
    spent = now() - began;
  }
  return (double)count / spent;
}

/* Only so many turns, for somebody who counts what they take. */
static double take_turns(const Turn *turn, long times) {
  Link client, server;
  int client_fd, server_fd;
  connect_pair(&client_fd, &server_fd);
  meet(&client, &server, client_fd, server_fd);
  repeat(turn, &client, &server, BATCH);
  repeat(turn, &client, &server, times);
  return 0;
}

/* Bytes of this process that are in memory (proc(5), status). */
static double resident(void) {
  char line[256];
  long kilobytes = 0;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) fail("open of /proc/self/status", -1);
  while (fgets(line, sizeof(line), file) != NULL)
    if (strncmp(line, "VmRSS:", 6) == 0) kilobytes = strtol(line + 6, NULL, 10);
  (void)fclose(file);
  return (double)kilobytes * 1024;
}

static double measure_memory(long connections) {
  double before = 0;
  long i;
  for (i = 0; i <= connections; i++) {
    Link client, *server = malloc(sizeof(Link));
    int client_fd, server_fd;
    if (server == NULL) fail("malloc", -1);
    connect_pair(&client_fd, &server_fd);
    meet(&client, server, client_fd, server_fd);
    echo(&client, server, ECHO);
    link_close(&client);
    if (i == 0) before = resident(); /* the first brought what is shared */
  }
  return (resident() - before) / (double)connections;
}

static double measure(const char *workload, const char *amount) {
  char *unit;
  double number = strtod(amount, &unit);
  size_t i;
  if (strcmp(workload, "handshake") == 0) return measure_handshakes(number);
  if (strcmp(workload, "memory") == 0) return measure_memory((long)number);
  for (i = 0; i < sizeof(turns) / sizeof(turns[0]); i++)
    if (strcmp(workload, turns[i].name) == 0) {
      if (*unit == 'x') return take_turns(&turns[i], (long)number);
      return rate(&turns[i], number);
    }
  fail("finding the workload", -1);
  return 0;
}

int main(int argc, char **argv) {
  char base[2048];
  int len;
  if (argc != 6) fail("reading the arguments", -1);
  len = snprintf(base, sizeof(base), "%s/%s", argv[4], argv[3]);
  if (len < 0 || (size_t)len >= sizeof(base)) fail("path", -1);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&generator);
  check("seeding", mbedtls_ctr_drbg_seed(&generator, mbedtls_entropy_func,
                                         &entropy, NULL, 0));
  check("psa_crypto_init", (int)psa_crypto_init());
  set_up_client(base, argv[2]);
  set_up_server(base, argv[2]);
  printf("%.3f\n", measure(argv[1], argv[5]));
  return 0;
}
