/**
 * What the container as a whole may call: the programs' allow-list (`native/agent/seccomp_policy.c`, where each group has its reason; a test
 * compares the two), which the agent gets by with as well. Docker's own profile allows half as many again, `mount` and `unshare` among them for
 * those who gain the capability. The agent's filter follows on top, which looks at arguments.
 */
const ALLOWED = `
  read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 close close_range openat openat2 lseek fstat newfstatat statx
  statfs fstatfs faccessat faccessat2 readlinkat getdents64 getcwd chdir fchdir dup dup3 fcntl flock fsync fdatasync sync syncfs
  sync_file_range truncate ftruncate fallocate fadvise64 readahead mkdirat unlinkat linkat symlinkat renameat renameat2 fchmod fchmodat
  fchownat fchown utimensat umask mknodat copy_file_range sendfile splice tee vmsplice pipe2 setxattr lsetxattr fsetxattr getxattr
  lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr fchmodat2 open creat stat lstat access
  readlink getdents dup2 mkdir rmdir unlink link symlink rename chmod chown lchown utime utimes futimesat mknod pipe ppoll pselect6
  epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 eventfd2 timerfd_create timerfd_settime timerfd_gettime signalfd4 inotify_init1
  inotify_add_watch inotify_rm_watch nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday times getitimer setitimer
  timer_create timer_settime timer_gettime timer_getoverrun timer_delete poll select epoll_create epoll_wait eventfd signalfd inotify_init
  time alarm pause mmap munmap mprotect mremap madvise msync mincore brk mlock mlock2 munlock mlockall munlockall membarrier memfd_create
  pkey_mprotect pkey_alloc pkey_free remap_file_pages get_mempolicy set_mempolicy mbind execve execveat exit exit_group wait4 waitid
  gettid getpid getppid getpgid setpgid getsid setsid set_tid_address set_robust_list get_robust_list futex rseq pidfd_open
  pidfd_send_signal prctl futex_waitv fork vfork getpgrp arch_prctl kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigpending
  rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack restart_syscall sched_yield sched_getaffinity
  sched_setaffinity sched_getparam sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min
  sched_rr_get_interval sched_getattr sched_setattr getpriority setpriority getcpu ioprio_get ioprio_set getuid geteuid getgid getegid
  getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capget capset getrlimit
  setrlimit getrusage sysinfo uname getrandom bind connect listen accept accept4 getsockname getpeername sendto recvfrom sendmsg recvmsg
  sendmmsg recvmmsg shutdown setsockopt getsockopt shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
  mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr seccomp landlock_create_ruleset landlock_add_rule
  landlock_restrict_self clone socket socketpair ioctl personality prlimit64
`
  .trim()
  .split(/\s+/);

const ENOSYS = 38;

/** The profile in the form that `--security-opt seccomp=` takes. What is not listed does not exist, as within the agent's filter. */
export const SECCOMP_PROFILE = JSON.stringify({
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: ENOSYS,
  archMap: [
    {architecture: 'SCMP_ARCH_X86_64', subArchitectures: []},
    {architecture: 'SCMP_ARCH_AARCH64', subArchitectures: []},
  ],
  syscalls: [{names: ALLOWED, action: 'SCMP_ACT_ALLOW'}],
});

/** The names in it. */
export const ALLOWED_CALLS: readonly string[] = ALLOWED;
