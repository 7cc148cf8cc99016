/* What the agent is told by its command line; constant afterwards. */
#ifndef SG_OPTIONS_H
#define SG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

enum { SG_MAX_JOINS = 8 };

struct options {
  int stream, stream_out; /* the same unless the starter has one for each direction */
  uint32_t sandbox_id;
  uint32_t heard_within_s; /* the agent ends when it has heard nothing of the worker for so long; 0 for never */
  uid_t uid; /* the program's; at most 65535, HELLO has no room for more */
  gid_t gid;
  int joins[SG_MAX_JOINS];
  int join_count;
  /* Open counter files, -1 when the host has none. */
  int cpu, memory_peak, memory_events, pids_peak, pids_events;
  bool is_in_cgroup; /* the counters are of a cgroup that the agent is in, too; they only grow */
};

/* Returns 0, or -1 with the option at fault. Marks each descriptor close-on-exec. */
int options_parse(int argc, char **argv, struct options *options, struct sg_error *error);

#endif
