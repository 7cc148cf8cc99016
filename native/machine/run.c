/* Theory of operation. A machine monitor parses what a hostile guest feeds its devices, so it gets its own user id, its own empty network, no
 * capability, no way to gain one, and control groups that bound it; it dies with the worker. The order matters:
 *
 *   1. die with the worker        before anything can be left behind
 *   2. join the control groups    needs the right to write them
 *   3. new namespaces             needs CAP_SYS_ADMIN
 *   4. empty the bounding set     needs CAP_SETPCAP
 *   5. change the user id         gives up every capability; forgets 1, which is therefore renewed
 *   6. no_new_privs, rlimits, exec
 *
 * A program that changes its user id itself (Firecracker's jailer) forgets 1 as well. With --guard it runs in a PID namespace of its own, below a
 * first process of ours that dies with this one and takes everything in the namespace along (guard.c). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "guard.h"
#include "machine.h"

enum { MAX_JOINS = 8, OPEN_FILES = 256 };

struct run {
  unsigned long parent, uid, gid;
  const char *joins[MAX_JOINS];
  int join_count;
  bool changes_user, isolates, guards;
  char **program;
};

static int read_number(const char *name, const char *text, unsigned long *value, struct sg_error *error) {
  char *end = NULL;
  errno = 0;
  if (text != NULL && text[0] >= '0' && text[0] <= '9') *value = strtoul(text, &end, 10);
  if (end != NULL && errno == 0 && *end == '\0' && *value < UINT32_MAX) return 0;
  return sg_fail(error, SG_STEP_OPTIONS, EINVAL, "%s needs a number", name);
}

static int read_options(int argc, char **argv, struct run *run, struct sg_error *error) {
  int at = 0;
  for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
    const char *name = argv[at], *value = at + 1 < argc ? argv[at + 1] : NULL;
    if (strcmp(name, "--isolate") == 0) {
      run->isolates = true;
      continue;
    }
    if (strcmp(name, "--guard") == 0) {
      run->guards = true;
      continue;
    }
    int result = -1;
    if (strcmp(name, "--parent") == 0) {
      result = read_number(name, value, &run->parent, error);
    } else if (strcmp(name, "--uid") == 0) {
      run->changes_user = true;
      result = read_number(name, value, &run->uid, error);
    } else if (strcmp(name, "--gid") == 0) {
      result = read_number(name, value, &run->gid, error);
    } else if (strcmp(name, "--join") == 0 && value != NULL && run->join_count < MAX_JOINS) {
      run->joins[run->join_count++] = value;
      result = 0;
    } else {
      sg_fail(error, SG_STEP_OPTIONS, EINVAL, "%.40s is not an option, lacks its value or is there too often", name);
    }
    if (result != 0) return -1;
    at++;
  }
  run->program = argv + at + 1;
  if (at + 1 < argc && run->parent != 0 && (!run->changes_user || (run->uid != 0 && run->gid != 0))) return 0;
  return sg_fail(error, SG_STEP_OPTIONS, EINVAL, "--parent, a program after \"--\", and a user and group other than root's are needed");
}

static int die_with_worker(const struct run *run, struct sg_error *error) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_PARENT_DEATH, errno, "PR_SET_PDEATHSIG");
  if ((unsigned long)getppid() == run->parent) return 0;
  return sg_fail(error, SG_STEP_PARENT_GONE, ESRCH, "the worker %lu has ended", run->parent);
}

static int join(const struct run *run, struct sg_error *error) {
  for (int i = 0; i < run->join_count; i++) {
    cleanup_fd int procs = open(run->joins[i], O_WRONLY | O_CLOEXEC);
    if (procs < 0 || write(procs, "0", 1) != 1) return sg_fail(error, SG_STEP_JOIN_CGROUP, errno, "join %.120s", run->joins[i]);
  }
  return 0;
}

static int give_up_capabilities(struct sg_error *error) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_CAPABILITIES, errno, "drop capability %d from the bounding set", capability);
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 ? 0 : sg_fail(error, SG_STEP_CAPABILITIES, errno, "clear the ambient set");
}

/* By system calls, which change this one thread; all three ids, so that nothing can be taken back. */
static int change_user(const struct run *run, struct sg_error *error) {
  gid_t gid = (gid_t)run->gid;
  uid_t uid = (uid_t)run->uid;
  if (syscall(SYS_setgroups, 0, NULL) != 0) return sg_fail(error, SG_STEP_GROUPS, errno, "give up every group");
  if (syscall(SYS_setresgid, gid, gid, gid) != 0 || syscall(SYS_setresuid, uid, uid, uid) != 0)
    return sg_fail(error, SG_STEP_USER, errno, "become %u:%u", uid, gid);
  return 0;
}

static int limit_resources(struct sg_error *error) {
  const struct rlimit no_core = {0, 0}, files = {OPEN_FILES, OPEN_FILES};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0 || setrlimit(RLIMIT_NOFILE, &files) != 0) return sg_fail(error, SG_STEP_RLIMIT, errno, "core and open files");
  return 0;
}

/* Translated code and heaps of a monitor are touched here and there: in pages of 2 MiB, a machine that only waits holds megabytes of nothing. Where the
 * kernel has no such pages there is nothing to turn off. */
static void use_small_pages(void) { (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); }

int machine_run(int argc, char **argv, struct sg_error *error) {
  struct run run = {.parent = 0};
  if (read_options(argc, argv, &run, error) != 0 || die_with_worker(&run, error) != 0 || join(&run, error) != 0) return -1;
  if (run.isolates && unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
    return sg_fail(error, SG_STEP_NAMESPACES, errno, "unshare network, ipc and uts namespaces");
  if (run.changes_user && (give_up_capabilities(error) != 0 || change_user(&run, error) != 0 || die_with_worker(&run, error) != 0)) return -1;
  if (limit_resources(error) != 0 || (run.guards && guard(error) != 0)) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_NO_NEW_PRIVILEGES, errno, "PR_SET_NO_NEW_PRIVS");
  use_small_pages();
  char *environment[] = {NULL};
  (void)execve(run.program[0], run.program, environment);
  return sg_fail(error, SG_STEP_EXEC, errno, "exec %.120s", run.program[0]);
}
