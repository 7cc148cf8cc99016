#ifndef SG_CGROUP_LAYOUT_H
#define SG_CGROUP_LAYOUT_H

#include "cgroup.h"

/* The leaf that the other processes of a v2 base are moved to; one that starts a launcher again is found in it. */
#define CGROUP_SUPERVISOR "sandglass-supervisor"

/* Fills the hierarchies, each with an open base, and the name of the layout. Fails only when /proc cannot be read. */
int cgroup_find_hierarchies(struct cgroups *cgroups, bool privileged, struct sg_error *error);

#endif
