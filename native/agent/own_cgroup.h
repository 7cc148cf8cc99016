/* The counters of the agent's own cgroup, for starters that hand over none: a container's programs and its first process are bounded and
 * counted together. */
#ifndef SG_OWN_CGROUP_H
#define SG_OWN_CGROUP_H

#include "options.h"

/* Opens those counters that are found below `root`, where the cgroup file system shows the own cgroup: one folder (v2), or one for each
 * controller (v1). What is not there stays absent, as HELLO then says. No peak of processes: what prepared the container was counted, too.
 */
void own_cgroup_open(const char *root, struct options *options);

#endif
