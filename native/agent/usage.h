/* What programs used, read from their cgroup's counters; from /proc and wait4 where there is no cgroup. */
#ifndef SG_USAGE_H
#define SG_USAGE_H

#include <stdint.h>

#include "error.h"
#include "options.h"

struct usage {
  uint64_t cpu_ns; /* of all programs of the sandbox since it was made */
  uint64_t memory_peak_bytes;
  uint32_t processes_peak; /* without a cgroup: processes and threads alive now */
  uint32_t oom_kills;
  uint32_t forks_refused;
};

/* The first four bits of the protocol's facts. */
uint32_t usage_facts(const struct options *options);

/* Each returns 0, or -1 when a counter that was handed over cannot be read: a limit that cannot be checked must not be taken for kept. */
int usage_cpu_ns(const struct options *options, uint64_t *ns, struct sg_error *error);
int usage_oom_kills(const struct options *options, uint32_t *kills, struct sg_error *error);
int usage_read(const struct options *options, struct usage *usage, struct sg_error *error);

/* The largest resident set of any process that has been waited for. */
uint64_t usage_largest_resident_bytes(void);

/* Starts a new memory peak where the kernel allows it (v1, and v2 since Linux 6.12). Elsewhere the peak of earlier programs stays included.
 */
void usage_reset_peak(const struct options *options);

#endif
