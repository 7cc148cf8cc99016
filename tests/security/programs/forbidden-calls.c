#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
static int allowed;
static void expect_refused(const char *what, long result) {
  if (result >= 0) { printf("ALLOWED %s\n", what); allowed++; }
}
int main(void) {
  static char page[4096];
  expect_refused("mount", mount("none", "/tmp", "tmpfs", 0, ""));
  expect_refused("umount", umount2("/proc", MNT_DETACH));
  expect_refused("unshare user", unshare(CLONE_NEWUSER));
  expect_refused("unshare mount", unshare(CLONE_NEWNS));
  expect_refused("clone new user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  expect_refused("setns", setns(0, 0));
  expect_refused("ptrace init", ptrace(PTRACE_ATTACH, 1, 0, 0));
  expect_refused("process_vm_readv", syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0));
  expect_refused("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, page, sizeof page));
  expect_refused("perf_event_open", syscall(SYS_perf_event_open, page, 0, -1, -1, 0));
  expect_refused("userfaultfd", syscall(SYS_userfaultfd, 0));
  expect_refused("io_uring_setup", syscall(SYS_io_uring_setup, 8, page));
  expect_refused("keyctl", syscall(SYS_keyctl, 0, -3, 1));
  expect_refused("add_key", syscall(SYS_add_key, "user", "a", "b", 1, -3));
  expect_refused("open_by_handle_at", syscall(SYS_open_by_handle_at, -1, page, 0));
  expect_refused("name_to_handle_at", syscall(SYS_name_to_handle_at, -100, "/", page, page, 0));
  expect_refused("init_module", syscall(SYS_init_module, page, 1, ""));
  expect_refused("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  expect_refused("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, 0));
  expect_refused("swapon", syscall(SYS_swapon, "/tmp/x", 0));
  expect_refused("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  expect_refused("chroot", chroot("/tmp"));
  expect_refused("settimeofday", syscall(SYS_settimeofday, page, 0));
  expect_refused("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  expect_refused("open_tree", syscall(SYS_open_tree, -100, "/", 1));
  expect_refused("pidfd_getfd", syscall(SYS_pidfd_getfd, 0, 0, 0));
  expect_refused("socket vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  expect_refused("socket packet", socket(AF_PACKET, SOCK_RAW, 0));
  expect_refused("socket alg", socket(38, SOCK_SEQPACKET, 0));
  expect_refused("raw socket", socket(AF_INET, SOCK_RAW, 1));
  char c = 'x';
  expect_refused("TIOCSTI", ioctl(0, 0x5412, &c));
  expect_refused("setuid 0", setuid(0));
  expect_refused("personality", syscall(SYS_personality, 0x0400000));
  printf("allowed: %d\n", allowed);
  return allowed != 0;
}
