/* Which hierarchies there are, and where in them our groups may be made. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cgroup.h"
#include "cgroup_file.h"
#include "cgroup_layout.h"
#include "cleanup.h"

enum { LAYOUT_PATH = 4096 };

static const char *const V1_NAMES[] = {"memory", "pids", "cpu", "cpuacct", "blkio", "cpuset"};
static const char *const V2_NAMES[] = {"memory", "pids", "cpu", "cpu", "io", "cpuset"};

/* mountinfo writes blanks and backslashes as three octal digits (proc_pid_mountinfo(5)). */
static void decode_octal(char *path) {
  char *out = path;
  for (const char *at = path; *at != '\0'; at++) {
    if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] != '\0' && at[3] != '\0') {
      *out++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
      at += 3;
    } else {
      *out++ = *at;
    }
  }
  *out = '\0';
}

static uint32_t controllers_in(const char *list, const char *const names[]) {
  uint32_t found = 0;
  for (int i = 0; i < CONTROLLER_COUNT; i++)
    if (cgroup_list_has(list, names[i])) found |= 1u << i;
  return found;
}

static uint32_t taken(const struct cgroups *cgroups) {
  uint32_t all = 0;
  for (int i = 0; i < cgroups->count; i++) all |= cgroups->hierarchies[i].controllers;
  return all;
}

static void add(struct cgroups *cgroups, bool v2, uint32_t controllers, int base) {
  if (cgroups->count == MAX_HIERARCHIES) {
    close(base);
    return;
  }
  cgroups->hierarchies[cgroups->count++] = (struct hierarchy){.v2 = v2, .controllers = controllers, .base = base, .instance = -1};
}

/* The group of this process in the v2 hierarchy, from the line "0::/path". */
static int own_v2_group(char path[LAYOUT_PATH]) {
  FILE *file = fopen("/proc/self/cgroup", "re");
  if (file == NULL) return -1;
  char line[LAYOUT_PATH];
  int result = -1;
  while (result != 0 && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, "0::/", 4) != 0) continue;
    line[strcspn(line, "\n")] = '\0';
    /* Moved there by an earlier launcher: the group meant is the one above. */
    char *last = strrchr(line, '/');
    if (strcmp(last, "/" CGROUP_SUPERVISOR) == 0) last[last == line + 3] = '\0';
    (void)snprintf(path, LAYOUT_PATH, "%s", line + 3);
    result = 0;
  }
  (void)fclose(file);
  return result;
}

/* A service manager marks the groups that it gives away (systemd: Delegate=yes). */
static bool is_delegated(int group) {
  char value[4];
  return fgetxattr(group, "trusted.delegate", value, sizeof value) > 0 || fgetxattr(group, "user.delegate", value, sizeof value) > 0;
}

/* Our own group when it was given to us (the operator's bounds on it then hold for the sandboxes too), else, for root, the top. */
static int open_v2_base(const char *mount_point, bool privileged) {
  char own[LAYOUT_PATH] = "/", path[2 * LAYOUT_PATH];
  if (own_v2_group(own) == 0 && strcmp(own, "/") != 0 && strncmp(own, "/..", 3) != 0) {
    (void)snprintf(path, sizeof path, "%s%s", mount_point, own);
    cleanup_fd int group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group >= 0 && (is_delegated(group) || !privileged) && faccessat(group, "cgroup.subtree_control", W_OK, AT_EACCESS) == 0 &&
        faccessat(group, "cgroup.procs", W_OK, AT_EACCESS) == 0)
      return sg_steal_fd(&group);
    if (!privileged) {
      errno = EACCES;
      return -1;
    }
  }
  cleanup_fd int top = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (top < 0 || faccessat(top, "cgroup.procs", W_OK, AT_EACCESS) != 0) return -1;
  return sg_steal_fd(&top);
}

static void consider_v2(struct cgroups *cgroups, const char *mount_point, bool privileged) {
  cleanup_fd int base = open_v2_base(mount_point, privileged);
  char list[512];
  if (base < 0 || cgroup_read(base, "cgroup.controllers", list, sizeof list) < 0) return;
  uint32_t controllers = controllers_in(list, V2_NAMES) & ~taken(cgroups);
  /* In the hybrid layout this hierarchy is there without controllers, and of no use to us. */
  if ((controllers & (1u << CONTROLLER_MEMORY | 1u << CONTROLLER_PIDS)) != 0) add(cgroups, true, controllers, sg_steal_fd(&base));
}

static void consider_v1(struct cgroups *cgroups, const char *mount_point, const char *options) {
  uint32_t controllers = controllers_in(options, V1_NAMES) & ~taken(cgroups);
  /* Only by itself: a cpuset without cores takes no process, so it would stand in the way of the controllers mounted with it. */
  if (controllers != 1u << CONTROLLER_CPUSET) controllers &= ~(1u << CONTROLLER_CPUSET);
  if (controllers == 0) return;
  cleanup_fd int base = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (base >= 0 && faccessat(base, ".", W_OK, AT_EACCESS) == 0) add(cgroups, false, controllers, sg_steal_fd(&base));
}

struct seen {
  bool v1, v2;
};

static void consider_line(struct cgroups *cgroups, char *line, bool privileged, struct seen *seen) {
  char mount_point[LAYOUT_PATH], type[32], options[512];
  char *tail = strstr(line, " - ");
  if (tail == NULL || sscanf(line, "%*d %*d %*s %*s %4095s", mount_point) != 1) return;
  if (sscanf(tail, " - %31s %*s %511s", type, options) != 2) return;
  decode_octal(mount_point);
  if (strcmp(type, "cgroup2") == 0) {
    seen->v2 = true;
    consider_v2(cgroups, mount_point, privileged);
  } else if (strcmp(type, "cgroup") == 0) {
    seen->v1 |= controllers_in(options, V1_NAMES) != 0;
    /* Unprivileged use of v1 is unsafe by the kernel's own word: a group's files would have to be given away one by one. */
    if (privileged) consider_v1(cgroups, mount_point, options);
  }
}

static const char *describe(const struct seen *seen) {
  if (seen->v1) return seen->v2 ? "hybrid" : "v1";
  return seen->v2 ? "v2" : "none";
}

int cgroup_find_hierarchies(struct cgroups *cgroups, bool privileged, struct sg_error *error) {
  FILE *file = fopen("/proc/self/mountinfo", "re");
  if (file == NULL) return sg_fail(error, SG_STEP_CGROUP_LAYOUT, errno, "open /proc/self/mountinfo");
  char *line = NULL;
  size_t capacity = 0;
  struct seen seen = {.v1 = false};
  while (getline(&line, &capacity, file) >= 0) consider_line(cgroups, line, privileged, &seen);
  free(line);
  (void)fclose(file);
  cgroups->layout = describe(&seen);
  return 0;
}
