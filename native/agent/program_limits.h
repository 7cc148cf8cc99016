/* The rlimits of a program (setrlimit(2)). Cgroups bound the sandbox as a whole; these bound single processes and files. */
#ifndef SG_PROGRAM_LIMITS_H
#define SG_PROGRAM_LIMITS_H

#include <stdbool.h>

#include "command.h"
#include "error.h"

/* In the child. A limit that cannot be set is an error; where the hard limit is lower already, that one holds. Async-signal-safe.
 * `counts_in_cgroup`: the pids cgroup bounds and counts processes too, and shall be the one that refuses. */
int program_limits_apply(const struct command *command, bool counts_in_cgroup, struct sg_error *error);

#endif
