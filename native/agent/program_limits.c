#include "program_limits.h"

#include <sys/resource.h>

enum { DEFAULT_OPEN_FILES = 1024, CPU_BACKSTOP_S = 2 };

/* What the kernel gives users by default since 5.16, and its default for POSIX message queues. */
static const rlim_t LOCKED_BYTES = 8u << 20;
static const rlim_t MESSAGE_BYTES = 819200;

/* Not 0: a core_pattern that is a pipe ignores the limit, except for 1, which the kernel reserves to say "no dump at all" (fs/coredump.c).
 */
static const rlim_t NO_CORE = 1;

/* The kernel checks RLIMIT_NPROC before the pids cgroup, but only the cgroup counts what it refused. Forks under way at the same moment
 * count in both. */
static const rlim_t CGROUP_HEADROOM = 16;

uint32_t program_limits_list(const struct command *command, bool counts_in_cgroup, struct program_limit list[SG_PRIME_LIMITS]) {
  uint32_t count = 0;
  rlim_t files = command->open_files == 0 ? DEFAULT_OPEN_FILES : command->open_files;
  list[count++] = (struct program_limit){RLIMIT_CORE, NO_CORE, NO_CORE};
  list[count++] = (struct program_limit){RLIMIT_NOFILE, files, files};
  list[count++] = (struct program_limit){RLIMIT_MEMLOCK, LOCKED_BYTES, LOCKED_BYTES};
  list[count++] = (struct program_limit){RLIMIT_MSGQUEUE, MESSAGE_BYTES, MESSAGE_BYTES};
  list[count++] = (struct program_limit){RLIMIT_NICE, 0, 0};
  list[count++] = (struct program_limit){RLIMIT_RTPRIO, 0, 0};
  if (command->file_bytes != 0) list[count++] = (struct program_limit){RLIMIT_FSIZE, command->file_bytes, command->file_bytes};
  rlim_t processes = command->processes + (counts_in_cgroup ? CGROUP_HEADROOM : 0);
  if (command->processes != 0) list[count++] = (struct program_limit){RLIMIT_NPROC, processes, processes};
  /* Hard stays as it is, so that a runtime may give its own threads' starter more. */
  if (command->stack_bytes != 0) list[count++] = (struct program_limit){RLIMIT_STACK, command->stack_bytes, RLIM_INFINITY};
  /* The agent counts all processes together; this stops a single one should the agent fail to. Soft equal to hard kills with SIGKILL. */
  rlim_t seconds = (rlim_t)(command->cpu_time_ms / 1000) + (command->cpu_time_ms % 1000 != 0) + CPU_BACKSTOP_S;
  if (command->cpu_time_ms != 0) list[count++] = (struct program_limit){RLIMIT_CPU, seconds, seconds};
  return count;
}
