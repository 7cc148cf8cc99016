/* What differs between the two versions: how a limit is written and where a counter is read. Paths are relative to an instance's directory. */
#ifndef SG_CGROUP_KIND_H
#define SG_CGROUP_KIND_H

#include "cgroup.h"

enum { CGROUP_PATH = 96, CPU_PERIOD_US = 100000 };

int cgroup_v1_limit(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const char *group, const struct limits *limits,
                    struct sg_error *error);
int cgroup_v2_limit(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const char *group, const struct limits *limits,
                    struct sg_error *error);

static inline bool cgroup_has(const struct hierarchy *hierarchy, enum controller controller) {
  return (hierarchy->controllers & 1u << controller) != 0;
}

/* On v1 cores have a hierarchy to themselves; a sandbox gets a group in it when it gets a core (cpuset.h). */
static inline bool cgroup_is_only_cpuset(const struct hierarchy *hierarchy) { return !hierarchy->v2 && hierarchy->controllers == 1u << CONTROLLER_CPUSET; }

/* "<group>/<file>"; both are ours and short. */
void cgroup_path(char path[CGROUP_PATH], const char *group, const char *file);

#endif
