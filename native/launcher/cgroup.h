/* Control groups of the launcher and its sandboxes, in the v1, v2 and hybrid layouts (cgroups(7), Documentation/admin-guide/cgroup-v2.rst).
 *
 * In each hierarchy that is used:   <base>/sandglass/<instance>/agents     the launcher and all agents, with a bound of their own
 *                                   <base>/sandglass/<instance>/sb-<id>    the programs of one sandbox
 * The launcher itself lives in `agents`, so that agents are born there and creating a sandbox moves no process between groups. */
#ifndef SG_CGROUP_H
#define SG_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "limits.h"

enum controller { CONTROLLER_MEMORY, CONTROLLER_PIDS, CONTROLLER_CPU, CONTROLLER_CPUACCT, CONTROLLER_IO, CONTROLLER_CPUSET, CONTROLLER_COUNT };
enum { MAX_HIERARCHIES = CONTROLLER_COUNT, MAX_BLOCK_DEVICES = 4 };

/* One mounted hierarchy that we use. On v2 there is only one. */
struct hierarchy {
  bool v2;
  uint32_t controllers; /* bit set of enum controller usable here */
  int base;             /* directory below which "sandglass" is made */
  int instance;         /* base/sandglass/<instance>, -1 before cgroup_begin */
};

struct block_device {
  unsigned major, minor;
};

struct cgroups {
  struct hierarchy hierarchies[MAX_HIERARCHIES];
  int count;
  const char *layout; /* "v1", "v2", "hybrid" or "none" */
  bool has_swap_limit;
  int fast_moves; /* keeps the hierarchy of cgroup_moves.c alive; -1 where there is none */
  struct block_device devices[MAX_BLOCK_DEVICES];
  int device_count;
};

/* Descriptors that an agent inherits. */
struct cgroup_handles {
  int joins[MAX_HIERARCHIES];
  int join_count;
  int cpu, memory_peak, memory_events, pids_peak, pids_events;
};

struct cgroup_usage {
  uint64_t cpu_ns;
  uint64_t memory_peak_bytes;
  uint32_t oom_kills;
};

/* Makes the group of a sandbox, bounds it and opens what its agent needs. The caller owns the handles even after a failure. */
int cgroup_create(const struct cgroups *cgroups, uint32_t id, const struct limits *limits, struct cgroup_handles *handles, struct sg_error *error);
void cgroup_close_handles(struct cgroup_handles *handles);

int cgroup_limit(const struct cgroups *cgroups, uint32_t id, const struct limits *limits, struct sg_error *error);

void cgroup_usage(const struct cgroups *cgroups, uint32_t id, struct cgroup_usage *usage);

/* Removes the group of a sandbox whose processes are dead. False with EBUSY in errno when the kernel still counts one of them: try again. */
bool cgroup_remove(const struct cgroups *cgroups, uint32_t id);

#endif
