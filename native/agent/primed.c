#include "primed.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "cleanup.h"
#include "prime.h"
#include "program_limits.h"

enum { PID_TEXT = 12 };

static void give_up(struct primed *primed, int epoll) {
  watch_close(epoll, &primed->control);
  sg_close(&primed->input);
  sg_close(&primed->output);
  sg_close(&primed->errors);
  command_free(&primed->command);
  *primed = (struct primed){.phase = PRIMED_NONE, .input = -1, .output = -1, .errors = -1, .control = {.fd = -1}};
}

/* ---- starting one ---- */

/* The command's environment, and behind it what makes the dynamic linker load the library: last, so that taking it away leaves what a plain
 * start has. Shares its strings but the last one. */
static char **preloading(char *const *env, char *assignment) {
  size_t count = 0;
  while (env[count] != NULL) count++;
  char **extended = malloc((count + 2) * sizeof *extended);
  if (extended == NULL) return NULL;
  for (size_t i = 0; i < count; i++) extended[i] = env[i];
  extended[count] = assignment;
  extended[count + 1] = NULL;
  return extended;
}

static int spawn_held(const struct agent *agent, const struct prime_request *request, struct spawned *spawned, struct sg_error *failure) {
  static const char NAME[] = "LD_PRELOAD=";
  size_t bytes = sizeof NAME + strlen(request->library);
  cleanup_free char *assignment = malloc(bytes);
  if (assignment == NULL) return sg_fail(failure, SG_STEP_OUT_OF_MEMORY, ENOMEM, "the environment of a primed runtime");
  (void)snprintf(assignment, bytes, "%s%s", NAME, request->library);
  cleanup_free char **env = preloading(request->command.env, assignment);
  if (env == NULL) return sg_fail(failure, SG_STEP_OUT_OF_MEMORY, ENOMEM, "the environment of a primed runtime");
  struct command command = request->command;
  command.env = env;
  return spawn_program(agent->options, agent->work, &command, SPAWN_PRIMED, spawned, failure);
}

static int send_paths(int control, char *const *paths, struct sg_error *failure) {
  char text[SG_PRIME_PATHS_BYTES];
  size_t used = 0;
  for (; *paths != NULL; paths++) {
    size_t bytes = strlen(*paths) + 1;
    if (bytes > sizeof text - used) return sg_fail(failure, SG_STEP_PRIME, E2BIG, "the paths to stop at");
    memcpy(text + used, *paths, bytes);
    used += bytes;
  }
  return send(control, text, used, MSG_NOSIGNAL) == (ssize_t)used ? 0 : sg_fail(failure, SG_STEP_PRIME, errno, "send the paths to stop at");
}

static int start_primed(struct agent *agent, uint16_t id, struct prime_request *request, struct sg_error *failure) {
  struct primed *primed = &agent->primed;
  if (primed->phase != PRIMED_NONE || agent->is_sweeping) return sg_fail(failure, SG_STEP_PRIME, EBUSY, "there is one already");
  /* A program could tamper with a process of its own user id that is not yet in its bounds. */
  if (agent->has_executed) return sg_fail(failure, SG_STEP_PRIME, EPERM, "a program was here before");
  struct spawned spawned;
  if (spawn_held(agent, request, &spawned, failure) != 0) return -1;
  *primed = (struct primed){.phase = PRIMED_STARTING,
                            .id = id,
                            .pid = spawned.pid,
                            .input = spawned.input,
                            .output = spawned.output,
                            .errors = spawned.errors,
                            .control = {.fd = spawned.report},
                            .command = request->command};
  request->command = (struct command){.cwd = NULL};
  /* Should it fail, the library gets no paths and the runtime ends for want of its file, which is told like any end. */
  struct sg_error unsent;
  if (send_paths(primed->control.fd, request->paths, &unsent) != 0) kill(primed->pid, SIGKILL);
  return 0;
}

int handle_prime(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  if (frame->flags != 0) return malformed_frame(frame, error);
  struct prime_request request;
  if (prime_request_parse(frame, &request, error) != 0) return -1;
  struct sg_error failure;
  if (start_primed(agent, frame->id, &request, &failure) != 0) answer_result(agent, frame->id, &failure);
  prime_request_free(&request);
  return 0;
}

/* ---- until it is ready ---- */

/* The child between fork and exec speaks first, in records: that it is about to exec, and then perhaps why it could not. The library's word
 * is one byte. Returns true with what decides, false when that is yet to come. */
static bool read_words(struct agent *agent, struct sg_error *failure) {
  union {
    struct start_report record;
    char byte;
  } word;
  ssize_t count;
  while ((count = SG_EINTR(recv(agent->primed.control.fd, &word, sizeof word, 0))) > 0) {
    if (count == 1 && word.byte == SG_PRIME_READY) return true;
    if (count == sizeof word.record && word.record.step != SG_STEP_DONE) {
      sg_fail(failure, (enum sg_step)word.record.step, word.record.err, "%s", "");
      return true;
    }
  }
  if (count == 0) {
    kill(agent->primed.pid, SIGKILL); /* it may be alive, and nothing could stop it any more */
    agent->primed.phase = PRIMED_ENDING;
  }
  return false;
}

void primed_learn(struct agent *agent) {
  struct primed *primed = &agent->primed;
  struct sg_error failure = {.step = SG_STEP_DONE};
  if (primed->phase != PRIMED_STARTING || !read_words(agent, &failure)) return;
  answer_result(agent, primed->id, failure.step == SG_STEP_DONE ? NULL : &failure);
  if (failure.step == SG_STEP_DONE)
    primed->phase = PRIMED_READY;
  else
    give_up(primed, agent->epoll);
}

bool primed_note_end(struct agent *agent, pid_t pid, int status) {
  struct primed *primed = &agent->primed;
  if (primed->phase == PRIMED_NONE || primed->pid != pid) return false;
  primed_learn(agent);
  if (primed->phase == PRIMED_NONE) return true;
  if (primed->phase != PRIMED_READY) {
    struct sg_error failure;
    sg_fail(&failure, SG_STEP_PRIME, 0, "it ended with %s %d before it looked for its program", WIFSIGNALED(status) ? "signal" : "exit code",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    answer_result(agent, primed->id, &failure);
  }
  give_up(primed, agent->epoll);
  return true;
}

/* ---- taking it over ---- */

/* Every thread moves with its process (cgroup.procs). What it has used stays charged where it was used. */
static bool move_into_cgroups(const struct options *options, pid_t pid) {
  char text[PID_TEXT];
  int length = snprintf(text, sizeof text, "%d", (int)pid);
  for (int i = 0; i < options->join_count; i++)
    if (write(options->joins[i], text, (size_t)length) != length) return false;
  return true;
}

static bool send_go(const struct agent *agent, const struct command *command) {
  struct prime_go go;
  memset(&go, 0, sizeof go); /* padding travels as well */
  go.limit_count = program_limits_list(command, agent->options->pids_events >= 0, go.limits);
  return send(agent->primed.control.fd, &go, sizeof go, MSG_NOSIGNAL) == sizeof go;
}

static bool is_alive(pid_t pid) {
  siginfo_t info = {.si_pid = 0};
  return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

bool primed_take(struct agent *agent, const struct command *command, struct spawned *spawned) {
  struct primed *primed = &agent->primed;
  if (primed->phase == PRIMED_NONE) return false;
  bool is_taken = primed->phase == PRIMED_READY && command->flags & SG_EXEC_PRIMED && command_starts_same(command, &primed->command) &&
                  is_alive(primed->pid) && move_into_cgroups(agent->options, primed->pid) && send_go(agent, command);
  if (!is_taken) {
    /* Not left beside a program, which runs as the same user and could make a tool of it. */
    kill(primed->pid, SIGKILL);
    if (primed->phase != PRIMED_READY) {
      struct sg_error failure;
      sg_fail(&failure, SG_STEP_PRIME, ECANCELED, "a program came before it was ready");
      answer_result(agent, primed->id, &failure);
    }
    give_up(primed, agent->epoll);
    return false;
  }
  (void)watch_for(agent->epoll, &primed->control, 0, 0); /* it is watched; taking it out cannot fail */
  *spawned = (struct spawned){.pid = primed->pid,
                              .report = sg_steal_fd(&primed->control.fd),
                              .is_primed = true,
                              .input = sg_steal_fd(&primed->input),
                              .output = sg_steal_fd(&primed->output),
                              .errors = sg_steal_fd(&primed->errors)};
  give_up(primed, agent->epoll);
  return true;
}
