/*
** GnuTLS' side of "make soak": see peer.h.
*/

#include "peer.h"

#include <gnutls/gnutls.h>

static void check(int rc, const char *what) {
  if (rc >= 0) return;
  fprintf(stderr, "%s: %s\n", what, gnutls_strerror(rc));
  exit(1);
}

static gnutls_certificate_credentials_t load(const Peer *peer) {
  gnutls_certificate_credentials_t credentials;
  check(gnutls_certificate_allocate_credentials(&credentials), "credentials");
  if (peer->is_server)
    check(gnutls_certificate_set_x509_key_file(credentials, peer->certificate,
                                               peer->key, GNUTLS_X509_FMT_PEM),
          "loading the certificate");
  else
    check(gnutls_certificate_set_x509_trust_file(credentials, peer->certificate,
                                                 GNUTLS_X509_FMT_PEM),
          "loading the authority");
  return credentials;
}

static gnutls_session_t make_session(const Peer *peer,
                                     gnutls_certificate_credentials_t own) {
  gnutls_session_t session;
  check(gnutls_init(&session, peer->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT),
        "gnutls_init");
  check(gnutls_priority_set_direct(session, "NORMAL:-VERS-ALL:+VERS-TLS1.3",
                                   NULL),
        "priorities");
  check(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, own),
        "credentials");
  if (!peer->is_server) {
    check(gnutls_server_name_set(session, GNUTLS_NAME_DNS, "localhost", 9),
          "server name");
    gnutls_session_set_verify_cert(session, "localhost", 0);
  }
  return session;
}

static void renew(gnutls_session_t session, int which) {
  int rc;
  if (which == 0) return;
  do
    rc = gnutls_session_key_update(session, which == 2 ? GNUTLS_KU_PEER : 0);
  while (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED);
  check(rc, "key update");
}

static void echo(Peer *peer, gnutls_session_t session) {
  char data[RECORD];
  ssize_t got;
  do {
    got = gnutls_record_recv(session, data, sizeof(data));
    if (got > 0) {
      renew(session, count(peer, (size_t)got));
      if (gnutls_record_send(session, data, (size_t)got) != got)
        fail("gnutls_record_send");
    }
  } while (got > 0 || got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED);
  check((int)got, "gnutls_record_recv");
}

int main(int argc, char **argv) {
  Peer peer = read_arguments(argc, argv);
  gnutls_certificate_credentials_t credentials = load(&peer);
  gnutls_session_t session = make_session(&peer, credentials);
  int rc, fd = join(&peer); /* the next line is a macro that takes it twice */
  gnutls_transport_set_int(session, fd);
  do
    rc = gnutls_handshake(session);
  while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
  check(rc, "the handshake");
  echo(&peer, session);
  gnutls_bye(session, GNUTLS_SHUT_WR);
  report(&peer);
  gnutls_deinit(session);
  gnutls_certificate_free_credentials(credentials);
  return 0;
}
