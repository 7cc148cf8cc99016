/* Cores that one sandbox has to itself, by the cpuset controller (cpusets(7), Documentation/admin-guide/cgroup-v2.rst).
 *
 * The kernel is told of both sides: the pinned sandbox may use its core and no other, and nothing else that this launcher made may use that core, until the
 * sandbox is gone. On v1 the launcher and all it makes live in one cpuset, `agents`, which shrinks by the taken cores; a pinned sandbox gets a cpuset of its
 * own, its agent included. On v2 the set is written to the groups that there are anyway, so an agent stays off its program's core. */
#ifndef SG_CPUSET_H
#define SG_CPUSET_H

#include <sched.h>
#include <stdint.h>
#include <stdio.h>

#include "cgroup.h"
#include "error.h"

struct sandbox;
struct sandboxes;

struct cpusets {
  int hierarchy;                /* index of the hierarchy with the controller, -1: cores cannot be had here */
  cpu_set_t usable;             /* what the launcher was allowed to use when it started */
  uint32_t owners[CPU_SETSIZE]; /* sandbox ids, 0: nobody's */
  int taken;
};

/* To be called before cgroup_begin, which leaves the affinity that the launcher was started with. */
void cpuset_look(struct cpusets *cpusets);

/* Fills the cpusets of a v1 hierarchy from the base down to `agents`: a new one has no cores and takes no process. */
int cpuset_v1_prepare(const struct hierarchy *hierarchy, const char *instance, const struct cpusets *cpusets, struct sg_error *error);

/* Gives a core to a sandbox for the rest of its life. Refuses one that is taken, unknown, or the last that the others have. After a failure the sandbox
 * is to be destroyed. */
int cpuset_pin(const struct cgroups *cgroups, struct cpusets *cpusets, const struct sandboxes *sandboxes, const struct sandbox *sandbox, uint32_t cpu,
               struct sg_error *error);

/* Keeps a new sandbox off the cores that are taken. */
int cpuset_admit(const struct cgroups *cgroups, const struct cpusets *cpusets, uint32_t id, struct sg_error *error);

/* Gives the core of a sandbox that is gone, if it had one, back to the others. */
void cpuset_release(const struct cgroups *cgroups, struct cpusets *cpusets, const struct sandboxes *sandboxes, uint32_t id);

/* Writes the cores that can be given as a JSON array. */
void cpuset_print(const struct cpusets *cpusets, FILE *out);

#endif
