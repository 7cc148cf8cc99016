/* The library that makes a runtime wait for its program. The dynamic linker loads it into an interpreter that is started before there is a
 * program (agent/primed.h). The interpreter starts as it always does; at the first call that names the program's file, the library tells the
 * agent and waits. When the agent says go, the limits of the program are set and that very call is made. So nothing of a start is imitated:
 * what a program finds is what the runtime itself has made, and what it has not read yet cannot matter.
 *
 * Nothing of it shows: the variable that had it loaded is taken out of the environment before the runtime reads that, the line to the agent is
 * closed before the program begins, the memory map does not name it, and from then on each of the functions below is one comparison and the C library's own.
 *
 * Until the go only the runtime's own code runs here, so the library may be relied on; afterwards nobody listens to it any more. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "prime.h"
#include "program_limit.h"
#include "start_report.h"
#include "steps.h"

#define EXPORTED __attribute__((visibility("default")))

enum { FAILED_EXIT_CODE = 127 };

/* HOLDING: a thread waits for the go, others that come to a path wait for it. PASSING: nothing is watched any more. */
enum state { PASSING = 0, WATCHING = 1, HOLDING = 2 };

static _Atomic uint32_t state;
static pid_t owner;
static char paths[SG_PRIME_PATHS_BYTES];
static size_t paths_bytes;

/* The variable stands last in a block that the agent made, so the variables before it stay where they are. */
static void take_out_of_environment(char **environment) {
  static const char NAME[] = "LD_PRELOAD=";
  for (char **entry = environment; *entry != NULL; entry++) {
    if (strncmp(*entry, NAME, sizeof NAME - 1) != 0 || entry[1] != NULL) continue;
    memset(*entry, 0, strlen(*entry));
    *entry = NULL;
    return;
  }
}

static bool is_socket(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int protection(ElfW(Word) flags) {
  return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

/* Puts a copy in anonymous memory in the place of one segment, all at once: this very code may be in it. */
static void forget_file_of(uintptr_t start, uintptr_t end, int flags) {
  size_t bytes = end - start;
  void *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) return;
  memcpy(copy, (const void *)start, bytes);
  if (mprotect(copy, bytes, flags) != 0 || mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)start) == MAP_FAILED) munmap(copy, bytes);
}

/* Takes the library's name out of the process's memory map (/proc/PID/maps): a start by hand has no such file in it. Where the host forbids it,
 * the name stays, and nothing else is different. */
static void forget_file(void) {
  extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden"))); /* defined by the linker */
  uintptr_t base = (uintptr_t)&__ehdr_start, page = (uintptr_t)sysconf(_SC_PAGESIZE), behind = 0;
  const ElfW(Phdr) *header = (const ElfW(Phdr) *)(base + __ehdr_start.e_phoff);
  for (const ElfW(Phdr) *end = header + __ehdr_start.e_phnum; header < end; header++) {
    if (header->p_type != PT_LOAD) continue;
    uintptr_t start = (base + header->p_vaddr) & ~(page - 1);
    /* What lies between two segments was mapped from the file as well, and is nobody's. */
    if (behind != 0 && start > behind) (void)mmap((void *)behind, start - behind, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    behind = (base + header->p_vaddr + header->p_memsz + page - 1) & ~(page - 1);
    forget_file_of(start, behind, protection(header->p_flags));
  }
}

__attribute__((constructor)) static void begin(int argc, char **argv, char **environment) {
  (void)argc;
  (void)argv;
  if (!is_socket(SG_PRIME_FD)) return;
  take_out_of_environment(environment);
  ssize_t count = recv(SG_PRIME_FD, paths, sizeof paths, 0);
  if (count <= 0 || fcntl(SG_PRIME_FD, F_SETFD, FD_CLOEXEC) != 0) _exit(FAILED_EXIT_CODE);
  forget_file();
  paths_bytes = (size_t)count;
  owner = getpid();
  atomic_store(&state, WATCHING);
}

static bool is_watched(const char *path) {
  for (size_t at = 0; at < paths_bytes; at += strlen(paths + at) + 1)
    if (strcmp(paths + at, path) == 0) return true;
  return false;
}

static _Noreturn void fail(int err) {
  struct start_report report = {.at_ns = clock_now_ns(), .step = SG_STEP_RLIMIT, .err = err};
  (void)send(SG_PRIME_FD, &report, sizeof report, MSG_NOSIGNAL);
  _exit(FAILED_EXIT_CODE);
}

/* Without its agent a runtime has nothing to wait for. */
static void wait_for_go(void) {
  const char ready = SG_PRIME_READY;
  struct prime_go go;
  if (send(SG_PRIME_FD, &ready, 1, MSG_NOSIGNAL) != 1) _exit(FAILED_EXIT_CODE);
  ssize_t count;
  do count = recv(SG_PRIME_FD, &go, sizeof go, 0);
  while (count < 0 && errno == EINTR);
  if (count != sizeof go || go.limit_count > SG_PRIME_LIMITS) _exit(FAILED_EXIT_CODE);
  for (uint32_t i = 0; i < go.limit_count; i++)
    if (program_limit_set(&go.limits[i]) != 0) fail(errno);
  struct start_report report = {.at_ns = clock_now_ns(), .step = SG_STEP_DONE};
  if (send(SG_PRIME_FD, &report, sizeof report, MSG_NOSIGNAL) != sizeof report) _exit(FAILED_EXIT_CODE);
  close(SG_PRIME_FD);
}

static void hold(void) {
  uint32_t expected = WATCHING;
  if (atomic_compare_exchange_strong(&state, &expected, HOLDING)) {
    wait_for_go();
    atomic_store(&state, PASSING);
    syscall(SYS_futex, &state, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
  } else {
    while (atomic_load(&state) == HOLDING) syscall(SYS_futex, &state, FUTEX_WAIT_PRIVATE, HOLDING, NULL, NULL, 0);
  }
}

static void note(const char *path) {
  if (atomic_load_explicit(&state, memory_order_relaxed) == PASSING || path == NULL || !is_watched(path)) return;
  int before = errno;
  /* A child that the runtime forked shares the line to the agent, and is not the one that is meant. */
  if (getpid() == owner) hold();
  errno = before;
}

/* ---- the calls that name a file ---- */

/* The definition that would have been called without this library. */
#define NEXT(name)                                                                \
  static __typeof__(&name) next;                                                  \
  if (next == NULL) next = (__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name); \
  note(path)

/* A mode is passed only with some flags; where it is not, whatever is read here is ignored there as well. */
#define MODE_AFTER(last)         \
  va_list arguments;             \
  va_start(arguments, last);     \
  mode_t mode = va_arg(arguments, mode_t); \
  va_end(arguments)

EXPORTED int open(const char *path, int flags, ...) {
  MODE_AFTER(flags);
  NEXT(open);
  return next(path, flags, mode);
}

EXPORTED int open64(const char *path, int flags, ...) {
  MODE_AFTER(flags);
  NEXT(open64);
  return next(path, flags, mode);
}

EXPORTED int openat(int directory, const char *path, int flags, ...) {
  MODE_AFTER(flags);
  NEXT(openat);
  return next(directory, path, flags, mode);
}

EXPORTED int openat64(int directory, const char *path, int flags, ...) {
  MODE_AFTER(flags);
  NEXT(openat64);
  return next(directory, path, flags, mode);
}

EXPORTED FILE *fopen(const char *restrict path, const char *restrict mode) {
  NEXT(fopen);
  return next(path, mode);
}

EXPORTED FILE *fopen64(const char *restrict path, const char *restrict mode) {
  NEXT(fopen64);
  return next(path, mode);
}

EXPORTED int stat(const char *restrict path, struct stat *restrict status) {
  NEXT(stat);
  return next(path, status);
}

EXPORTED int stat64(const char *restrict path, struct stat64 *restrict status) {
  NEXT(stat64);
  return next(path, status);
}

EXPORTED int lstat(const char *restrict path, struct stat *restrict status) {
  NEXT(lstat);
  return next(path, status);
}

EXPORTED int lstat64(const char *restrict path, struct stat64 *restrict status) {
  NEXT(lstat64);
  return next(path, status);
}

EXPORTED int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags) {
  NEXT(fstatat);
  return next(directory, path, status, flags);
}

EXPORTED int fstatat64(int directory, const char *restrict path, struct stat64 *restrict status, int flags) {
  NEXT(fstatat64);
  return next(directory, path, status, flags);
}

EXPORTED int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict status) {
  NEXT(statx);
  return next(directory, path, flags, mask, status);
}

EXPORTED int access(const char *path, int mode) {
  NEXT(access);
  return next(path, mode);
}

EXPORTED ssize_t readlink(const char *restrict path, char *restrict buffer, size_t bytes) {
  NEXT(readlink);
  return next(path, buffer, bytes);
}

EXPORTED char *realpath(const char *restrict path, char *restrict resolved) {
  NEXT(realpath);
  return next(path, resolved);
}

/* libuv makes some calls by their number. What a call does not take is passed along unused, as the C library's own function does. */
EXPORTED long syscall(long number, ...) {
  long value[6];
  va_list arguments;
  va_start(arguments, number);
  for (int i = 0; i < 6; i++) value[i] = va_arg(arguments, long);
  va_end(arguments);
  bool names_file = number == SYS_statx || number == SYS_openat || number == SYS_newfstatat;
  const char *path = names_file ? (const char *)value[1] : NULL;
  NEXT(syscall);
  return next(number, value[0], value[1], value[2], value[3], value[4], value[5]);
}
