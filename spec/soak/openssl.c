/*
** OpenSSL's side of "make soak": see peer.h.
*/

#include "peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *make_context(const Peer *peer) {
  SSL_CTX *context =
      SSL_CTX_new(peer->is_server ? TLS_server_method() : TLS_client_method());
  if (context == NULL) fail("SSL_CTX_new");
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  if (peer->is_server) {
    if (SSL_CTX_use_certificate_chain_file(context, peer->certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, peer->key, SSL_FILETYPE_PEM) != 1)
      fail("loading the certificate");
  } else {
    if (SSL_CTX_load_verify_locations(context, peer->certificate, NULL) != 1)
      fail("loading the authority");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  }
  return context;
}

static void renew(SSL *ssl, int which) {
  int type =
      which == 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
  if (which != 0 && SSL_key_update(ssl, type) != 1) fail("SSL_key_update");
}

static void echo(Peer *peer, SSL *ssl) {
  char data[RECORD];
  int got;
  while ((got = SSL_read(ssl, data, sizeof(data))) > 0) {
    renew(ssl, count(peer, (size_t)got));
    if (SSL_write(ssl, data, got) != got) fail("SSL_write");
  }
  if (SSL_get_error(ssl, got) != SSL_ERROR_ZERO_RETURN) {
    ERR_print_errors_fp(stderr);
    fail("SSL_read");
  }
}

int main(int argc, char **argv) {
  Peer peer = read_arguments(argc, argv);
  SSL_CTX *context = make_context(&peer);
  SSL *ssl = SSL_new(context);
  SSL_set1_host(ssl, "localhost");
  SSL_set_tlsext_host_name(ssl, "localhost");
  SSL_set_fd(ssl, join(&peer));
  if ((peer.is_server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1) {
    ERR_print_errors_fp(stderr);
    fail("the handshake");
  }
  echo(&peer, ssl);
  SSL_shutdown(ssl);
  report(&peer);
  SSL_free(ssl);
  SSL_CTX_free(context);
  return 0;
}
