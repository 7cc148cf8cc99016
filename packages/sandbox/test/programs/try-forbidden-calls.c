/* Asks the kernel for what no program in a sandbox may have; prints the name of every call that was not refused, then "done". */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void expect_refusal(const char *name, long result) {
  if (result >= 0) printf("%s was allowed\n", name);
}

int main(void) {
  static const int NAMESPACES[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP};
  for (size_t i = 0; i < sizeof NAMESPACES / sizeof *NAMESPACES; i++) {
    expect_refusal("unshare", unshare(NAMESPACES[i]));
    long child = syscall(SYS_clone, NAMESPACES[i] | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    expect_refusal("clone with a namespace", child);
  }
  struct { unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; } clone_args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  long child = syscall(SYS_clone3, &clone_args, sizeof clone_args);
  if (child == 0) _exit(0);
  expect_refusal("clone3 with a namespace", child);
  expect_refusal("mount", mount("none", "/tmp", "tmpfs", 0, ""));
  expect_refusal("remount", mount("none", "/", NULL, MS_REMOUNT | MS_BIND, ""));
  expect_refusal("umount", umount2("/tmp", MNT_DETACH));
  expect_refusal("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  expect_refusal("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
  expect_refusal("pivot_root", syscall(SYS_pivot_root, "/", "/"));
  expect_refusal("chroot", chroot("/"));
  expect_refusal("setns", syscall(SYS_setns, 0, 0));
  expect_refusal("ptrace of PID 1", ptrace(PTRACE_ATTACH, 1, 0, 0));
  expect_refusal("ptrace of oneself", ptrace(PTRACE_TRACEME, 0, 0, 0));
  expect_refusal("signal 0 to PID 1", kill(1, 0));
  expect_refusal("SIGKILL to PID 1", kill(1, SIGKILL));
  expect_refusal("process_vm_readv", syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0));
  expect_refusal("kcmp", syscall(SYS_kcmp, 1, 1, 0, 0, 0));
  expect_refusal("bpf", syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0));
  struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event};
  expect_refusal("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
  expect_refusal("userfaultfd", syscall(SYS_userfaultfd, 0));
  char room[128] = {0};
  expect_refusal("io_uring_setup", syscall(SYS_io_uring_setup, 1, room));
  expect_refusal("keyctl", syscall(SYS_keyctl, 0, -3, 1));
  expect_refusal("add_key", syscall(SYS_add_key, "user", "a", "b", 1, -3));
  expect_refusal("request_key", syscall(SYS_request_key, "user", "a", NULL, -3));
  expect_refusal("init_module", syscall(SYS_init_module, room, 0, ""));
  expect_refusal("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
  expect_refusal("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
  expect_refusal("swapon", syscall(SYS_swapon, "/work/x", 0));
  expect_refusal("settimeofday", syscall(SYS_settimeofday, NULL, NULL) == 0 ? syscall(SYS_clock_settime, 0, room) : -1);
  expect_refusal("sethostname", sethostname("x", 1));
  expect_refusal("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, room, 0));
  expect_refusal("mknod of a device", mknod("device", S_IFBLK | 0666, makedev(8, 0)));
  expect_refusal("setuid to root", setuid(0));
  expect_refusal("setgid to root", setgid(0));
  expect_refusal("a raw socket", socket(AF_INET, SOCK_RAW, 1));
  expect_refusal("a packet socket", socket(AF_PACKET, SOCK_RAW, 0));
  expect_refusal("syslog", syscall(SYS_syslog, 3, room, sizeof room));
  expect_refusal("TIOCSTI", ioctl(0, TIOCSTI, "x"));
  expect_refusal("acct", syscall(SYS_acct, "/work/x"));
  expect_refusal("iopl", syscall(SYS_iopl, 3));
  expect_refusal("a file on the root", open("/new", O_CREAT | O_WRONLY, 0644));
  expect_refusal("a file in /usr", open("/usr/new", O_CREAT | O_WRONLY, 0644));
  expect_refusal("a file in /dev", open("/dev/new", O_CREAT | O_WRONLY, 0644));
  puts("done");
  return 0;
}
