/* A guest without KVM sees the host's raw counter, and its kernel sometimes fails to find the frequency out by itself (it then spins for ever), so it
 * is told. Measured against CLOCK_MONOTONIC_RAW, whose rate the host's kernel took from the same counter. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "machine.h"

#ifdef __x86_64__

#include <x86intrin.h>

enum { WINDOW_NS = 100 * 1000 * 1000, TRIES = 64 };
static const uint64_t NS_PER_S = 1000000000u;

struct moment {
  uint64_t ticks, ns;
};

/* The tightest of several readings: one that was interrupted between the two clocks would be off by the interruption. */
static int read_moment(struct moment *moment) {
  uint64_t best = UINT64_MAX;
  for (int i = 0; i < TRIES; i++) {
    struct timespec now;
    uint64_t before = __rdtsc();
    if (clock_gettime(CLOCK_MONOTONIC_RAW, &now) != 0) return -1;
    uint64_t after = __rdtsc();
    if (after - before >= best) continue;
    best = after - before;
    *moment = (struct moment){.ticks = before + best / 2, .ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec};
  }
  return 0;
}

int machine_tsc(struct sg_error *error) {
  struct moment first, last;
  const struct timespec window = {.tv_nsec = WINDOW_NS};
  if (read_moment(&first) != 0 || nanosleep(&window, NULL) != 0 || read_moment(&last) != 0)
    return sg_fail(error, SG_STEP_READ_COUNTER, errno, "measure the time stamp counter");
  (void)printf("%.0f\n", (double)(last.ticks - first.ticks) * 1e6 / (double)(last.ns - first.ns));
  return 0;
}

#else

int machine_tsc(struct sg_error *error) { return sg_fail(error, SG_STEP_READ_COUNTER, ENOSYS, "this processor has no such counter"); }

#endif
