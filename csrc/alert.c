/*
** Alerts for failures that mbedTLS tells nobody. It does so for most, and what
** it has said is never said twice.
*/

#include "alert.h"

#include "names.h"

#include <mbedtls/net_sockets.h>

/* Is there nobody to tell, or have we said that nothing more comes? */
static int is_gone(const LtlsEngine *engine, int rc) {
  return engine->transport.descriptor.failure != 0 || engine->has_shut_down ||
         rc == MBEDTLS_ERR_NET_CONN_RESET;
}

/* Before the hellos, what is no record is perhaps no TLS. */
static int is_stranger(const LtlsEngine *engine, int rc) {
  return rc == MBEDTLS_ERR_SSL_INVALID_RECORD &&
         ltls_mbed_state(&engine->ssl) <= MBEDTLS_SSL_SERVER_HELLO;
}

static int alert_of(int rc) {
  const LtlsMeaning *meaning = ltls_names_error(rc);
  return meaning != NULL ? meaning->alert
                         : MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
}

/* While it rests, mbedTLS has no buffer to say anything with. */
void ltls_alert_send(LtlsEngine *engine, int rc) {
  int alert = alert_of(rc);
  if (alert < 0 || engine->rest.is_resting || is_gone(engine, rc) ||
      is_stranger(engine, rc) || ltls_mbed_has_alerted(&engine->ssl))
    return;
  (void)mbedtls_ssl_send_alert_message(
      &engine->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, (unsigned char)alert);
}
