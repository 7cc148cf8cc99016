/* The filter is installed once, in the agent, before any program is there, and every program inherits it: installing costs the kernel some
 * hundred microseconds that no run has to wait for, and the agent itself is held to the same calls.
 *
 * A foreign architecture kills. Then a binary search over runs of neighbouring calls with the same verdict: a few comparisons for any call,
 * where a list would take hundreds. (The kernel also remembers which calls are allowed whatever their arguments, since 5.11.) */
#include "seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp_policy.h"

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "The seccomp filter is written for x86_64 and aarch64"
#endif

/* Both kernels number below this; a higher one falls to the last run, which is VERDICT_UNKNOWN. */
enum { NUMBERS = 512, LONGEST_JUMP = 255, FIRST_PROCESS = 1 };

/* CLONE_NEWTIME (0x80) is not among them: for clone(2) that bit belongs to the signal. */
enum { NAMESPACE_FLAGS = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET };

#define DATA(field) ((uint32_t)offsetof(struct seccomp_data, field))
#define ARGUMENT(n) ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * (n))) /* low half: both architectures are little-endian */
#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset)))
#define RETURN(value) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (value)))
#define JUMP(distance) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (distance)))
#define IF_EQUAL(value, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), (yes), (no)))
#define IF_SET(bits, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), (yes), (no)))
#define IF_AT_LEAST(value, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)(value), (yes), (no)))
#define REFUSE(number) RETURN(SECCOMP_RET_ERRNO | (number))
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct sock_filter head[] = {
    LOAD(DATA(arch)),
    IF_EQUAL(NATIVE_ARCH, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(DATA(nr)),
#if defined(__x86_64__)
    /* x32 numbers reach the same kernel functions under other numbers. */
    IF_AT_LEAST(0x40000000, 0, 1),
    RETURN(SECCOMP_RET_KILL_PROCESS),
#endif
};

static const struct sock_filter unknown[] = {REFUSE(ENOSYS)};
static const struct sock_filter allow[] = {ALLOW};
static const struct sock_filter refuse[] = {REFUSE(EPERM)};

/* clone(flags, …): no new namespace. */
static const struct sock_filter check_clone[] = {
    LOAD(ARGUMENT(0)),
    IF_SET(NAMESPACE_FLAGS, 0, 1),
    REFUSE(EPERM),
    ALLOW,
};

/* socket(domain, type, protocol): local, internet, and routing netlink (interface lists of libc, Node and the JVM). */
static const struct sock_filter check_socket[] = {
    LOAD(ARGUMENT(0)),          IF_EQUAL(AF_UNIX, 5, 0), IF_EQUAL(AF_INET, 4, 0),       IF_EQUAL(AF_INET6, 3, 0),
    IF_EQUAL(AF_NETLINK, 0, 3), LOAD(ARGUMENT(2)),       IF_EQUAL(NETLINK_ROUTE, 0, 1), ALLOW,
    REFUSE(EAFNOSUPPORT),
};

/* socketpair(domain, …): local only. */
static const struct sock_filter check_socketpair[] = {
    LOAD(ARGUMENT(0)),
    IF_EQUAL(AF_UNIX, 0, 1),
    ALLOW,
    REFUSE(EAFNOSUPPORT),
};

/* setsockopt(fd, level, name, …): no group of a network is joined. The loopback device has none, and what the kernel reports about one that was left
 * comes seconds later, into a network that may be another sandbox's by then. */
static const struct sock_filter check_setsockopt[] = {
    LOAD(ARGUMENT(1)),
    IF_EQUAL(IPPROTO_IPV6, 6, 0),
    IF_EQUAL(IPPROTO_IP, 0, 10),
    LOAD(ARGUMENT(2)),
    IF_EQUAL(IP_ADD_MEMBERSHIP, 9, 0),
    IF_EQUAL(IP_ADD_SOURCE_MEMBERSHIP, 8, 0),
    IF_EQUAL(MCAST_JOIN_GROUP, 7, 0),
    IF_EQUAL(MCAST_JOIN_SOURCE_GROUP, 6, 5),
    LOAD(ARGUMENT(2)),
    IF_EQUAL(IPV6_JOIN_GROUP, 4, 0),
    IF_EQUAL(IPV6_JOIN_ANYCAST, 3, 0),
    IF_EQUAL(MCAST_JOIN_GROUP, 2, 0),
    IF_EQUAL(MCAST_JOIN_SOURCE_GROUP, 1, 0),
    ALLOW,
    REFUSE(ENODEV),
};

/* ioctl(fd, request, …): no typing into terminals, no console tricks. The kernel looks at the low half of the request only. */
static const struct sock_filter check_ioctl[] = {
    LOAD(ARGUMENT(1)), IF_EQUAL(TIOCSTI, 2, 0), IF_EQUAL(TIOCLINUX, 1, 0), ALLOW, REFUSE(EPERM),
};

/* personality(persona): asking, resetting, and switching address randomisation off (debuggers, sanitizers). */
static const struct sock_filter check_personality[] = {
    LOAD(ARGUMENT(0)), IF_EQUAL(0xffffffff, 2, 0), IF_EQUAL(ADDR_NO_RANDOMIZE, 1, 0), IF_EQUAL(PER_LINUX, 0, 1), ALLOW, REFUSE(EPERM),
};

/* prlimit64(pid, …): not the agent's, which a program of the same user id (one mapped id) could choke. */
static const struct sock_filter check_prlimit[] = {
    LOAD(ARGUMENT(0)),
    IF_EQUAL(FIRST_PROCESS, 0, 1),
    REFUSE(EPERM),
    ALLOW,
};

enum verdict {
  VERDICT_UNKNOWN,
  VERDICT_ALLOW,
  VERDICT_REFUSE,
  VERDICT_CLONE,
  VERDICT_SOCKET,
  VERDICT_SOCKETPAIR,
  VERDICT_SETSOCKOPT,
  VERDICT_IOCTL,
  VERDICT_PERSONALITY,
  VERDICT_PRLIMIT,
};

struct block {
  const struct sock_filter *code;
  size_t length;
};

#define BLOCK(array) \
  { array, COUNT(array) }

/* What to run once the number is known, by verdict. */
static const struct block blocks[] = {
    [VERDICT_UNKNOWN] = BLOCK(unknown),       [VERDICT_ALLOW] = BLOCK(allow),
    [VERDICT_REFUSE] = BLOCK(refuse),         [VERDICT_CLONE] = BLOCK(check_clone),
    [VERDICT_SOCKET] = BLOCK(check_socket),   [VERDICT_SOCKETPAIR] = BLOCK(check_socketpair),
    [VERDICT_IOCTL] = BLOCK(check_ioctl),     [VERDICT_PERSONALITY] = BLOCK(check_personality),
    [VERDICT_PRLIMIT] = BLOCK(check_prlimit), [VERDICT_SETSOCKOPT] = BLOCK(check_setsockopt),
};

static const struct {
  int number;
  enum verdict verdict;
} checked[] = {
    {SYS_setsockopt, VERDICT_SETSOCKOPT},
    {SYS_clone, VERDICT_CLONE}, {SYS_socket, VERDICT_SOCKET},           {SYS_socketpair, VERDICT_SOCKETPAIR},
    {SYS_ioctl, VERDICT_IOCTL}, {SYS_personality, VERDICT_PERSONALITY}, {SYS_prlimit64, VERDICT_PRLIMIT},
};

/* Neighbouring numbers with the same verdict, from `first` up to the next run. */
struct run {
  uint32_t first;
  enum verdict verdict;
};

/* A call listed twice would be a slip in the lists: which entry should hold? */
static int note_verdict(uint8_t verdicts[NUMBERS], int number, enum verdict verdict, struct sg_error *error) {
  if (number < 0 || number >= NUMBERS || verdicts[number] != VERDICT_UNKNOWN)
    return sg_fail(error, SG_STEP_SECCOMP, EINVAL, "system call %d is listed twice or out of range", number);
  verdicts[number] = (uint8_t)verdict;
  return 0;
}

static int collect_verdicts(uint8_t verdicts[NUMBERS], struct sg_error *error) {
  for (size_t i = 0; i < seccomp_allowed_count; i++)
    if (note_verdict(verdicts, seccomp_allowed[i], VERDICT_ALLOW, error) != 0) return -1;
  for (size_t i = 0; i < seccomp_refused_count; i++)
    if (note_verdict(verdicts, seccomp_refused[i], VERDICT_REFUSE, error) != 0) return -1;
  for (size_t i = 0; i < COUNT(checked); i++)
    if (note_verdict(verdicts, checked[i].number, checked[i].verdict, error) != 0) return -1;
  return 0;
}

/* The last run reaches to the largest number there is. */
static size_t collect_runs(const uint8_t verdicts[NUMBERS], struct run *runs) {
  size_t count = 0;
  for (uint32_t number = 0; number < NUMBERS; number++)
    if (count == 0 || runs[count - 1].verdict != (enum verdict)verdicts[number])
      runs[count++] = (struct run){.first = number, .verdict = (enum verdict)verdicts[number]};
  if (runs[count - 1].verdict != VERDICT_UNKNOWN) runs[count++] = (struct run){.first = NUMBERS, .verdict = VERDICT_UNKNOWN};
  return count;
}

/* Writes the search over runs[0..count) to `out`, or only measures it when that is NULL. Returns its length. */
static size_t emit_search(const struct run *runs, size_t count, struct sock_filter *out) {
  if (count == 1) {
    const struct block *block = &blocks[runs[0].verdict];
    for (size_t i = 0; out != NULL && i < block->length; i++) out[i] = block->code[i];
    return block->length;
  }
  size_t half = count / 2;
  size_t lower = emit_search(runs, half, NULL);
  /* Conditional jumps reach 255 instructions; further ones go by an unconditional jump. */
  size_t branch = lower <= LONGEST_JUMP ? 1 : 2;
  size_t upper = emit_search(runs + half, count - half, out == NULL ? NULL : out + branch + lower);
  if (out != NULL) {
    out[0] = branch == 1 ? IF_AT_LEAST(runs[half].first, (uint8_t)lower, 0) : IF_AT_LEAST(runs[half].first, 0, 1);
    if (branch == 2) out[1] = JUMP((uint32_t)lower);
    emit_search(runs, half, out + branch);
  }
  return branch + lower + upper;
}

int seccomp_build(struct sock_fprog *program, struct sg_error *error) {
  uint8_t verdicts[NUMBERS] = {VERDICT_UNKNOWN};
  struct run runs[NUMBERS + 1];
  if (collect_verdicts(verdicts, error) != 0) return -1;
  size_t count = collect_runs(verdicts, runs);
  size_t length = COUNT(head) + emit_search(runs, count, NULL);
  if (length > BPF_MAXINSNS) return sg_fail(error, SG_STEP_SECCOMP, E2BIG, "%zu instructions, the kernel takes %d", length, BPF_MAXINSNS);
  struct sock_filter *filter = calloc(length, sizeof *filter);
  if (filter == NULL) return sg_fail(error, SG_STEP_SECCOMP, ENOMEM, "%zu instructions", length);
  for (size_t i = 0; i < COUNT(head); i++) filter[i] = head[i];
  emit_search(runs, count, filter + COUNT(head));
  *program = (struct sock_fprog){.len = (unsigned short)length, .filter = filter};
  return 0;
}

int seccomp_apply(struct sg_error *error) {
  struct sock_fprog program;
  if (seccomp_build(&program, error) != 0) return -1;
  long refused = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  if (refused != 0) sg_fail(error, SG_STEP_SECCOMP, errno, "a filter of %u instructions", program.len);
  free(program.filter);
  return refused == 0 ? 0 : -1;
}
