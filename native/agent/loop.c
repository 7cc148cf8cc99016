/* Each turn first does everything that is possible now, then waits. Events only do the reading or writing they stand for; what follows from
 * them (ends, limits, what to watch next, what to send) is worked out once per turn from the state. */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "children.h"
#include "cleanup.h"
#include "clock.h"
#include "limits.h"

/* What an event is about; an execution's events carry its index and, for outputs, which of the two. */
enum source { SOURCE_STREAM, SOURCE_STREAM_OUT, SOURCE_SIGNALS, SOURCE_PRIMED, SOURCE_REPORT, SOURCE_INPUT, SOURCE_OUTPUT };
enum { EVENTS_AT_ONCE = 16 };
static const uint64_t NS_PER_S = 1000000000u;

static uint64_t tag(enum source source, int execution, int output) {
  return (uint64_t)source << 32 | (uint64_t)execution << 1 | (uint64_t)output;
}
static enum source tagged_source(uint64_t tag) { return (enum source)(tag >> 32); }
static int tagged_execution(uint64_t tag) { return (int)((tag & UINT32_MAX) >> 1); }
static int tagged_output(uint64_t tag) { return (int)(tag & 1); }

static bool has_room(const struct agent *agent) { return sg_pending(&agent->stream.out) < SG_QUEUE_BYTES; }

/* ---- what is possible now ---- */

/* Requests wait while too much is unsent: their answers would only add to it. */
static int carry_out_frames(struct agent *agent, struct sg_error *error) {
  struct sg_frame frame;
  int found = 0;
  while (has_room(agent) && (found = stream_next(&agent->stream, &frame, error)) > 0)
    if (dispatch_frame(agent, &frame, error) != 0) return -1;
  return found < 0 ? -1 : 0;
}

/* Whatever comes will do: a worker that is busy with this sandbox has no need to say that it is there. */
static void renew_lease(struct agent *agent, uint64_t now_ns) {
  uint64_t within_ns = agent->options->heard_within_s * NS_PER_S;
  if (agent->was_heard && within_ns > 0) agent->hear_by_ns = now_ns + within_ns;
  agent->was_heard = false;
}

static void learn_starts(struct agent *agent, uint64_t now_ns) {
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++) {
    struct execution *execution = &agent->executions[i];
    if (execution->phase == EXECUTION_STARTING && now_ns >= execution->spawned_ns + QUIET_START_NS)
      execution_learn_start(execution, agent->epoll, &agent->stream);
  }
}

/* An end is told once nothing that the program started can add to its output: all of it is gone, or the worker wanted it kept. */
static int finish_ended(struct agent *agent, struct sg_error *error) {
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++) {
    struct execution *execution = &agent->executions[i];
    if (execution->phase != EXECUTION_ENDED || (agent->is_sweeping && !execution_keeps_others(execution))) continue;
    for (int k = 0; k < 2; k++) output_drain(&execution->outputs[k], agent->epoll, execution->id, &agent->stream);
    if (!execution_is_drained(execution)) continue;
    if (execution_report(execution, agent->options, agent->work, &agent->stream, error) != 0) return -1;
    execution_close(execution, agent->epoll);
  }
  return 0;
}

static void answer_kills(struct agent *agent) {
  if (agent->is_sweeping) return;
  for (int i = 0; i < agent->kill_count; i++) answer_result(agent, agent->kill_ids[i], NULL);
  agent->kill_count = 0;
}

/* ---- what to wait for ---- */

static int watch_output(struct agent *agent, int index, int which) {
  struct execution *execution = &agent->executions[index];
  struct output *output = &execution->outputs[which];
  /* Once everything is gone, finish_ended reads what is left without being asked. */
  bool is_readable = has_room(agent) && output_wants(output) && (execution->phase != EXECUTION_ENDED || agent->is_sweeping);
  bool is_writable = output->kind == OUTPUT_TERMINAL && output->source.fd >= 0 && !output->is_hung_up &&
                     execution->phase == EXECUTION_RUNNING && input_is_waiting(&execution->input);
  uint32_t events = (is_readable ? EPOLLIN : 0u) | (is_writable ? EPOLLOUT : 0u);
  return watch_for(agent->epoll, &output->source, events, tag(SOURCE_OUTPUT, index, which));
}

static int watch_execution(struct agent *agent, int index) {
  struct execution *execution = &agent->executions[index];
  uint32_t report_events = execution->phase == EXECUTION_STARTING ? EPOLLIN : 0;
  uint32_t input_events = execution->input.sink.fd >= 0 && input_is_waiting(&execution->input) ? EPOLLOUT : 0;
  bool is_watched = watch_for(agent->epoll, &execution->report, report_events, tag(SOURCE_REPORT, index, 0)) == 0 &&
                    watch_for(agent->epoll, &execution->input.sink, input_events, tag(SOURCE_INPUT, index, 0)) == 0 &&
                    watch_output(agent, index, 0) == 0 && watch_output(agent, index, 1) == 0;
  return is_watched ? 0 : -1;
}

/* Returns when the quiet start of some execution is over, UINT64_MAX for none. */
static int watch_executions(struct agent *agent, uint64_t now_ns, uint64_t *quiet_until_ns) {
  *quiet_until_ns = UINT64_MAX;
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++) {
    const struct execution *execution = &agent->executions[i];
    uint64_t until_ns = execution->spawned_ns + QUIET_START_NS;
    if (execution->phase == EXECUTION_NONE) continue;
    if (now_ns >= until_ns) {
      if (watch_execution(agent, i) != 0) return -1;
    } else if (until_ns < *quiet_until_ns) {
      *quiet_until_ns = until_ns;
    }
  }
  return 0;
}

static int watch_primed(struct agent *agent) {
  struct primed *primed = &agent->primed;
  if (primed->phase == PRIMED_NONE) return 0;
  return watch_for(agent->epoll, &primed->control, primed->phase == PRIMED_STARTING ? EPOLLIN : 0, tag(SOURCE_PRIMED, 0, 0));
}

static int watch_stream(struct agent *agent) {
  struct stream *stream = &agent->stream;
  /* Output that waits for its moment, not for the socket, needs no event. */
  bool is_blocked = sg_pending(&stream->out) > 0 && stream->send_at_ns == UINT64_MAX;
  bool is_pair = stream->out_fd != stream->fd;
  struct watch watch = {.fd = stream->fd, .events = stream->watched};
  struct watch out = {.fd = stream->out_fd, .events = stream->out_watched};
  uint32_t events = EPOLLRDHUP | (has_room(agent) ? EPOLLIN : 0u) | (is_blocked && !is_pair ? EPOLLOUT : 0u);
  if (watch_for(agent->epoll, &watch, events, tag(SOURCE_STREAM, 0, 0)) != 0) return -1;
  stream->watched = watch.events;
  if (is_pair && watch_for(agent->epoll, &out, is_blocked ? EPOLLOUT : 0u, tag(SOURCE_STREAM_OUT, 0, 0)) != 0) return -1;
  stream->out_watched = out.events;
  return 0;
}

static uint64_t earliest(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Rounded up: waking before the moment would only mean waiting again. */
static int to_timeout_ms(uint64_t at_ns, uint64_t now_ns) {
  if (at_ns == UINT64_MAX) return -1;
  if (at_ns <= now_ns) return 0;
  uint64_t ms = (at_ns - now_ns + 999999u) / 1000000u;
  return ms < INT32_MAX ? (int)ms : INT32_MAX;
}

enum turn { TURN_WAIT, TURN_OVER, TURN_FAILED };

/* Does what is possible and works out how long to wait. TURN_OVER: the stream has ended, or there is nobody at its other end. */
static enum turn take_turn(struct agent *agent, int *timeout_ms, struct sg_error *error) {
  if (carry_out_frames(agent, error) != 0) return TURN_FAILED;
  if (agent->must_reap) reap_children(agent);
  uint64_t now_ns = clock_now_ns();
  uint64_t limits_ns = 0, quiet_ns = 0;
  renew_lease(agent, now_ns);
  if (now_ns >= agent->hear_by_ns) return TURN_OVER;
  learn_starts(agent, now_ns);
  if (limits_enforce(agent, now_ns, &limits_ns, error) != 0) return TURN_FAILED;
  continue_reads(agent);
  if (finish_ended(agent, error) != 0) return TURN_FAILED;
  answer_kills(agent);
  bool was_full = !has_room(agent);
  if (stream_flush(&agent->stream, now_ns) == STREAM_ENDED) return TURN_OVER;
  if (watch_executions(agent, now_ns, &quiet_ns) != 0 || watch_primed(agent) != 0 || watch_stream(agent) != 0) {
    sg_fail(error, SG_STEP_EVENT_LOOP, errno, "epoll_ctl");
    return TURN_FAILED;
  }
  uint64_t wake_ns = earliest(earliest(limits_ns, quiet_ns), earliest(stream_deadline(&agent->stream), agent->hear_by_ns));
  /* When all of a full queue was taken at once, no event tells that there is room for what had to stop. */
  bool can_go_on = was_full && has_room(agent);
  *timeout_ms = can_go_on || agent->must_reap ? 0 : to_timeout_ms(wake_ns, now_ns);
  return TURN_WAIT;
}

/* ---- events ---- */

static void handle_output_event(struct agent *agent, struct execution *execution, int which, uint32_t events) {
  struct output *output = &execution->outputs[which];
  /* Output proves that the program runs, and the worker is to hear of that first. */
  execution_learn_start(execution, agent->epoll, &agent->stream);
  if (events & EPOLLOUT && output->kind == OUTPUT_TERMINAL) execution_write_input(execution, agent->epoll, &agent->stream);
  if (!(events & ~(uint32_t)EPOLLOUT) || !output_wants(output) || execution->phase == EXECUTION_STARTING) return;
  output_read(output, agent->epoll, execution->id, &agent->stream);
  stream_send_by(&agent->stream, execution->spawned_ns + QUIET_START_NS);
  if (output->is_truncated && execution->flags & SG_EXEC_STOP_AT_OUTPUT_LIMIT && execution->phase == EXECUTION_RUNNING &&
      execution->reason == STOP_NONE)
    stop_execution(agent, execution, STOP_OUTPUT);
}

/* Returns 1, 0 when the stream has ended, -1 when memory is out. */
static int handle_event(struct agent *agent, const struct epoll_event *event, struct sg_error *error) {
  struct execution *execution = &agent->executions[tagged_execution(event->data.u64)];
  enum stream_state state = STREAM_OPEN;
  switch (tagged_source(event->data.u64)) {
    case SOURCE_STREAM:
      agent->was_heard = true;
      if (event->events & EPOLLIN) return stream_read(&agent->stream, &state, error) != 0 ? -1 : state == STREAM_OPEN;
      return !(event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    case SOURCE_STREAM_OUT: return !(event->events & EPOLLERR); /* room again, or nobody reads any more */
    case SOURCE_SIGNALS: reap_children(agent); return 1;
    case SOURCE_PRIMED: primed_learn(agent); return 1;
    case SOURCE_REPORT: execution_learn_start(execution, agent->epoll, &agent->stream); return 1;
    case SOURCE_INPUT: execution_write_input(execution, agent->epoll, &agent->stream); return 1;
    case SOURCE_OUTPUT: handle_output_event(agent, execution, tagged_output(event->data.u64), event->events); return 1;
  }
  return 1;
}

int loop_open(struct agent *agent, struct sg_error *error) {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  if (sigprocmask(SIG_SETMASK, &children, NULL) != 0) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "sigprocmask");
  agent->signals = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
  if (agent->signals < 0) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "signalfd");
  agent->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (agent->epoll < 0) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "epoll_create1");
  agent->was_heard = true; /* time begins with the first turn */
  agent->hear_by_ns = UINT64_MAX;
  struct watch signals = {.fd = agent->signals};
  return watch_for(agent->epoll, &signals, EPOLLIN, tag(SOURCE_SIGNALS, 0, 0)) == 0
             ? 0
             : sg_fail(error, SG_STEP_EVENT_LOOP, errno, "watch the signals");
}

int loop_run(struct agent *agent, struct sg_error *error) {
  for (;;) {
    int timeout_ms = 0;
    enum turn turn = take_turn(agent, &timeout_ms, error);
    if (turn != TURN_WAIT) return turn == TURN_OVER ? 0 : -1;
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = SG_EINTR(epoll_wait(agent->epoll, events, EVENTS_AT_ONCE, timeout_ms));
    if (count < 0) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "epoll_wait");
    for (int i = 0; i < count; i++) {
      int state = handle_event(agent, &events[i], error);
      if (state <= 0) return state;
    }
  }
}
