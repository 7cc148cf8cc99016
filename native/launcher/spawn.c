#include "spawn.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

static pid_t clone_process(int *pidfd) {
  struct clone_args arguments = {
      .flags = CLONE_PIDFD | CLONE_NEWUSER | CLONE_NEWPID, .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = SIGCHLD};
  return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

static void discard(int pidfd) {
  siginfo_t info;
  (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
  (void)SG_EINTR(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
}

int spawn(struct launcher *launcher, struct inside *inside, size_t image, uint32_t slot, struct spawned *spawned, struct sg_error *error) {
  if (templates_enter(&launcher->templates, image, error) != 0) return -1;
  int pair[2];
  /* Packets, so that a report arrives whole. */
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return sg_fail(error, SG_STEP_CLONE, errno, "socket pair");
  cleanup_fd int report = pair[0], theirs = pair[1];
  inside->ids = &launcher->ids;
  inside->covers = &launcher->covers;
  inside->agent = launcher->agent;
  inside->procfs = launcher->procfs;
  inside->has_disk = launcher->disk.reserved >= 0;
  inside->report = theirs;
  inside->launcher_end = report;
  cleanup_fd int pidfd = -1, network = networks_enter(&launcher->networks);
  inside->has_network = network >= 0;
  inside->new_network = -1;
  pid_t pid = clone_process(&pidfd);
  if (pid == 0) inside_run(inside);
  int reason = errno;
  if (network >= 0) networks_leave(&launcher->networks);
  if (pid < 0) return sg_fail(error, SG_STEP_CLONE, reason, "clone3 with a user and a pid namespace");
  if (ids_map(&launcher->ids, launcher->procfs, pid, slot, error) != 0) {
    discard(pidfd);
    return -1;
  }
  /* A child that failed meanwhile says so itself. */
  (void)send(report, "", 1, MSG_NOSIGNAL);
  *spawned = (struct spawned){.pid = pid, .pidfd = sg_steal_fd(&pidfd), .network = sg_steal_fd(&network), .report = sg_steal_fd(&report)};
  return 0;
}

int spawn_trial(struct launcher *launcher, size_t image, struct sg_error *error) {
  const struct limits limits = {.memory_bytes = 1 << 24, .processes = 8, .cpu_milli = 1000, .disk_bytes = 1 << 20, .inodes = 64};
  struct inside inside = {.limits = &limits, .hostname = "trial", .stream = -1};
  struct spawned spawned;
  if (spawn(launcher, &inside, image, 0, &spawned, error) != 0) return -1;
  struct inside_report report;
  ssize_t count = SG_EINTR(recv(spawned.report, &report, sizeof report, 0));
  discard(spawned.pidfd);
  close(spawned.pidfd);
  close(spawned.report);
  sg_close(&spawned.network);
  if (count != sizeof report) return sg_fail(error, SG_STEP_CLONE, EPROTO, "the trial sandbox ended without a word");
  if (report.word == INSIDE_TRIED) return 0;
  *error = report.error;
  return -1;
}
