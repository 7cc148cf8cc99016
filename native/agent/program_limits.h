/* The rlimits of a program (setrlimit(2)). Cgroups bound the sandbox as a whole; these bound single processes and files. */
#ifndef SG_PROGRAM_LIMITS_H
#define SG_PROGRAM_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "prime.h"

/* Lists what `command` asks for, and what every program gets. Returns how many there are, at most SG_PRIME_LIMITS.
 * `counts_in_cgroup`: the pids cgroup bounds and counts processes too, and shall be the one that refuses. Async-signal-safe. */
uint32_t program_limits_list(const struct command *command, bool counts_in_cgroup, struct program_limit list[SG_PRIME_LIMITS]);

#endif
