/* The order matters: what needs the agent's rights comes first, then they go, and what the program may decide (its folder, its binary) is
 * looked at with the program's own rights only. The system call filter and no_new_privs are inherited from the agent. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "descriptors.h"
#include "paths.h"
#include "prime.h"
#include "privileges.h"
#include "program_limits.h"
#include "start_report.h"
#include "terminal.h"

enum { FAILED_EXIT_CODE = 127, PROGRAM_UMASK = 022 };

static void report(const struct child_plan *plan, enum sg_step step, int err) {
  struct start_report record = {.at_ns = clock_now_ns(), .step = (int32_t)step, .err = err};
  ssize_t written = write(plan->report, &record, sizeof record);
  (void)written; /* fits an empty pipe; without its reader, the agent, this process is about to be killed */
}

static _Noreturn void fail(const struct child_plan *plan, enum sg_step step, int err) {
  report(plan, step, err);
  _exit(FAILED_EXIT_CODE);
}

/* Through descriptors that the launcher opened: the kernel checks the opener's rights (cgroups(7)), so no cgroup file system is needed
 * here. */
static void join_cgroups(const struct child_plan *plan) {
  for (int i = 0; i < plan->options->join_count; i++)
    if (write(plan->options->joins[i], "0", 1) != 1) fail(plan, SG_STEP_JOIN_CGROUP, errno);
}

/* Makes the program, never the agent or the host's services, the first victim when the machine runs out of memory. The memory cgroup is
 * what bounds it; this only chooses, so that a refusal (no /proc here) is no reason to start nothing. */
static void offer_as_oom_victim(void) {
  /* The file belongs to the agent's user id, while files are used as the program's. */
  setfsuid(geteuid());
  cleanup_fd int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  ssize_t written = fd < 0 ? 0 : write(fd, "1000", 4);
  (void)written;
}

static void take_stdio(const struct child_plan *plan) {
  if (setsid() < 0) fail(plan, SG_STEP_SESSION, errno);
  int terminal = plan->terminal < 0 ? -1 : terminal_enter(plan->terminal);
  if (plan->terminal >= 0 && terminal < 0) fail(plan, SG_STEP_TERMINAL, errno);
  const int ends[3] = {plan->input, plan->output, plan->errors};
  for (int i = 0; i < 3; i++)
    if (dup2(terminal >= 0 ? terminal : ends[i], i) < 0) fail(plan, SG_STEP_STDIO, errno);
}

static void become_program(const struct child_plan *plan) {
  struct sg_error error;
  /* Limits before the identity: a hard limit can be lowered by anyone, but RLIMIT_NPROC is compared when the user id changes. */
  struct program_limit limits[SG_PRIME_LIMITS];
  uint32_t count = program_limits_list(plan->command, plan->options->pids_events >= 0, limits);
  for (uint32_t i = 0; i < count; i++)
    if (program_limit_set(&limits[i]) != 0) fail(plan, SG_STEP_RLIMIT, errno);
  if (privileges_become_program(plan->options, &error) != 0) fail(plan, error.step, error.err);
}

static void enter_folder(const struct child_plan *plan) {
  int fd = path_open(plan->work, plan->command->cwd, O_PATH | O_DIRECTORY);
  if (fd < 0 || fchdir(fd) != 0) fail(plan, SG_STEP_WORKING_DIRECTORY, errno);
  umask(PROGRAM_UMASK);
}

/* The agent blocks SIGCHLD and ignores SIGPIPE; everything else is as at a fresh start (main resets it). */
static void reset_signals(const struct child_plan *plan) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigset_t none;
  sigemptyset(&none);
  if (sigaction(SIGPIPE, &standard, NULL) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0) fail(plan, SG_STEP_SIGNAL_STATE, errno);
}

/* The library finds its end at a number that both know, and takes it from the program before the program begins. */
static void leave_report_open(const struct child_plan *plan) {
  if (dup2(plan->report, SG_PRIME_FD) < 0) fail(plan, SG_STEP_PRIME, errno);
}

_Noreturn void child_run(const struct child_plan *plan) {
  /* First of all, so that everything from here on is counted and bounded. A primed runtime is the agent's until it gets its program. */
  if (!plan->is_primed) join_cgroups(plan);
  offer_as_oom_victim();
  take_stdio(plan);
  become_program(plan);
  enter_folder(plan);
  reset_signals(plan);
  /* The report pipe is needed until the exec itself, so nothing is closed but everything marked. */
  if (descriptors_mark_close_on_exec(SG_MAX_DESCRIPTORS) != 0) fail(plan, SG_STEP_CLOSE_DESCRIPTORS, errno);
  if (plan->is_primed) leave_report_open(plan);
  report(plan, SG_STEP_DONE, 0);
  /* As execvp(3): a candidate that cannot be run is worth more than the next one's absence. */
  int reason = ENOENT;
  for (char *const *candidate = plan->candidates; *candidate != NULL; candidate++) {
    execve(*candidate, plan->command->argv, plan->command->env);
    if (errno != ENOENT && errno != ENOTDIR) reason = errno;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  fail(plan, SG_STEP_EXEC, reason);
}
