#ifndef SG_LAUNCHER_CLOCK_H
#define SG_LAUNCHER_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t clock_now(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_after_ms(uint64_t ms) { return clock_now() + ms * 1000000u; }

#endif
