/* guest-init: PID 1 of a microVM's guest. It brings a bare kernel to the point where the launcher serves in it, exactly as on a host, and joins the
 * launcher to the worker outside:
 *
 *   worker ── channel 1 ──▶ guest-init           entropy and clock, renewed in each copy of a snapshot
 *   worker ── channel 2 ──▶ guest-init ──▶ launcher    the control connection
 *   worker ── channel 3 ──▶ guest-init ──▶ launcher    becomes the stream of the one sandbox, whose agent answers from then on
 *
 * So inside a machine of its own a program is confined by the same means as on a host: user id, namespaces, control groups, filter of system calls. A
 * hole in the guest's kernel gains the guest, which holds nothing.
 *
 * Theory of operation. One thread, one poll set. Whatever ends (launcher, agent, the host's end of a channel) ends the machine: it serves one run. */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channels.h"
#include "cleanup.h"
#include "guest.h"
#include "host.h"
#include "image.h"
#include "modules.h"
#include "pump.h"
#include "renew.h"
#include "root.h"
#include "warm.h"

enum { LAUNCHER_TRIES = 6000, LAUNCHER_PAUSE_US = 10 * 1000, NOBODY_PAUSE_US = 5 * 1000, PUMPS = 2, FIRST_PUMP = 1, WAITS = FIRST_PUMP + PUMPS * PUMP_ENDS };

struct guest {
  struct channels channels;
  struct host host;
  struct pump pumps[PUMPS];
  pid_t launcher;
  bool was_joined; /* the host's end was open once */
};

static volatile sig_atomic_t child_ended;

static void on_child(int number) {
  (void)number;
  child_ended = 1;
}

static int start_launcher(struct guest *guest, struct sg_error *error) {
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
  if (sigaction(SIGCHLD, &action, NULL) != 0) return sg_fail(error, SG_STEP_SIGNAL_STATE, errno, "SIGCHLD");
  guest->launcher = fork();
  if (guest->launcher < 0) return sg_fail(error, SG_STEP_FORK, errno, "start the launcher");
  if (guest->launcher == 0) {
    char *const argv[] = {(char[]){GUEST_LAUNCHER}, (char[]){"--config"}, (char[]){GUEST_CONFIG}, (char[]){"--exit-with-parent"}, NULL};
    char *const environment[] = {NULL};
    (void)execve(GUEST_LAUNCHER, argv, environment);
    _exit(127);
  }
  return 0;
}

/* Takes over every ended child; the launcher's end is the machine's. */
static int reap(struct guest *guest, struct sg_error *error) {
  int status;
  child_ended = 0;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    if (pid == guest->launcher) return sg_fail(error, SG_STEP_EXEC_AGENT, 0, "the launcher in the guest ended with wait status 0x%x; the console tells why", (unsigned)status);
  return 0;
}

static int await_launcher(struct guest *guest, struct sg_error *error) {
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = GUEST_SOCKET};
  for (int i = 0; i < LAUNCHER_TRIES; i++) {
    cleanup_fd int trial = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (trial < 0) return sg_fail(error, SG_STEP_LISTEN, errno, "make a socket");
    if (connect(trial, (struct sockaddr *)&name, sizeof name) == 0) return 0;
    if (reap(guest, error) != 0) return -1;
    usleep(LAUNCHER_PAUSE_US);
  }
  return sg_fail(error, SG_STEP_LISTEN, ETIMEDOUT, "the launcher in the guest does not listen");
}

/* Whether some channel still waits for its connection. */
static bool accept_where_free(struct guest *guest) {
  int *const outers[CHANNELS] = {&guest->host.fd, &guest->pumps[0].outer, &guest->pumps[1].outer};
  struct sg_error ignored;
  bool is_waiting = false;
  for (int i = 0; i < CHANNELS; i++) {
    if (*outers[i] >= 0) continue;
    *outers[i] = accept4(guest->channels.listeners[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    is_waiting = is_waiting || *outers[i] < 0;
    /* A worker that is gone already is noticed by the next turn. */
    if (i == CHANNEL_GUEST - 1 && *outers[i] >= 0) (void)host_say_up(&guest->host, &ignored);
  }
  return is_waiting;
}

static void join_channels(struct guest *guest) {
  guest->host.fd = guest->channels.ports[CHANNEL_GUEST - 1];
  for (int i = 0; i < PUMPS; i++) guest->pumps[i] = (struct pump){.outer = guest->channels.ports[CHANNEL_LAUNCHER - 1 + i], .inner = -1};
}

/* A vsock connection that ended makes room for the next: those of a snapshot's maker end with it. A serial port's other end never comes back. */
static int host_left(struct guest *guest, int *fd) {
  if (!guest->channels.is_vsock) return guest->was_joined ? -1 : 0;
  sg_close(fd);
  return 0;
}

static int serve_host(struct guest *guest, const struct pollfd *wait, bool *is_idle, struct sg_error *error) {
  bool is_closed = (wait->revents & (POLLHUP | POLLERR)) != 0;
  if ((wait->revents & POLLIN) != 0 && host_read(&guest->host, &is_closed, error) != 0) return -1;
  if (!is_closed) {
    guest->was_joined = guest->was_joined || wait->fd >= 0;
    return 0;
  }
  *is_idle = true;
  guest->host.filled = 0;
  return host_left(guest, &guest->host.fd) == 0 ? 0 : sg_fail(error, SG_STEP_PARENT_GONE, EPIPE, "the host closed the channel");
}

static int serve_pump(struct guest *guest, struct pump *pump, const struct pollfd wait[PUMP_ENDS], bool *is_idle, struct sg_error *error) {
  enum pump_state state = PUMP_RUNS;
  if (pump_turn(pump, wait, &state, error) != 0) return -1;
  if (state == PUMP_OVER) return sg_fail(error, SG_STEP_UNKNOWN_SANDBOX, 0, "the sandbox in the guest ended");
  if (state == PUMP_RUNS) return 0;
  *is_idle = true;
  if (pump->inner >= 0 && guest->channels.is_vsock) return sg_fail(error, SG_STEP_PARENT_GONE, EPIPE, "the host closed a connection in use");
  return host_left(guest, &pump->outer) == 0 ? 0 : sg_fail(error, SG_STEP_PARENT_GONE, EPIPE, "the host closed the channel");
}

static int serve(struct guest *guest, struct sg_error *error) {
  for (;;) {
    bool is_idle = guest->channels.is_vsock && accept_where_free(guest);
    struct pollfd wait[WAITS] = {{.fd = guest->host.fd, .events = POLLIN}};
    for (int i = 0; i < PUMPS; i++) pump_watch(&guest->pumps[i], &wait[FIRST_PUMP + i * PUMP_ENDS]);
    if (poll(wait, WAITS, is_idle ? NOBODY_PAUSE_US / 1000 : -1) < 0 && errno != EINTR) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "poll");
    is_idle = false;
    if (child_ended && reap(guest, error) != 0) return -1;
    if (guest->host.fd >= 0 && serve_host(guest, &wait[0], &is_idle, error) != 0) return -1;
    for (int i = 0; i < PUMPS; i++)
      if (serve_pump(guest, &guest->pumps[i], &wait[FIRST_PUMP + i * PUMP_ENDS], &is_idle, error) != 0) return -1;
    /* A port whose host is not there yet reports its end without a pause. */
    if (is_idle) usleep(NOBODY_PAUSE_US);
  }
}

static int bring_up(struct guest *guest, struct sg_error *error) {
  const char *kind = getenv("sandglass_channels"); /* a word of the kernel's command line; the kernel passes what it does not know (init(7)) */
  if (root_mount_kernel_views(error) != 0 || modules_load(error) != 0) return -1;
  if (channels_open(&guest->channels, kind == NULL ? "serial" : kind, error) != 0) return -1;
  join_channels(guest);
  guest->host.random = renew_open(error);
  if (guest->host.random < 0 || root_switch(error) != 0 || image_configure(error) != 0) return -1;
  warm_runtimes();
  return start_launcher(guest, error) != 0 || await_launcher(guest, error) != 0 ? -1 : 0;
}

/* The monitor ends with its guest. */
_Noreturn static void end_machine(void) {
  for (;;) {
    (void)reboot(LINUX_REBOOT_CMD_RESTART);
    (void)pause();
  }
}

int main(void) {
  static struct guest guest = {.host = {.fd = -1, .random = -1}};
  struct sg_error error;
  if (getpid() != 1) {
    fputs("sandglass-guest-init is the first process of a microVM; it does nothing elsewhere.\n", stderr);
    return 2;
  }
  (void)signal(SIGPIPE, SIG_IGN);
  bool is_up = bring_up(&guest, &error) == 0;
  /* Over vsock each new connection is told. */
  if (is_up && (guest.host.fd < 0 || host_say_up(&guest.host, &error) == 0)) (void)serve(&guest, &error);
  (void)fprintf(stderr, "guest-init: %s: %s (errno %d)\n", sg_step_name(error.step), error.detail, error.err);
  if (guest.host.fd >= 0) host_say_fault(&guest.host, &error);
  end_machine();
}
