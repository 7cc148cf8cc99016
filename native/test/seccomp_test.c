#include "seccomp.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static char page[4096];

/* What a call returns in a child behind the filter: its errno, 0 for success, 1000 + signal when it kills. */
static int attempt(long (*call)(void)) {
  struct sg_error error;
  pid_t pid = fork();
  if (pid == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || seccomp_apply(&error) != 0) _exit(200);
    errno = 0;
    long result = call();
    _exit(result < 0 ? errno : 0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define CALL(name, expression) \
  static long name(void) { return (long)(expression); }

CALL(call_read, read(-1, page, 1))
CALL(call_mmap, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0)
CALL(call_unix, socket(AF_UNIX, SOCK_STREAM, 0))
CALL(call_inet, socket(AF_INET, SOCK_STREAM, 0))
CALL(call_route, socket(AF_NETLINK, SOCK_RAW, 0))
CALL(call_pair, socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)page))
CALL(call_fork, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))
CALL(call_persona, syscall(SYS_personality, 0xffffffffu))
CALL(call_aslr, syscall(SYS_personality, 0x40000))
CALL(call_memfd, memfd_create("x", 0))
CALL(call_prctl, prctl(PR_SET_NAME, "x"))
CALL(call_limit, syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, page))
CALL(call_limit_of_agent, syscall(SYS_prlimit64, 1, RLIMIT_NOFILE, 0, page))
CALL(call_mount_attr, syscall(SYS_mount_setattr, -1, "", 0, page, 32))

CALL(call_mount, syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, ""))
CALL(call_umount, syscall(SYS_umount2, "/proc", 0))
CALL(call_unshare, unshare(CLONE_NEWUSER))
CALL(call_setns, syscall(SYS_setns, 0, 0))
CALL(call_ptrace, syscall(SYS_ptrace, 0, 0, 0, 0))
CALL(call_vm_readv, syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0))
CALL(call_bpf, syscall(SYS_bpf, BPF_MAP_CREATE, page, sizeof page))
CALL(call_perf, syscall(SYS_perf_event_open, page, 0, -1, -1, 0))
CALL(call_uffd, syscall(SYS_userfaultfd, 0))
CALL(call_keyctl, syscall(SYS_keyctl, 0, -3, 1))
CALL(call_add_key, syscall(SYS_add_key, "user", "a", "b", 1, -3))
CALL(call_handle, syscall(SYS_open_by_handle_at, -1, page, 0))
CALL(call_module, syscall(SYS_init_module, page, 1, ""))
CALL(call_kexec, syscall(SYS_kexec_load, 0, 0, 0, 0))
CALL(call_reboot, syscall(SYS_reboot, 0, 0, 0, 0))
CALL(call_swap, syscall(SYS_swapon, "/tmp/x", 0))
CALL(call_pivot, syscall(SYS_pivot_root, "/tmp", "/tmp"))
CALL(call_chroot, chroot("/tmp"))
CALL(call_time, syscall(SYS_settimeofday, page, 0))
CALL(call_fsopen, syscall(SYS_fsopen, "tmpfs", 0))
CALL(call_getfd, syscall(SYS_pidfd_getfd, 0, 0, 0))
CALL(call_clone_user, syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))
CALL(call_clone_net, syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0))
CALL(call_tiocsti, ioctl(0, TIOCSTI, page))
CALL(call_tioclinux, ioctl(0, TIOCLINUX, page))
CALL(call_read_implies_exec, syscall(SYS_personality, 0x0400000))

CALL(call_clone3, syscall(SYS_clone3, page, 64))
CALL(call_uring, syscall(SYS_io_uring_setup, 8, page))
CALL(call_future, syscall(4000))
CALL(call_vsock, socket(AF_VSOCK, SOCK_STREAM, 0))
CALL(call_packet, socket(AF_PACKET, SOCK_RAW, 0))
CALL(call_alg, socket(AF_ALG, SOCK_SEQPACKET, 0))
CALL(call_audit, socket(AF_NETLINK, SOCK_RAW, 9))
CALL(call_inet_pair, socketpair(AF_INET, SOCK_STREAM, 0, (int *)page))
#if defined(__x86_64__)
CALL(call_x32, syscall(0x40000000 | SYS_getpid))
static long call_32_bit(void) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory"); /* getpid of i386 */
  return result;
}
#endif

struct row {
  const char *title;
  long (*call)(void);
  int expected;
};

static void check_rows(const struct row *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char title[160];
    int got = attempt(rows[i].call);
    (void)snprintf(title, sizeof title, "%s gives %d (%s)", rows[i].title, rows[i].expected, got == rows[i].expected ? "as it should" : strerror(got));
    CHECK(got == rows[i].expected, title);
  }
}

int main(void) {
  struct sg_error error;
  struct sock_fprog filter;
  CHECK(seccomp_build(&filter, &error) == 0, "the filter is built: no call is listed twice");
  CHECK(filter.len < 400, "as a search, not as a list");
  static const struct row ordinary[] = {
      {"read", call_read, EBADF}, {"mmap", call_mmap, 0}, {"a local socket", call_unix, 0}, {"an internet socket", call_inet, 0}, {"routing netlink", call_route, 0},
      {"a local socket pair", call_pair, 0}, {"fork by clone", call_fork, 0}, {"asking the personality", call_persona, 0}, {"no address randomisation", call_aslr, 0},
      {"memfd_create", call_memfd, 0}, {"prctl", call_prctl, 0},
      {"asking its own limits", call_limit, 0},
  };
  static const struct row refused[] = {
      {"mount", call_mount, EPERM}, {"umount", call_umount, EPERM}, {"unshare", call_unshare, EPERM}, {"setns", call_setns, EPERM}, {"ptrace", call_ptrace, EPERM},
      {"process_vm_readv", call_vm_readv, EPERM}, {"bpf", call_bpf, EPERM}, {"perf_event_open", call_perf, EPERM}, {"userfaultfd", call_uffd, EPERM},
      {"keyctl", call_keyctl, EPERM}, {"add_key", call_add_key, EPERM}, {"open_by_handle_at", call_handle, EPERM}, {"init_module", call_module, EPERM},
      {"kexec_load", call_kexec, EPERM}, {"reboot", call_reboot, EPERM}, {"swapon", call_swap, EPERM}, {"pivot_root", call_pivot, EPERM}, {"chroot", call_chroot, EPERM},
      {"settimeofday", call_time, EPERM}, {"fsopen", call_fsopen, EPERM}, {"pidfd_getfd", call_getfd, EPERM}, {"clone into a user namespace", call_clone_user, EPERM},
      {"clone into a network namespace", call_clone_net, EPERM}, {"TIOCSTI", call_tiocsti, EPERM}, {"TIOCLINUX", call_tioclinux, EPERM},
      {"READ_IMPLIES_EXEC", call_read_implies_exec, EPERM},
      {"the limits of the agent", call_limit_of_agent, EPERM}, {"mount_setattr", call_mount_attr, EPERM},
  };
  static const struct row unknown[] = {
      {"clone3", call_clone3, ENOSYS}, {"io_uring_setup", call_uring, ENOSYS}, {"a call of the future", call_future, ENOSYS}, {"vsock", call_vsock, EAFNOSUPPORT},
      {"a packet socket", call_packet, EAFNOSUPPORT}, {"AF_ALG", call_alg, EAFNOSUPPORT}, {"audit netlink", call_audit, EAFNOSUPPORT},
      {"an internet socket pair", call_inet_pair, EAFNOSUPPORT},
#if defined(__x86_64__)
      {"an x32 call", call_x32, 1000 + SIGSYS}, {"a 32-bit call", call_32_bit, 1000 + SIGSYS},
#endif
  };
  check_rows(ordinary, sizeof ordinary / sizeof *ordinary);
  check_rows(refused, sizeof refused / sizeof *refused);
  check_rows(unknown, sizeof unknown / sizeof *unknown);
  free(filter.filter);
  return TAP_END();
}
