#include "sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "connection.h"
#include "mounts.h"
#include "spawn.h"

enum { START_SECONDS = 10 };

int sandboxes_init(struct sandboxes *sandboxes, uint32_t capacity, struct sg_error *error) {
  *sandboxes = (struct sandboxes){.of = calloc(capacity, sizeof(struct sandbox)), .free_slots = calloc(capacity, sizeof(uint32_t)), .capacity = capacity};
  if (sandboxes->of == NULL || sandboxes->free_slots == NULL) {
    sandboxes_free(sandboxes);
    return sg_fail(error, SG_STEP_OUT_OF_MEMORY, ENOMEM, "table of %u sandboxes", capacity);
  }
  return 0;
}

void sandboxes_free(struct sandboxes *sandboxes) {
  free(sandboxes->of);
  free(sandboxes->free_slots);
  *sandboxes = (struct sandboxes){.of = NULL};
}

static struct sandbox *take_slot(struct sandboxes *sandboxes) {
  uint32_t slot;
  if (sandboxes->free_count > 0)
    slot = sandboxes->free_slots[--sandboxes->free_count];
  else if (sandboxes->high < sandboxes->capacity)
    slot = sandboxes->high++;
  else
    return NULL;
  struct sandbox *sandbox = &sandboxes->of[slot];
  /* Zero is no id, also after the counter has gone round. */
  if (++sandboxes->next_id == 0) sandboxes->next_id = 1;
  *sandbox = (struct sandbox){.state = SANDBOX_STARTING, .id = sandboxes->next_id, .slot = slot, .pidfd = -1, .report = -1, .network = -1, .stream = -1};
  sandboxes->live++;
  sandboxes->starting++;
  return sandbox;
}

static void set_state(struct sandboxes *sandboxes, struct sandbox *sandbox, enum sandbox_state state) {
  sandboxes->starting -= sandbox->state == SANDBOX_STARTING;
  sandboxes->dead -= sandbox->state == SANDBOX_DEAD;
  sandbox->state = state;
  sandboxes->dead += state == SANDBOX_DEAD;
}

static int check_limits(const struct launcher *launcher, const struct limits *limits, struct sg_error *error) {
  /* To tmpfs and to the control groups, zero would mean "no bound". */
  if (limits->memory_bytes == 0 || limits->processes == 0 || limits->cpu_milli < 10 || limits->disk_bytes == 0 || limits->inodes == 0)
    return sg_fail(error, SG_STEP_CGROUP_LIMIT, EINVAL, "memory, processes, disk and inodes must be above 0 and cpu at least 10 thousandths of a core");
  if (limits->io_bytes_per_second != 0 && launcher->mechanisms.of[MECHANISM_IO].missing && (launcher->config.accepted & 1u << MECHANISM_IO) == 0)
    return sg_fail(error, SG_STEP_CGROUP_LIMIT, EOPNOTSUPP, "a disk rate was asked for, but %.90s", launcher->mechanisms.of[MECHANISM_IO].reason);
  return 0;
}

static struct limits applicable(const struct launcher *launcher, const struct limits *limits) {
  struct limits applied = *limits;
  if (launcher->mechanisms.of[MECHANISM_IO].missing) applied.io_bytes_per_second = 0;
  return applied;
}

/* The disk is the one of a machine that serves one run. */
static int take_disk(struct writable_disk *disk, const struct limits *limits, struct sg_error *error) {
  if (disk->reserved < 0) return 0;
  if (disk->is_used) return sg_fail(error, SG_STEP_TOO_MANY_SANDBOXES, EBUSY, "the launcher's disk has had its one sandbox");
  if (writable_disk_limit(disk, limits->disk_bytes, error) != 0) return -1;
  disk->is_used = true;
  return 0;
}

struct sandbox *sandbox_create(struct launcher *launcher, struct sandboxes *sandboxes, size_t image, const struct limits *limits, const char *hostname,
                               int stream, uint32_t owner, struct sg_error *error) {
  if (check_limits(launcher, limits, error) != 0 || take_disk(&launcher->disk, limits, error) != 0) return NULL;
  struct sandbox *sandbox = take_slot(sandboxes);
  if (sandbox == NULL) {
    sg_fail(error, SG_STEP_TOO_MANY_SANDBOXES, EAGAIN, "max-sandboxes is %u; destroy one or raise it", sandboxes->capacity);
    return NULL;
  }
  struct limits applied = applicable(launcher, limits);
  struct inside inside = {.id = sandbox->id, .limits = &applied, .hostname = hostname, .stream = stream};
  struct spawned spawned;
  int made = cgroup_create(&launcher->cgroups, sandbox->id, &applied, &inside.handles, error);
  if (made == 0) made = cpuset_admit(&launcher->cgroups, &launcher->cpusets, sandbox->id, error);
  if (made == 0) made = spawn(launcher, &inside, image, sandbox->slot, &spawned, error);
  cgroup_close_handles(&inside.handles);
  if (made != 0) {
    (void)cgroup_remove(&launcher->cgroups, sandbox->id);
    sandbox_release(sandboxes, sandbox);
    return NULL;
  }
  sandbox->pid = spawned.pid;
  sandbox->pidfd = spawned.pidfd;
  sandbox->report = spawned.report;
  sandbox->network = spawned.network;
  sandbox->stream = stream;
  sandbox->owner = owner;
  sandbox->deadline_ns = clock_after_ms(START_SECONDS * 1000);
  return sandbox;
}

struct sandbox *sandbox_find(const struct sandboxes *sandboxes, uint32_t id) {
  for (uint32_t i = 0; i < sandboxes->high; i++)
    if (sandboxes->of[i].id == id && sandboxes->of[i].state != SANDBOX_FREE) return &sandboxes->of[i];
  return NULL;
}

static void stop_listening(struct sandboxes *sandboxes, struct sandbox *sandbox) {
  sg_close(&sandbox->report);
  sg_close(&sandbox->stream);
  if (sandbox->state == SANDBOX_STARTING) set_state(sandboxes, sandbox, SANDBOX_LIVE);
}

/* A descriptor that comes along is its network namespace. */
static ssize_t receive_report(struct sandbox *sandbox, struct inside_report *report) {
  struct iovec part = {.iov_base = report, .iov_len = sizeof *report};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } rights;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof rights.bytes};
  ssize_t count = SG_EINTR(recvmsg(sandbox->report, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
  struct cmsghdr *header = count > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return count;
  sg_close(&sandbox->network);
  memcpy(&sandbox->network, CMSG_DATA(header), sizeof sandbox->network);
  return count;
}

void sandbox_read_report(struct sandboxes *sandboxes, struct sandbox *sandbox) {
  struct inside_report report;
  for (;;) {
    ssize_t count = receive_report(sandbox, &report);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count != sizeof report) break;
    if (report.word == INSIDE_ANNOUNCED) {
      sandbox->announced = true;
      continue;
    }
    connection_fault(sandbox->stream, &report.error);
    break;
  }
  stop_listening(sandboxes, sandbox);
}

void sandbox_kill(const struct sandbox *sandbox) {
  if (sandbox->pidfd >= 0) (void)syscall(SYS_pidfd_send_signal, sandbox->pidfd, SIGKILL, NULL, 0);
}

static int wait_status(const siginfo_t *info) {
  /* As waitpid(2) would give it. */
  if (info->si_code == CLD_EXITED) return (info->si_status & 0xff) << 8;
  return info->si_status | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

void sandbox_reap(struct launcher *launcher, struct sandboxes *sandboxes, struct sandbox *sandbox) {
  siginfo_t info = {.si_pid = 0};
  if (SG_EINTR(waitid(P_PIDFD, (id_t)sandbox->pidfd, &info, WEXITED | WNOHANG)) != 0 || info.si_pid == 0) return;
  sandbox->wait_status = wait_status(&info);
  if (sandbox->report >= 0) sandbox_read_report(sandboxes, sandbox);
  stop_listening(sandboxes, sandbox);
  sg_close(&sandbox->pidfd);
  networks_give_back(&launcher->networks, sandbox->network);
  sandbox->network = -1;
  cgroup_usage(&launcher->cgroups, sandbox->id, &sandbox->usage);
  set_state(sandboxes, sandbox, SANDBOX_DEAD);
}

bool sandbox_remove(const struct launcher *launcher, const struct sandbox *sandbox) { return cgroup_remove(&launcher->cgroups, sandbox->id); }

void sandbox_release(struct sandboxes *sandboxes, struct sandbox *sandbox) {
  set_state(sandboxes, sandbox, SANDBOX_FREE);
  sandboxes->live--;
  sandboxes->free_slots[sandboxes->free_count++] = sandbox->slot;
}

int sandbox_configure(const struct launcher *launcher, const struct sandbox *sandbox, const struct limits *limits, struct sg_error *error) {
  if (check_limits(launcher, limits, error) != 0) return -1;
  struct limits applied = applicable(launcher, limits);
  if (cgroup_limit(&launcher->cgroups, sandbox->id, &applied, error) != 0) return -1;
  if (launcher->disk.reserved >= 0) return writable_disk_limit(&launcher->disk, limits->disk_bytes, error);
  return mounts_resize(launcher->procfs, sandbox->pid, limits, error);
}
