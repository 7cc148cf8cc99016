/* The groups that one launcher has for as long as it lives. */
#ifndef SG_CGROUP_INSTANCE_H
#define SG_CGROUP_INSTANCE_H

#include "cgroup.h"
#include "cpuset.h"
#include "mechanisms.h"

/* Makes and locks the groups of this instance, bounds the agents' and enters it. What is missing here is noted in `mechanisms`. */
int cgroup_begin(struct cgroups *cgroups, const struct config *config, bool privileged, struct cpusets *cpusets, struct mechanisms *mechanisms,
                 struct sg_error *error);

/* Leaves and removes the groups of this instance. */
void cgroup_end(struct cgroups *cgroups, const char *instance);

#endif
