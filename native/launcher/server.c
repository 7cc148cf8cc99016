/* Theory of operation. One thread, one epoll set. Nothing here waits: frames are read as they come, a sandbox is started and left to itself, and the
 * kernel says through descriptors when it runs (the report's end), when it is dead (its pidfd), when the worker is gone (end of the control connection)
 * and when the parent is (its pidfd). The one thing without such a sign is a control group that cannot be removed yet; that is tried again after a pause.
 *
 * A connection is pending until its first whole frame says whether it is control or the stream of a new sandbox; pending ones are few and have little time. */
#include "server.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "requests.h"

enum { FIRST_FRAME_MS = 5000, TICK_MS = 250, FIRST_REMOVAL_PAUSE_MS = 1, MAX_REMOVAL_PAUSE_MS = 500, STOP_MS = 10000, EVENTS = 64, FRAMES_PER_TURN = 64 };

enum source { SOURCE_LISTENER, SOURCE_SIGNALS, SOURCE_PARENT, SOURCE_CONTROL, SOURCE_PENDING, SOURCE_REPORT, SOURCE_PROCESS };

/* What an event is about: its source, a slot, and for sandboxes the low bits of the id, so that an event of a predecessor in the slot is recognised. */
static uint64_t tag(enum source source, uint32_t slot, uint32_t id) { return (uint64_t)source << 56 | (uint64_t)(slot & 0xffffff) << 32 | id; }

static int watch(const struct server *server, int fd, uint32_t events, uint64_t data, struct sg_error *error) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : sg_fail(error, SG_STEP_EVENT_LOOP, errno, "watch a descriptor");
}

int server_watch_sandbox(const struct server *server, const struct sandbox *sandbox, struct sg_error *error) {
  /* Edge-triggered: copies of these descriptors live on for a moment in processes that are being started, and would go on reporting after ours are closed. */
  if (watch(server, sandbox->report, EPOLLIN | EPOLLET, tag(SOURCE_REPORT, sandbox->slot, sandbox->id), error) != 0) return -1;
  return watch(server, sandbox->pidfd, EPOLLIN | EPOLLET, tag(SOURCE_PROCESS, sandbox->slot, sandbox->id), error);
}

void server_flush_control(struct server *server) {
  struct connection *control = &server->control;
  if (control->fd < 0) return;
  if (sg_flush(&control->out, control->fd) != 0) {
    server_drop_control(server);
    return;
  }
  struct epoll_event event = {.events = EPOLLIN | (sg_pending(&control->out) > 0 ? (uint32_t)EPOLLOUT : 0), .data.u64 = tag(SOURCE_CONTROL, 0, 0)};
  if (epoll_ctl(server->epoll, EPOLL_CTL_MOD, control->fd, &event) != 0) server_drop_control(server);
}

static void kill_all(struct server *server) {
  for (uint32_t i = 0; i < server->sandboxes.high; i++)
    if (server->sandboxes.of[i].state != SANDBOX_FREE) sandbox_kill(&server->sandboxes.of[i]);
}

void server_drop_control(struct server *server) {
  if (server->control.fd < 0) return;
  connection_close(&server->control);
  kill_all(server);
}

/* The socket's mode keeps other users out already; this holds if somebody changes it. */
static bool may_connect(const struct server *server, int fd) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == geteuid() || (int64_t)peer.uid == server->launcher->config.allow_uid;
}

/* While all places are taken, further connections wait in the kernel's queue; the places' deadlines make room. */
static void listen_while_room(const struct server *server) {
  struct epoll_event event = {.events = server->pending_count < MAX_PENDING ? (uint32_t)EPOLLIN : 0, .data.u64 = tag(SOURCE_LISTENER, 0, 0)};
  (void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->launcher->instance.listener, &event);
}

static void drop_pending(struct server *server, struct connection *connection) {
  connection_close(connection);
  if (server->pending_count-- == MAX_PENDING) listen_while_room(server);
}

/* A worker that starts again may come before the end of its former connection was seen. */
static void notice_end_of_control(struct server *server) {
  char byte;
  if (server->control.fd >= 0 && recv(server->control.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) server_drop_control(server);
}

static void read_pending(struct server *server, struct connection *connection) {
  struct sg_frame frame;
  struct sg_error error;
  int fd = connection->fd;
  switch (connection_read(connection, &frame)) {
    case INPUT_NOTHING:
      return;
    case INPUT_END:
      break;
    case INPUT_BAD:
      sg_fail(&error, SG_STEP_PROTOCOL, EMSGSIZE, "a frame to the launcher has at most %d bytes", MAX_CONTROL_PAYLOAD);
      connection_fault(fd, &error);
      break;
    case INPUT_FRAME:
      if (frame.type == SG_CONTROL) notice_end_of_control(server);
      /* The sandbox's process must not find the stream in our set; control is added anew. */
      (void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, fd, NULL);
      if (!request_first(server, connection, &frame, &error)) {
        connection_fault(fd, &error);
      } else if (server->control.fd == fd) {
        /* A watch that cannot be set is noticed by the flush. */
        (void)watch(server, fd, EPOLLIN, tag(SOURCE_CONTROL, 0, 0), &error);
        server_flush_control(server);
      }
      break;
  }
  drop_pending(server, connection);
}

static struct connection *free_pending(struct server *server) {
  for (uint32_t i = 0; i < MAX_PENDING; i++)
    if (server->pending[i].fd < 0) return &server->pending[i];
  return NULL;
}

static void accept_connections(struct server *server) {
  struct connection *place;
  while ((place = free_pending(server)) != NULL) {
    int fd = accept4(server->launcher->instance.listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    if (!may_connect(server, fd)) {
      struct sg_error error;
      sg_fail(&error, SG_STEP_NOT_ALLOWED, EACCES, "only root, the launcher's user and allow-uid may connect");
      connection_fault(fd, &error);
      close(fd);
      continue;
    }
    *place = (struct connection){.fd = fd, .deadline_ns = clock_after_ms(FIRST_FRAME_MS)};
    if (++server->pending_count == MAX_PENDING) listen_while_room(server);
    struct sg_error error;
    if (watch(server, fd, EPOLLIN, tag(SOURCE_PENDING, (uint32_t)(place - server->pending), 0), &error) != 0)
      drop_pending(server, place);
    else
      read_pending(server, place); /* What it wants is mostly there already. */
  }
}

static void read_control(struct server *server) {
  for (int i = 0; i < FRAMES_PER_TURN && server->control.fd >= 0; i++) {
    struct sg_frame frame;
    struct sg_error error;
    enum connection_input input = connection_read(&server->control, &frame);
    if (input == INPUT_NOTHING) break;
    if (input == INPUT_FRAME && request_control(server, &frame, &error)) continue;
    if (input == INPUT_BAD) sg_fail(&error, SG_STEP_PROTOCOL, EMSGSIZE, "a frame to the launcher has at most %d bytes", MAX_CONTROL_PAYLOAD);
    if (input != INPUT_END) connection_fault(server->control.fd, &error);
    server_drop_control(server);
    return;
  }
  server_flush_control(server);
}

static void finish_removal(struct server *server, struct sandbox *sandbox) {
  if (!sandbox_remove(server->launcher, sandbox)) return;
  cpuset_release(&server->launcher->cgroups, &server->launcher->cpusets, &server->sandboxes, sandbox->id);
  request_report_gone(server, sandbox);
  sandbox_release(&server->sandboxes, sandbox);
}

static void handle_sandbox(struct server *server, enum source source, uint32_t slot, uint32_t id) {
  struct sandbox *sandbox = &server->sandboxes.of[slot];
  if (sandbox->id != id || sandbox->state == SANDBOX_FREE || sandbox->state == SANDBOX_DEAD) return;
  if (source == SOURCE_REPORT) {
    if (sandbox->report >= 0) sandbox_read_report(&server->sandboxes, sandbox);
    return;
  }
  sandbox_reap(server->launcher, &server->sandboxes, sandbox);
  if (sandbox->state != SANDBOX_DEAD) return;
  server->removal_pause_ms = FIRST_REMOVAL_PAUSE_MS;
  finish_removal(server, sandbox);
}

static void handle(struct server *server, const struct epoll_event *event) {
  uint64_t data = event->data.u64;
  uint32_t slot = (uint32_t)(data >> 32) & 0xffffff;
  struct signalfd_siginfo info;
  switch ((enum source)(data >> 56)) {
    case SOURCE_LISTENER:
      accept_connections(server);
      return;
    case SOURCE_SIGNALS:
      if (read(server->signals, &info, sizeof info) > 0) server->stopping = true;
      return;
    case SOURCE_PARENT:
      server->stopping = true;
      return;
    case SOURCE_CONTROL:
      read_control(server);
      return;
    case SOURCE_PENDING:
      if (server->pending[slot].fd >= 0) read_pending(server, &server->pending[slot]);
      return;
    case SOURCE_REPORT:
    case SOURCE_PROCESS:
      handle_sandbox(server, (enum source)(data >> 56), slot, (uint32_t)data);
      return;
  }
}

/* Deadlines and second tries. */
static void tick(struct server *server) {
  uint64_t now = server->pending_count > 0 || server->sandboxes.starting > 0 ? clock_now() : 0;
  for (uint32_t i = 0; i < MAX_PENDING && server->pending_count > 0; i++)
    if (server->pending[i].fd >= 0 && server->pending[i].deadline_ns < now) drop_pending(server, &server->pending[i]);
  if (server->sandboxes.starting == 0 && server->sandboxes.dead == 0) return;
  for (uint32_t i = 0; i < server->sandboxes.high; i++) {
    struct sandbox *sandbox = &server->sandboxes.of[i];
    if (sandbox->state == SANDBOX_STARTING && sandbox->deadline_ns < now) sandbox_kill(sandbox);
    if (sandbox->state == SANDBOX_DEAD) finish_removal(server, sandbox);
  }
  server->removal_pause_ms *= 2;
  if (server->removal_pause_ms > MAX_REMOVAL_PAUSE_MS) server->removal_pause_ms = MAX_REMOVAL_PAUSE_MS;
}

static int next_timeout(const struct server *server) {
  if (server->sandboxes.dead > 0) return (int)server->removal_pause_ms;
  return server->pending_count > 0 || server->sandboxes.starting > 0 || server->stopping ? TICK_MS : -1;
}

static int turn(struct server *server, struct sg_error *error) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(server->epoll, events, EVENTS, next_timeout(server));
  if (count < 0 && errno != EINTR) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "epoll_wait");
  for (int i = 0; i < count; i++) handle(server, &events[i]);
  if (count < EVENTS) tick(server);
  if (sg_pending(&server->control.out) > 0) server_flush_control(server);
  return 0;
}

static int begin(struct server *server, const sigset_t *signals, struct sg_error *error) {
  server->epoll = epoll_create1(EPOLL_CLOEXEC);
  server->signals = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (server->epoll < 0 || server->signals < 0) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "make the event loop");
  for (uint32_t i = 0; i < MAX_PENDING; i++) server->pending[i].fd = -1;
  server->control.fd = -1;
  if (sandboxes_init(&server->sandboxes, server->launcher->config.max_sandboxes, error) != 0) return -1;
  if (watch(server, server->launcher->instance.listener, EPOLLIN, tag(SOURCE_LISTENER, 0, 0), error) != 0) return -1;
  if (server->parent >= 0 && watch(server, server->parent, EPOLLIN, tag(SOURCE_PARENT, 0, 0), error) != 0) return -1;
  return watch(server, server->signals, EPOLLIN, tag(SOURCE_SIGNALS, 0, 0), error);
}

/* No new sandboxes, every one killed and removed; bounded, since what cannot be removed in that time waits for the next start (leftovers.c). */
static int stop(struct server *server, struct sg_error *error) {
  kill_all(server);
  for (uint64_t deadline = clock_after_ms(STOP_MS); server->sandboxes.live > 0 && clock_now() < deadline;)
    if (turn(server, error) != 0) return -1;
  server_flush_control(server);
  if (server->sandboxes.live == 0) return 0;
  return sg_fail(error, SG_STEP_CGROUP_REMOVE, EBUSY, "%u sandboxes could not be removed in %d ms", server->sandboxes.live, STOP_MS);
}

int server_run(struct launcher *launcher, int parent, const sigset_t *signals, struct sg_error *error) {
  struct server server = {.launcher = launcher, .epoll = -1, .signals = -1, .parent = parent, .removal_pause_ms = FIRST_REMOVAL_PAUSE_MS};
  int result = begin(&server, signals, error);
  while (result == 0 && !server.stopping) result = turn(&server, error);
  struct sg_error later;
  if (stop(&server, result == 0 ? error : &later) != 0) result = -1;
  for (uint32_t i = 0; i < MAX_PENDING; i++)
    if (server.pending[i].fd >= 0) connection_close(&server.pending[i]);
  if (server.control.fd >= 0) connection_close(&server.control);
  sg_close(&server.epoll);
  sg_close(&server.signals);
  sandboxes_free(&server.sandboxes);
  return result;
}
