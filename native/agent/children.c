#include "children.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "cleanup.h"
#include "clock.h"

/* A fork bomb ends faster than anybody can count; between two batches the stream gets its turn. */
enum { REAP_AT_ONCE = 256 };

/* One kill(-1) is enough: it holds the lock that a fork needs to add its child, and a fork that meets a pending SIGKILL is taken back
 * (kernel/fork.c). */
static void kill_all_processes(struct agent *agent) {
  kill(-1, SIGKILL); /* fails only when there is nothing to kill */
  agent->is_sweeping = true;
  agent->must_reap = true;
}

void kill_everything(struct agent *agent) {
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++) {
    struct execution *execution = &agent->executions[i];
    bool is_alive = execution->phase == EXECUTION_STARTING || execution->phase == EXECUTION_RUNNING;
    if (is_alive && execution->reason == STOP_NONE) execution->reason = STOP_ASKED;
  }
  kill_all_processes(agent);
}

void stop_execution(struct agent *agent, struct execution *execution, enum stop_reason reason) {
  if (execution->reason == STOP_NONE) execution->reason = reason;
  kill_everything(agent);
}

static void note_end(struct agent *agent, pid_t pid, int status) {
  if (primed_note_end(agent, pid, status)) return;
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++) {
    struct execution *execution = &agent->executions[i];
    bool is_alive = execution->phase == EXECUTION_STARTING || execution->phase == EXECUTION_RUNNING;
    if (!is_alive || execution->pid != pid) continue;
    execution_end(execution, agent->epoll, status, clock_now_ns(), &agent->stream);
    if (execution->start_failure.step != SG_STEP_DONE) {
      answer_result(agent, execution->id, &execution->start_failure);
      execution_close(execution, agent->epoll);
    } else if (!execution_keeps_others(execution)) {
      kill_everything(agent);
    }
    return;
  }
}

void reap_children(struct agent *agent) {
  struct signalfd_siginfo info;
  ssize_t taken = SG_EINTR(read(agent->signals, &info, sizeof info));
  (void)taken; /* only that a child may have ended matters, and waitpid tells that better */
  agent->must_reap = true;
  for (int i = 0; i < REAP_AT_ONCE && agent->must_reap; i++) {
    int status = 0;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid > 0) {
      note_end(agent, pid, status);
      continue;
    }
    agent->must_reap = false;
    /* No child at all: whatever was left of the sandbox would be one, for orphans become the agent's. */
    if (pid < 0) agent->is_sweeping = false;
  }
}
