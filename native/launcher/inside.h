/* What a sandbox's first process does before it becomes the agent. */
#ifndef SG_INSIDE_H
#define SG_INSIDE_H

#include <stdbool.h>

#include "cgroup.h"
#include "ids.h"
#include "limits.h"
#include "proc_covers.h"

struct inside {
  uint32_t id;
  const struct limits *limits;
  const struct ids *ids;
  const struct proc_covers *covers;
  const char *hostname;
  struct cgroup_handles handles;
  int stream; /* -1: a trial, which ends before the exec */
  int agent;  /* the agent's program */
  int procfs; /* the host's /proc */
  int report; /* this process's end of the socket pair to the launcher */
  int launcher_end; /* the other end, to be closed */
  bool has_disk; /* its writable space is no memory */
  bool has_network; /* it was cloned into a network namespace that is used again */
  int new_network;  /* the one that it made itself, else -1 */
};

enum inside_word { INSIDE_FAILED = 1, INSIDE_ANNOUNCED = 2, INSIDE_TRIED = 3 };

/* What it tells the launcher, INSIDE_ANNOUNCED with the network namespace that it made, if it did; silence and the end of the connection mean that the agent runs. */
struct inside_report {
  enum inside_word word;
  struct sg_error error;
};

/* Runs in the new process, from its first instruction on. */
_Noreturn void inside_run(struct inside *inside);

#endif
