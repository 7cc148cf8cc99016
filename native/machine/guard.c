#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

enum { SIGNALED = 128 };

/* Waits for one child, whatever else ends meanwhile, and ends as it did. */
_Noreturn static void end_as(pid_t child) {
  int status = 0;
  for (pid_t ended; (ended = SG_EINTR(waitpid(-1, &status, 0))) != child;)
    if (ended < 0) _exit(1);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALED + WTERMSIG(status));
}

/* The guardian may have died before the signal was asked for; then nobody holds the other end of the pipe. */
static int die_with_guardian(int guardian, struct sg_error *error) {
  struct pollfd end = {.fd = guardian};
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_PARENT_DEATH, errno, "PR_SET_PDEATHSIG");
  if (poll(&end, 1, 0) > 0) _exit(1);
  return 0;
}

int guard(struct sg_error *error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return sg_fail(error, SG_STEP_PIPE, errno, "make a pipe");
  if (unshare(CLONE_NEWPID) != 0) return sg_fail(error, SG_STEP_NAMESPACES, errno, "unshare the pid namespace");
  pid_t first = fork();
  if (first < 0) return sg_fail(error, SG_STEP_FORK, errno, "start the first process of the namespace");
  if (first > 0) end_as(first);
  close(ends[1]);
  /* The first process of the namespace: its end is the end of all (pid_namespaces(7)). It keeps its ids, so it keeps this signal. */
  if (die_with_guardian(ends[0], error) != 0) return -1;
  pid_t program = fork();
  if (program < 0) return sg_fail(error, SG_STEP_FORK, errno, "start the program");
  if (program > 0) end_as(program);
  return 0;
}
