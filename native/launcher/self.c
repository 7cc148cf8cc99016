#include "self.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cleanup.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

int self_begin(sigset_t *signals, struct sg_error *error) {
  if (clearenv() != 0) return sg_fail(error, SG_STEP_CONFIG, errno, "clear the environment");
  (void)umask(077);
  if (syscall(SYS_close_range, 3u, ~0u, 0) != 0) return sg_fail(error, SG_STEP_PASS_DESCRIPTORS, errno, "close inherited descriptors (Linux 5.12 is needed)");
  sigemptyset(signals);
  sigaddset(signals, SIGTERM);
  sigaddset(signals, SIGINT);
  sigaddset(signals, SIGHUP);
  if (sigprocmask(SIG_SETMASK, signals, NULL) != 0) return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "block signals");
  /* Only root may ask for that (proc(5)); without it the kernel may kill the launcher first, which ends its sandboxes too. */
  (void)cgroup_write(AT_FDCWD, "/proc/self/oom_score_adj", "-900");
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return sg_fail(error, SG_STEP_CONFIG, errno, "read the descriptor limit");
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) return sg_fail(error, SG_STEP_CONFIG, errno, "raise the descriptor limit");
  return 0;
}

int self_watch_parent(struct sg_error *error) {
  pid_t parent = getppid();
  int pidfd = (int)syscall(SYS_pidfd_open, parent, 0);
  /* Had it ended in between, we would have a new parent. */
  if (pidfd >= 0 && getppid() == parent) return pidfd;
  return sg_fail(error, SG_STEP_PARENT_GONE, pidfd < 0 ? errno : ESRCH, "watch the parent process %d", (int)parent);
}

static int make_memory_file(void) {
  int fd = memfd_create("sandglass-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  /* Before Linux 6.3 there is no MFD_EXEC, and every such file may be executed. */
  if (fd < 0 && errno == EINVAL) fd = memfd_create("sandglass-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd;
}

int self_copy_program(const char *path, struct sg_error *error) {
  cleanup_fd int program = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (program < 0 || fstat(program, &status) != 0) return sg_fail(error, SG_STEP_EXEC_AGENT, errno, "open the agent %s; build it with: make -C native", path);
  cleanup_fd int copy = make_memory_file();
  if (copy < 0) return sg_fail(error, SG_STEP_EXEC_AGENT, errno, "make a memory file (vm.memfd_noexec must be 0 or 1)");
  for (off_t left = status.st_size; left > 0;) {
    ssize_t count = SG_EINTR(sendfile(copy, program, NULL, (size_t)left));
    if (count <= 0) return sg_fail(error, SG_STEP_EXEC_AGENT, count < 0 ? errno : EIO, "copy the agent %s", path);
    left -= count;
  }
  if (fchmod(copy, 0555) != 0 || fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return sg_fail(error, SG_STEP_EXEC_AGENT, errno, "seal the agent's copy");
  return sg_steal_fd(&copy);
}

int self_reduce(bool separate_ids, struct sg_error *error) {
  /* Namespaces and mounts; entering an image; id maps of others. Over its sandboxes' own namespaces the launcher has every right as their
   * maker (user_namespaces(7)), so killing and resizing them need none. */
  uint32_t kept = 1u << CAP_SYS_ADMIN | 1u << CAP_SYS_CHROOT | 1u << CAP_SETUID | 1u << CAP_SETGID;
  /* Giving sandboxes our own id, the only one there is, means mapping root of our user namespace, which takes this one (user_namespaces(7)). */
  if (!separate_ids) kept |= 1u << CAP_SETFCAP;
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{.effective = kept, .permitted = kept}, {.effective = 0}};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "set no_new_privs");
  if (syscall(SYS_capset, &header, data) != 0) return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "reduce the launcher to 0x%x", kept);
  return 0;
}
