/* What the agent is told by its command line; constant afterwards. */
#ifndef SG_OPTIONS_H
#define SG_OPTIONS_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"

enum { SG_MAX_JOINS = 8 };

struct options {
  int stream;
  uint32_t sandbox_id;
  uid_t uid; /* the program's; at most 65535, HELLO has no room for more */
  gid_t gid;
  int joins[SG_MAX_JOINS];
  int join_count;
  /* Open counter files, -1 when the host has none. */
  int cpu, memory_peak, memory_events, pids_peak, pids_events;
};

/* Returns 0, or -1 with the option at fault. Marks each descriptor close-on-exec. */
int options_parse(int argc, char **argv, struct options *options, struct sg_error *error);

#endif
