#include "execution.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"

enum { FACT_STDOUT_CUT = 0x80, FACT_STDERR_CUT = 0x100, FACT_PRIMED = 0x200 };

/* 0 stands for "none" on the wire; what is further away than the clock can count is none as well. */
static uint64_t limit_ns(uint64_t ms) { return ms == 0 || ms > UINT64_MAX / 4000000u ? UINT64_MAX : ms * 1000000u; }

static struct output output_from(int fd, enum output_kind kind, const struct command *command) {
  return (struct output){
      .source = {.fd = fd},
      .kind = (uint8_t)kind,
      .credit = command->window_bytes,
      .limit_bytes = command->output_bytes == 0 ? UINT64_MAX : command->output_bytes,
      .left_at_end = UINT64_MAX,
  };
}

void execution_begin(struct execution *execution, uint16_t id, const struct command *command, const struct spawned *spawned,
                     const struct usage *baseline, uint64_t now_ns) {
  bool is_terminal = command->flags & SG_EXEC_TERMINAL;
  uint64_t wall_ns = limit_ns(command->wall_time_ms);
  *execution = (struct execution){
      .phase = EXECUTION_STARTING,
      .id = id,
      .pid = spawned->pid,
      .flags = command->flags,
      .is_terminal = is_terminal,
      .is_primed = spawned->is_primed,
      .file_bytes = command->file_bytes,
      .spawned_ns = now_ns,
      .started_ns = now_ns,
      .deadline_ns = wall_ns == UINT64_MAX ? UINT64_MAX : now_ns + wall_ns,
      .cpu_limit_ns = limit_ns(command->cpu_time_ms),
      .next_check_ns = now_ns,
      .baseline = *baseline,
      .tasks_seen = 1,
      .report = {.fd = spawned->report},
      .input = {.sink = {.fd = spawned->input}, .credit_left = SG_STDIN_WINDOW, .is_line_empty = true},
      .outputs = {output_from(spawned->output, is_terminal ? OUTPUT_TERMINAL : OUTPUT_STDOUT, command),
                  output_from(spawned->errors, OUTPUT_STDERR, command)},
  };
}

static void announce_start(struct execution *execution, int epoll, struct stream *stream) {
  execution->phase = EXECUTION_RUNNING;
  watch_close(epoll, &execution->report);
  sg_begin(&stream->out, SG_STARTED, 0, execution->id);
  sg_put_u32(&stream->out, (uint32_t)execution->pid);
  sg_end(&stream->out);
  stream_send_by(stream, execution->spawned_ns + STARTED_WAIT_NS);
  execution_write_input(execution, epoll, stream);
}

static void note_report(struct execution *execution, const struct start_report *record) {
  execution->has_reported = true;
  if (record->step != SG_STEP_DONE) {
    sg_fail(&execution->start_failure, (enum sg_step)record->step, record->err, "%s", "");
    return;
  }
  /* Limits count from here, not from the fork: joining cgroups can take longer than a short program. */
  if (execution->deadline_ns != UINT64_MAX) execution->deadline_ns += record->at_ns - execution->started_ns;
  execution->started_ns = record->at_ns;
}

void execution_learn_start(struct execution *execution, int epoll, struct stream *stream) {
  struct start_report record;
  ssize_t count;
  if (execution->phase != EXECUTION_STARTING) return;
  /* A record is written and read in one piece: it is shorter than PIPE_BUF (pipe(7)). */
  while ((count = SG_EINTR(read(execution->report.fd, &record, sizeof record))) == sizeof record) note_report(execution, &record);
  bool has_begun = !execution->is_primed || execution->has_reported;
  if (count == 0 && has_begun && execution->start_failure.step == SG_STEP_DONE) announce_start(execution, epoll, stream);
}

void execution_end(struct execution *execution, int epoll, int status, uint64_t now_ns, struct stream *stream) {
  execution_learn_start(execution, epoll, stream);
  /* A primed runtime that nobody here killed ended before it took its program over: the program was never begun. */
  if (execution->phase == EXECUTION_STARTING && execution->is_primed && execution->reason == STOP_NONE &&
      execution->start_failure.step == SG_STEP_DONE)
    sg_fail(&execution->start_failure, SG_STEP_PRIME, ECHILD, "it ended before it took its program");
  /* Killed before its exec: as far as the worker is concerned it started and was killed. */
  if (execution->phase == EXECUTION_STARTING && execution->start_failure.step == SG_STEP_DONE) announce_start(execution, epoll, stream);
  execution->phase = EXECUTION_ENDED;
  execution->status = status;
  execution->ended_ns = now_ns > execution->started_ns ? now_ns : execution->started_ns;
  input_close(&execution->input, epoll);
  if (!execution_keeps_others(execution)) return;
  for (int i = 0; i < 2; i++) output_end_here(&execution->outputs[i]);
}

int execution_terminal(const struct execution *execution) { return execution->is_terminal ? execution->outputs[0].source.fd : -1; }

void execution_write_input(struct execution *execution, int epoll, struct stream *stream) {
  /* A terminal that is nobody's yet would echo a Ctrl-C and interrupt nothing. */
  if (execution->is_terminal && execution->phase == EXECUTION_STARTING) return;
  input_write(&execution->input, epoll, execution_terminal(execution));
  /* The worker expects nothing about a program before STARTED. */
  uint32_t granted = execution->phase == EXECUTION_RUNNING ? input_take_grant(&execution->input) : 0;
  if (granted == 0) return;
  sg_begin(&stream->out, SG_STDIN_CREDIT, 0, execution->id);
  sg_put_u32(&stream->out, granted);
  sg_end(&stream->out);
  stream_send_by(stream, execution->spawned_ns + QUIET_START_NS);
}

/* A limit ends everything, whatever the worker wanted to keep: the rest could only go on past it. */
bool execution_keeps_others(const struct execution *execution) {
  bool is_at_limit = execution->reason != STOP_NONE && execution->reason != STOP_ASKED;
  return execution->flags & SG_EXEC_KEEP_OTHERS && !is_at_limit;
}

bool execution_is_drained(const struct execution *execution) {
  return execution->outputs[0].source.fd < 0 && execution->outputs[1].source.fd < 0;
}

/* What the counters and the wait status say where the agent itself did not end it. An out-of-memory kill of any process counts, however the
 * main one took it: whether the agent or the program noticed first must not decide. */
static enum stop_reason reason_at_end(const struct execution *execution, const struct usage *used) {
  if (execution->reason != STOP_NONE) return execution->reason;
  if (used->oom_kills != execution->baseline.oom_kills) return STOP_OUT_OF_MEMORY;
  bool is_killed = WIFSIGNALED(execution->status) && (WTERMSIG(execution->status) == SIGKILL || WTERMSIG(execution->status) == SIGXCPU);
  bool is_over_cpu = execution->cpu_limit_ns != UINT64_MAX && used->cpu_ns - execution->baseline.cpu_ns >= execution->cpu_limit_ns;
  return is_killed && is_over_cpu ? STOP_CPU_TIME : STOP_NONE;
}

/* A shared peak that did not rise is not this program's; the largest resident set is the best that is known then. */
static uint64_t memory_peak(const struct execution *execution, const struct options *options, const struct usage *used) {
  bool has_risen = used->memory_peak_bytes > execution->baseline.memory_peak_bytes;
  if (!options->is_in_cgroup || options->memory_peak < 0 || has_risen) return used->memory_peak_bytes;
  uint64_t resident = usage_largest_resident_bytes();
  return resident < used->memory_peak_bytes ? resident : used->memory_peak_bytes;
}

/* Without a cgroup's peak only what was seen alive counts, and that it was started is certain. */
static uint32_t processes_peak(const struct execution *execution, const struct usage *used) {
  uint32_t peak = used->processes_peak > execution->tasks_seen ? used->processes_peak : execution->tasks_seen;
  return peak > 0 ? peak : 1;
}

int execution_report(const struct execution *execution, const struct options *options, int work, struct stream *stream,
                     struct sg_error *error) {
  struct usage used;
  if (usage_read(options, &used, error) != 0) return -1;
  bool is_signaled = WIFSIGNALED(execution->status);
  bool has_failed = is_signaled || WEXITSTATUS(execution->status) != 0;
  struct disk_state disk = disk_inspect(work, has_failed ? execution->file_bytes : 0);
  uint32_t facts = usage_facts(options) | disk.facts;
  if (execution->outputs[0].is_truncated) facts |= FACT_STDOUT_CUT;
  if (execution->outputs[1].is_truncated) facts |= FACT_STDERR_CUT;
  if (execution->is_primed) facts |= FACT_PRIMED;
  struct sg_writer *out = &stream->out;
  sg_begin(out, SG_EXITED, 0, execution->id);
  sg_put_u8(out, is_signaled ? 1 : 0);
  sg_put_u8(out, (uint8_t)(is_signaled ? WTERMSIG(execution->status) : WEXITSTATUS(execution->status)));
  sg_put_u16(out, (uint16_t)reason_at_end(execution, &used));
  sg_put_u64(out, execution->ended_ns - execution->started_ns);
  sg_put_u64(out, used.cpu_ns - execution->baseline.cpu_ns);
  sg_put_u64(out, memory_peak(execution, options, &used));
  sg_put_u32(out, processes_peak(execution, &used));
  sg_put_u32(out, used.oom_kills - execution->baseline.oom_kills);
  sg_put_u32(out, used.forks_refused - execution->baseline.forks_refused);
  sg_put_u64(out, execution->outputs[0].bytes);
  sg_put_u64(out, execution->outputs[1].bytes);
  sg_put_u64(out, disk.used_bytes);
  sg_put_u32(out, facts);
  sg_end(out);
  stream_send_by(stream, 0);
  return 0;
}

void execution_close(struct execution *execution, int epoll) {
  input_close(&execution->input, epoll);
  watch_close(epoll, &execution->report);
  for (int i = 0; i < 2; i++) watch_close(epoll, &execution->outputs[i].source);
  execution->phase = EXECUTION_NONE;
}
