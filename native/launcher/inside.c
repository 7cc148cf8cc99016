/* Theory of operation. The launcher clones this process into a new user and PID namespace and goes back to its loop; everything that takes time (the
 * network namespace above all) happens here, in parallel with other creations. The order matters:
 *
 *   1. die with the launcher             from the start, so that nothing it is in the middle of can be left behind
 *   2. the other namespaces              owned by the new user namespace, so all rights over them end with it; the network may be one that is used
 *                                        again (networks.h), over which nobody here ever had any
 *   3. wait for the id maps              written by the launcher; before them this process is nobody
 *   4. become root of the namespace      drops every group of the launcher; forgets 1, which is therefore renewed
 *   5. network, host name, mounts        with full rights over these namespaces, and none over the host
 *   6. give the rights up                three capabilities stay, no_new_privs is set
 *   7. pass exactly the agent's descriptors, announce the sandbox, become the agent
 *
 * A failing step is told to the launcher, which answers FAULT. No memory of the launcher survives the exec. */
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"
#include "cgroup_file.h"
#include "cleanup.h"
#include "mounts.h"
#include "network.h"
#include "template.h"
#include "wire.h"

enum { FIRST_PASSED = 3, MAX_PASSED = 1 + MAX_HIERARCHIES + 5, MAX_ARGUMENTS = 2 * (MAX_PASSED + 3) + 2, NUMBER_TEXT = 12 };

static void tell(const struct inside *inside, enum inside_word word, const struct sg_error *error) {
  struct inside_report report = {.word = word};
  if (error != NULL) report.error = *error;
  (void)send(inside->report, &report, sizeof report, MSG_NOSIGNAL);
}

/* From now on the launcher owes the worker a GONE. It is given the network namespace as well, if one was made here; without it that is not used again. */
static void tell_announced(const struct inside *inside) {
  struct inside_report report = {.word = INSIDE_ANNOUNCED};
  struct iovec part = {.iov_base = &report, .iov_len = sizeof report};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } rights = {.bytes = {0}};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (inside->new_network >= 0) {
    message.msg_control = rights.bytes;
    message.msg_controllen = sizeof rights.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(header), &inside->new_network, sizeof(int));
  }
  (void)sendmsg(inside->report, &message, MSG_NOSIGNAL);
}

static int die_with_launcher(struct inside *inside, struct sg_error *error) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_PARENT_GONE, errno, "PR_SET_PDEATHSIG");
  /* It may have died before the line above; then its end of the pair is closed. */
  struct pollfd end = {.fd = inside->report};
  if (poll(&end, 1, 0) > 0 && (end.revents & POLLHUP) != 0) _exit(1);
  return 0;
}

static int await_maps(const struct inside *inside, struct sg_error *error) {
  char byte;
  if (SG_EINTR(recv(inside->report, &byte, 1, 0)) == 1) return 0;
  return sg_fail(error, SG_STEP_ID_MAP, EPIPE, "wait for the id maps");
}

static int become_root(const struct inside *inside, struct sg_error *error) {
  if (!inside->ids->separate) return 0;
  if (syscall(SYS_setgroups, 0, NULL) != 0 || setresgid(AGENT_ID, AGENT_ID, AGENT_ID) != 0 || setresuid(AGENT_ID, AGENT_ID, AGENT_ID) != 0)
    return sg_fail(error, SG_STEP_ID_MAP, errno, "become root of the user namespace");
  return 0;
}

/* The launcher is the last that the kernel should kill for memory; its children are not (proc(5), oom_score_adj). */
static void stop_being_spared(const struct inside *inside) { (void)cgroup_write(inside->procfs, "self/oom_score_adj", "0"); }

static int prepare(struct inside *inside, struct sg_error *error) {
  close(inside->launcher_end);
  if (die_with_launcher(inside, error) != 0) return -1;
  stop_being_spared(inside);
  int network = inside->has_network ? 0 : CLONE_NEWNET;
  if (unshare(CLONE_NEWNS | network | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) != 0)
    return sg_fail(error, SG_STEP_NAMESPACES, errno, "unshare mount, network, ipc, uts and cgroup namespaces");
  if (await_maps(inside, error) != 0 || become_root(inside, error) != 0 || die_with_launcher(inside, error) != 0) return -1;
  if (network != 0) {
    if (network_loopback_up(error) != 0 || network_keep_everything(error) != 0 || network_open_low_ports(inside->procfs, error) != 0) return -1;
    inside->new_network = openat(inside->procfs, "self/ns/net", O_RDONLY | O_CLOEXEC);
  }
  if (sethostname(inside->hostname, strlen(inside->hostname)) != 0) return sg_fail(error, SG_STEP_HOSTNAME, errno, "set it to %.64s", inside->hostname);
  umask(0);
  if (mounts_complete(inside->limits, inside->ids, inside->covers, inside->has_disk, error) != 0) return -1;
  umask(077);
  if (chdir(PLACE_WORK) != 0) return sg_fail(error, SG_STEP_MOUNT_WRITABLE, errno, "enter " PLACE_WORK);
  if (setsid() < 0) return sg_fail(error, SG_STEP_EXEC_AGENT, errno, "make a session");
  return caps_reduce(inside->ids->separate, error);
}

/* The agent's command line; the strings live as long as this. */
struct arguments {
  char *of[MAX_ARGUMENTS];
  char numbers[MAX_ARGUMENTS][NUMBER_TEXT];
  int count;
};

static void add_argument(struct arguments *arguments, const char *name, uint32_t value) {
  char *number = arguments->numbers[arguments->count];
  (void)snprintf(number, NUMBER_TEXT, "%u", value);
  arguments->of[arguments->count++] = (char *)(uintptr_t)name;
  arguments->of[arguments->count++] = number;
}

struct passed {
  const char *option;
  int fd;
};

static int list_passed(const struct inside *inside, struct passed list[MAX_PASSED]) {
  const struct cgroup_handles *handles = &inside->handles;
  int count = 0;
  list[count++] = (struct passed){"--stream", inside->stream};
  for (int i = 0; i < handles->join_count; i++) list[count++] = (struct passed){"--join", handles->joins[i]};
  const struct passed counters[] = {{"--cpu", handles->cpu},
                                    {"--memory-peak", handles->memory_peak},
                                    {"--memory-events", handles->memory_events},
                                    {"--pids-peak", handles->pids_peak},
                                    {"--pids-events", handles->pids_events}};
  for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
    if (counters[i].fd >= 0) list[count++] = counters[i];
  return count;
}

static int move_above(int *fd, int limit) {
  if (*fd >= limit) return 0;
  *fd = fcntl(*fd, F_DUPFD_CLOEXEC, limit);
  return *fd < 0 ? -1 : 0;
}

/* Lays the descriptors out as 0-2 /dev/null, 3 stream, 4... the rest; all others close on exec. First out of the way, then down, since one's
 * place may be where another one is. */
static int pass_descriptors(struct inside *inside, struct arguments *arguments, struct sg_error *error) {
  struct passed list[MAX_PASSED];
  int count = list_passed(inside, list), limit = FIRST_PASSED + count;
  bool moved = move_above(&inside->agent, limit) == 0 && move_above(&inside->report, limit) == 0;
  if (inside->new_network >= 0) moved = moved && move_above(&inside->new_network, limit) == 0;
  for (int i = 0; i < count; i++) moved = moved && move_above(&list[i].fd, limit) == 0;
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  moved = moved && nothing >= 0 && move_above(&nothing, limit) == 0;
  for (int fd = 0; fd < FIRST_PASSED; fd++) moved = moved && dup2(nothing, fd) == fd;
  for (int i = 0; i < count; i++) {
    moved = moved && dup2(list[i].fd, FIRST_PASSED + i) == FIRST_PASSED + i;
    add_argument(arguments, list[i].option, (uint32_t)(FIRST_PASSED + i));
  }
  inside->stream = FIRST_PASSED;
  if (!moved || syscall(SYS_close_range, (unsigned)limit, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
    return sg_fail(error, SG_STEP_PASS_DESCRIPTORS, errno, "pass %d descriptors", count);
  return 0;
}

static void announce(const struct inside *inside) {
  tell_announced(inside); /* the launcher first */
  struct sg_writer writer = {.bytes = NULL};
  sg_begin(&writer, SG_CREATED, 0, 0);
  sg_put_u32(&writer, inside->id);
  sg_end(&writer);
  (void)sg_flush(&writer, inside->stream); /* A worker that is gone is noticed by the agent. */
}

static int become_agent(struct inside *inside, struct sg_error *error) {
  struct arguments arguments = {.of = {(char *)(uintptr_t)"sandglass-agent"}, .count = 1};
  add_argument(&arguments, "--id", inside->id);
  add_argument(&arguments, "--uid", PROGRAM_ID);
  add_argument(&arguments, "--gid", PROGRAM_ID);
  if (pass_descriptors(inside, &arguments, error) != 0) return -1;
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return sg_fail(error, SG_STEP_EXEC_AGENT, errno, "unblock signals");
  char *environment[] = {NULL};
  announce(inside);
  (void)syscall(SYS_execveat, inside->agent, "", arguments.of, environment, AT_EMPTY_PATH);
  return sg_fail(error, SG_STEP_EXEC_AGENT, errno, "exec the agent");
}

_Noreturn void inside_run(struct inside *inside) {
  struct sg_error error;
  if (prepare(inside, &error) == 0) {
    if (inside->stream < 0) {
      tell(inside, INSIDE_TRIED, NULL);
      _exit(0);
    }
    (void)become_agent(inside, &error);
  }
  tell(inside, INSIDE_FAILED, &error);
  _exit(1);
}
