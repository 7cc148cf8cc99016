#include "program_limits.h"

#include <errno.h>
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

static int set_limit(int resource, rlim_t soft, rlim_t hard, struct sg_error *error) {
  struct rlimit present;
  if (getrlimit(resource, &present) != 0) return sg_fail(error, SG_STEP_RLIMIT, errno, "getrlimit %d", (int)resource);
  struct rlimit wanted = {.rlim_cur = soft, .rlim_max = hard};
  if (wanted.rlim_max > present.rlim_max) wanted.rlim_max = present.rlim_max;
  if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
  if (wanted.rlim_cur == present.rlim_cur && wanted.rlim_max == present.rlim_max) return 0;
  return setrlimit(resource, &wanted) == 0 ? 0 : sg_fail(error, SG_STEP_RLIMIT, errno, "setrlimit %d", (int)resource);
}

int program_limits_apply(const struct command *command, bool counts_in_cgroup, struct sg_error *error) {
  rlim_t files = command->open_files == 0 ? DEFAULT_OPEN_FILES : command->open_files;
  if (set_limit(RLIMIT_CORE, NO_CORE, NO_CORE, error) != 0 || set_limit(RLIMIT_NOFILE, files, files, error) != 0 ||
      set_limit(RLIMIT_MEMLOCK, LOCKED_BYTES, LOCKED_BYTES, error) != 0 ||
      set_limit(RLIMIT_MSGQUEUE, MESSAGE_BYTES, MESSAGE_BYTES, error) != 0 || set_limit(RLIMIT_NICE, 0, 0, error) != 0 ||
      set_limit(RLIMIT_RTPRIO, 0, 0, error) != 0)
    return -1;
  if (command->file_bytes != 0 && set_limit(RLIMIT_FSIZE, command->file_bytes, command->file_bytes, error) != 0) return -1;
  rlim_t processes = command->processes + (counts_in_cgroup ? CGROUP_HEADROOM : 0);
  if (command->processes != 0 && set_limit(RLIMIT_NPROC, processes, processes, error) != 0) return -1;
  /* Hard stays as it is, so that a runtime may give its own threads' starter more. */
  if (command->stack_bytes != 0 && set_limit(RLIMIT_STACK, command->stack_bytes, RLIM_INFINITY, error) != 0) return -1;
  /* The agent counts all processes together; this stops a single one should the agent fail to. Soft equal to hard kills with SIGKILL. */
  rlim_t seconds = (rlim_t)(command->cpu_time_ms / 1000) + (command->cpu_time_ms % 1000 != 0) + CPU_BACKSTOP_S;
  if (command->cpu_time_ms != 0 && set_limit(RLIMIT_CPU, seconds, seconds, error) != 0) return -1;
  return 0;
}
