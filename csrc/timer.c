/*
** Timers.
*/

#include "timer.h"

void ltls_timer_set(void *data, uint32_t soon, uint32_t due) {
  LtlsTimer *timer = data;
  mbedtls_ms_time_t now;
  timer->is_set = due != 0; /* mbedTLS: no second delay, no timer */
  if (!timer->is_set) return;
  now = mbedtls_ms_time();
  timer->soon = now + (mbedtls_ms_time_t)soon;
  timer->due = now + (mbedtls_ms_time_t)due;
}

int ltls_timer_get(void *data) {
  const LtlsTimer *timer = data;
  mbedtls_ms_time_t now;
  if (!timer->is_set) return -1;
  now = mbedtls_ms_time();
  return (now >= timer->soon) + (now >= timer->due);
}

int64_t ltls_timer_left(const LtlsTimer *timer) {
  int64_t left;
  if (!timer->is_set) return -1;
  left = (int64_t)(timer->due - mbedtls_ms_time());
  return left > 0 ? left : 0;
}
