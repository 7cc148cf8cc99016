/* An unprivileged process may map only its own id into a new user namespace. More ids come from the setuid helpers newuidmap and newgidmap, which
 * check /etc/subuid and /etc/subgid. They act on a process from outside its namespace, so a child that stays behind runs them. */
#include "rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cleanup.h"

enum { MAX_USER_NAME = 64, MAX_MAPPED = 65536 };

struct range {
  unsigned long start, count;
};

bool rootless_is_privileged(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{.effective = 0}};
  return geteuid() == 0 && syscall(SYS_capget, &header, data) == 0 && (data[0].effective & 1u << CAP_SYS_ADMIN) != 0;
}

/* The name of a user by /etc/passwd alone: a static program has no name services, and subordinate ids are granted to local users. */
static void find_user_name(uid_t uid, char name[MAX_USER_NAME]) {
  name[0] = '\0';
  FILE *file = fopen("/etc/passwd", "re");
  if (file == NULL) return;
  char line[1024], found[MAX_USER_NAME];
  unsigned long number;
  while (fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, "%63[^:]:%*[^:]:%lu:", found, &number) == 2 && number == uid) (void)snprintf(name, MAX_USER_NAME, "%s", found);
  (void)fclose(file);
}

/* The first range granted to the user, by name or number. */
static struct range find_range(const char *path, const char *name, unsigned long id) {
  struct range range = {.count = 0};
  FILE *file = fopen(path, "re");
  if (file == NULL) return range;
  char line[256], who[MAX_USER_NAME], number[24];
  (void)snprintf(number, sizeof number, "%lu", id);
  while (range.count == 0 && fgets(line, sizeof line, file) != NULL) {
    unsigned long start, count;
    if (sscanf(line, "%63[^:]:%lu:%lu", who, &start, &count) == 3 && (strcmp(who, name) == 0 || strcmp(who, number) == 0))
      range = (struct range){.start = start, .count = count < MAX_MAPPED ? count : MAX_MAPPED};
  }
  (void)fclose(file);
  return range;
}

static int run_helper(const char *program, pid_t target, unsigned long own, const struct range *range) {
  char numbers[4][24];
  (void)snprintf(numbers[0], sizeof numbers[0], "%d", (int)target);
  (void)snprintf(numbers[1], sizeof numbers[1], "%lu", own);
  (void)snprintf(numbers[2], sizeof numbers[2], "%lu", range->start);
  (void)snprintf(numbers[3], sizeof numbers[3], "%lu", range->count);
  pid_t pid = fork();
  if (pid == 0) {
    char *const none[] = {NULL};
    (void)execle(program, program, numbers[0], "0", numbers[1], "1", "1", numbers[2], numbers[3], (char *)NULL, none);
    _exit(127);
  }
  int status = 0;
  return pid > 0 && SG_EINTR(waitpid(pid, &status, 0)) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

struct grants {
  struct range users, groups;
  uid_t uid;
  gid_t gid;
};

/* Waits until the parent is in its namespace, then maps its ids. Exits with 0 when both maps are written. */
static _Noreturn void map_from_outside(pid_t parent, int ready, const struct grants *grants) {
  char byte;
  if (SG_EINTR(read(ready, &byte, 1)) != 1) _exit(1);
  if (run_helper("/usr/bin/newuidmap", parent, grants->uid, &grants->users) != 0) _exit(1);
  _exit(run_helper("/usr/bin/newgidmap", parent, grants->gid, &grants->groups) == 0 ? 0 : 1);
}

static int map_own_id_only(const struct grants *grants, struct sg_error *error) {
  char map[48];
  /* Without the right to change groups, the map of group ids may only be written once setgroups(2) is given up (user_namespaces(7)). */
  if (cgroup_write(AT_FDCWD, "/proc/self/setgroups", "deny") != 0) return sg_fail(error, SG_STEP_ROOTLESS, errno, "write /proc/self/setgroups");
  (void)snprintf(map, sizeof map, "0 %u 1\n", grants->uid);
  if (cgroup_write(AT_FDCWD, "/proc/self/uid_map", map) != 0) return sg_fail(error, SG_STEP_ROOTLESS, errno, "write /proc/self/uid_map");
  (void)snprintf(map, sizeof map, "0 %u 1\n", grants->gid);
  return cgroup_write(AT_FDCWD, "/proc/self/gid_map", map) == 0 ? 0 : sg_fail(error, SG_STEP_ROOTLESS, errno, "write /proc/self/gid_map");
}

int rootless_enter(struct sg_error *error) {
  struct grants grants = {.uid = geteuid(), .gid = getegid()};
  char name[MAX_USER_NAME];
  find_user_name(grants.uid, name);
  grants.users = find_range("/etc/subuid", name, grants.uid);
  grants.groups = find_range("/etc/subgid", name, grants.uid);
  bool helped = grants.users.count > 0 && grants.groups.count > 0 && access("/usr/bin/newuidmap", X_OK) == 0 && access("/usr/bin/newgidmap", X_OK) == 0;
  int ready[2] = {-1, -1};
  pid_t parent = getpid(), helper = -1;
  if (helped) {
    if (pipe2(ready, O_CLOEXEC) != 0) return sg_fail(error, SG_STEP_ROOTLESS, errno, "pipe");
    helper = fork();
    if (helper == 0) {
      close(ready[1]);
      map_from_outside(parent, ready[0], &grants);
    }
  }
  int entered = unshare(CLONE_NEWUSER);
  int reason = errno;
  /* The maps of an undumpable process belong to root of the host; a change of identity makes one undumpable (proc(5), PR_SET_DUMPABLE). */
  if (entered == 0) (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  int status = -1;
  if (helper > 0) {
    if (entered == 0 && write(ready[1], "", 1) < 0) reason = errno;
    sg_close(&ready[1]);
    sg_close(&ready[0]);
    (void)SG_EINTR(waitpid(helper, &status, 0));
  }
  if (entered != 0) return sg_fail(error, SG_STEP_ROOTLESS, reason, "make a user namespace");
  /* The helper maps users before groups; a half-done map is seen by the write below failing. */
  if (status != 0 && map_own_id_only(&grants, error) != 0) return -1;
  if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0) return sg_fail(error, SG_STEP_ROOTLESS, errno, "become root of the user namespace");
  (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return 0;
}
