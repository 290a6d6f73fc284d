/*
** Timers: when a connection over datagrams must send again what was perhaps
** lost. They keep a time and never wait: whoever drives the connection does.
*/

#ifndef LUATLS_TIMER_H
#define LUATLS_TIMER_H

#include "mbed.h"

#include <mbedtls/platform_time.h>

typedef struct LtlsTimer {
  mbedtls_ms_time_t soon; /* of the monotonic clock: mbedTLS' first delay */
  mbedtls_ms_time_t due;  /* and its second, which is the one that counts */
  int is_set;
} LtlsTimer;

/* The callbacks of mbedtls_ssl_set_timer_cb; 'data' is the LtlsTimer. */
void ltls_timer_set(void *data, uint32_t soon, uint32_t due);
int ltls_timer_get(void *data);

/* Milliseconds until it is due, 0 when it is; -1: it is not set. */
int64_t ltls_timer_left(const LtlsTimer *timer);

#endif
