#include "program_requests.h"

#include <errno.h>
#include <signal.h>

#include "agent.h"
#include "children.h"
#include "clock.h"
#include "paths.h"
#include "terminal.h"

enum { SIGNAL_MAX = 64 };

/* The scopes of SIGNAL. */
enum scope { SCOPE_MAIN = 0, SCOPE_GROUP = 1, SCOPE_ALL = 2 };

/* NULL for an id that is not known: the program never started or is gone, which the worker may not have heard yet. */
static struct execution *find_execution(struct agent *agent, uint16_t id) {
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++)
    if (agent->executions[i].phase != EXECUTION_NONE && agent->executions[i].id == id) return &agent->executions[i];
  return NULL;
}

static struct execution *free_execution(struct agent *agent) {
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++)
    if (agent->executions[i].phase == EXECUTION_NONE) return &agent->executions[i];
  return NULL;
}

static bool is_any_running(const struct agent *agent) {
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++)
    if (agent->executions[i].phase != EXECUTION_NONE) return true;
  return false;
}

static int start_program(struct agent *agent, uint16_t id, const struct command *command, struct sg_error *failure) {
  if (agent->quiet_write_failed) {
    agent->quiet_write_failed = false;
    *failure = agent->quiet_error;
    return -1;
  }
  if (command->cwd[0] != '\0' && path_check(command->cwd, failure) != 0) return -1;
  struct execution *execution = free_execution(agent);
  if (execution == NULL) return sg_fail(failure, SG_STEP_TOO_MANY_EXECS, EAGAIN, "%d programs run already", SG_MAX_EXECUTIONS);
  /* It could not be told from what is being killed. */
  if (agent->is_sweeping)
    return sg_fail(failure, SG_STEP_TOO_MANY_EXECS, EBUSY, "every process is being killed, wait for EXITED or RESULT");
  struct usage baseline;
  if (!is_any_running(agent)) usage_reset_peak(agent->options);
  if (usage_read(agent->options, &baseline, failure) != 0) return -1;
  struct spawned spawned;
  uint64_t now_ns = clock_now_ns();
  agent->has_executed = true;
  if (!primed_take(agent, command, &spawned) &&
      spawn_program(agent->options, agent->work, command, SPAWN_PROGRAM, &spawned, failure) != 0)
    return -1;
  execution_begin(execution, id, command, &spawned, &baseline, now_ns);
  return 0;
}

int handle_exec(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  struct command command;
  if (frame->flags != 0 || find_execution(agent, frame->id) != NULL) return malformed_frame(frame, error);
  if (command_parse(frame, &command, error) != 0) return -1;
  struct sg_error failure;
  if (start_program(agent, frame->id, &command, &failure) != 0) answer_result(agent, frame->id, &failure);
  command_free(&command);
  return 0;
}

int handle_stdin(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  if (frame->flags & ~SG_LAST) return malformed_frame(frame, error);
  struct execution *execution = find_execution(agent, frame->id);
  if (execution == NULL || execution->phase == EXECUTION_ENDED) return 0;
  if (input_feed(&execution->input, execution_terminal(execution), frame->payload, frame->length, frame->flags & SG_LAST) != 0)
    return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "%u bytes of stdin: past the credit of %u, or past its end", frame->length,
                   execution->input.credit_left);
  execution_write_input(execution, agent->epoll, &agent->stream);
  return 0;
}

int handle_credit(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  uint8_t kind = sg_get_u8(&reader);
  uint32_t bytes = sg_get_u32(&reader);
  if (!sg_reader_done(&reader) || frame->flags != 0 || kind < OUTPUT_STDOUT || kind > OUTPUT_TERMINAL) return malformed_frame(frame, error);
  struct execution *execution = find_execution(agent, frame->id);
  /* 2^32 frames of 2^32 bytes are needed to overflow the sum. */
  if (execution != NULL) execution->outputs[kind == OUTPUT_STDERR ? 1 : 0].credit += bytes;
  return 0;
}

static void send_signal(struct agent *agent, struct execution *execution, int number, enum scope scope) {
  pid_t group = execution->is_terminal ? terminal_foreground_group(execution_terminal(execution)) : execution->pid;
  if (number == SIGKILL && execution->reason == STOP_NONE) execution->reason = STOP_ASKED;
  /* A target that is gone already is what SIGNAL is for; there is nobody to tell. The main process is not reaped yet, so its number is its
   * own. */
  switch (scope) {
    case SCOPE_MAIN: kill(execution->pid, number); break;
    case SCOPE_GROUP: kill(group > 0 ? -group : -execution->pid, number); break;
    case SCOPE_ALL:
      if (number == SIGKILL)
        kill_everything(agent);
      else
        kill(-1, number);
      break;
  }
}

int handle_signal(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  uint8_t number = sg_get_u8(&reader);
  uint8_t scope = sg_get_u8(&reader);
  if (!sg_reader_done(&reader) || frame->flags != 0 || number < 1 || number > SIGNAL_MAX || scope > SCOPE_ALL)
    return malformed_frame(frame, error);
  struct execution *execution = find_execution(agent, frame->id);
  if (execution != NULL && execution->phase != EXECUTION_ENDED) send_signal(agent, execution, number, (enum scope)scope);
  return 0;
}

int handle_resize(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  uint16_t columns = sg_get_u16(&reader);
  uint16_t rows = sg_get_u16(&reader);
  if (!sg_reader_done(&reader) || frame->flags != 0) return malformed_frame(frame, error);
  const struct execution *execution = find_execution(agent, frame->id);
  int terminal = execution == NULL ? -1 : execution_terminal(execution);
  if (terminal >= 0) (void)terminal_resize(terminal, columns, rows); /* an open master takes any size */
  return 0;
}

int handle_kill(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  if (frame->length != 0 || frame->flags != 0 || agent->kill_count == SG_MAX_KILLS) return malformed_frame(frame, error);
  agent->kill_ids[agent->kill_count++] = frame->id;
  kill_everything(agent);
  return 0;
}
