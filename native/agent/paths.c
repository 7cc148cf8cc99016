#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

enum { PARENT_MODE = 0755 };

int path_check(const char *path, struct sg_error *error) {
  if (path[0] == '\0' || path[0] == '/') return sg_fail(error, SG_STEP_PATH, EINVAL, "\"%.100s\" is not a relative path", path);
  if (strlen(path) >= SG_MAX_PATH) return sg_fail(error, SG_STEP_PATH, ENAMETOOLONG, "a path of %zu bytes", strlen(path));
  for (const char *at = path;;) {
    size_t length = strcspn(at, "/");
    if (length == 0 || strncmp(at, ".", length) == 0 || strncmp(at, "..", length) == 0)
      return sg_fail(error, SG_STEP_PATH, EINVAL, "\"%.100s\" has an empty, \".\" or \"..\" part", path);
    if (at[length] == '\0') return 0;
    at += length + 1;
  }
}

static int fail_after(int directory, int work, int reason) {
  if (directory != work) close(directory);
  errno = reason;
  return -1;
}

/* A folder, and never one that a link leads to. Not by O_DIRECTORY: gVisor takes that for a reason to follow a link despite O_NOFOLLOW. With
 * O_PATH a link is opened as itself, which is then seen. */
static int open_folder(int directory, const char *name) {
  struct stat status;
  int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))) return fd;
  close(fd);
  errno = ENOTDIR;
  return -1;
}

/* The last component. A folder is opened for what is wanted through what is known to be one. */
static int open_last(int directory, const char *name, int flags) {
  if (!(flags & O_DIRECTORY)) return openat(directory, name, flags);
  int folder = open_folder(directory, name);
  if (folder < 0 || flags & O_PATH) return folder;
  int fd = openat(folder, ".", flags);
  return fd >= 0 ? (close(folder), fd) : fail_after(folder, -1, errno);
}

/* Where there is no openat2 (gVisor): one component after the other, none of which may be a link. As strict, since no single name leads
 * upwards once path_check has refused "..". */
static int open_stepwise(int work, const char *path, int flags) {
  char name[SG_MAX_PATH];
  int directory = work;
  for (const char *at = path;;) {
    size_t length = strcspn(at, "/");
    if (length >= sizeof name) return fail_after(directory, work, ENAMETOOLONG);
    memcpy(name, at, length);
    name[length] = '\0';
    bool is_last = at[length] == '\0';
    int fd = is_last ? open_last(directory, length == 0 ? "." : name, flags) : open_folder(directory, name);
    if (fd < 0) return fail_after(directory, work, errno);
    if (directory != work) close(directory);
    if (is_last) return fd;
    directory = fd;
    at += length + 1;
  }
}

int path_open(int work, const char *path, int flags) {
  /* O_NONBLOCK: a FIFO or device in the way must not hold the agent up. openat2 refuses flags that mean nothing beside O_PATH. */
  int always = flags & O_PATH ? O_CLOEXEC | O_NOFOLLOW : O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  struct open_how how = {
      .flags = (uint64_t)(flags | always),
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  int fd = (int)SG_EINTR(syscall(SYS_openat2, work, path[0] == '\0' ? "." : path, &how, sizeof how));
  return fd < 0 && errno == ENOSYS ? open_stepwise(work, path, flags | always) : fd;
}

/* One component down. O_NOFOLLOW on a single name is as strict as openat2 on the whole path. */
static int enter_or_create(int directory, const char *name) {
  int fd = open_folder(directory, name);
  if (fd >= 0 || errno != ENOENT) return fd;
  if (mkdirat(directory, name, PARENT_MODE) != 0 && errno != EEXIST) return -1;
  return open_folder(directory, name);
}

static int create_parents(int work, const char *path, const char *end, int *parent) {
  char name[SG_MAX_PATH];
  cleanup_fd int directory = openat(work, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (const char *at = path; directory >= 0 && at < end;) {
    size_t length = strcspn(at, "/");
    memcpy(name, at, length);
    name[length] = '\0';
    int next = enter_or_create(directory, name);
    if (next < 0) return -1;
    close(directory);
    directory = next;
    at += length + 1;
  }
  if (directory < 0) return -1;
  *parent = sg_steal_fd(&directory);
  return 0;
}

int path_open_parent(int work, const char *path, int *parent, const char **name, struct sg_error *error) {
  if (path_check(path, error) != 0) return -1;
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  char directory[SG_MAX_PATH];
  if (slash != NULL) memcpy(directory, path, (size_t)(slash - path));
  directory[slash == NULL ? 0 : slash - path] = '\0';
  *parent = path_open(work, directory, O_PATH | O_DIRECTORY);
  if (*parent >= 0 || (errno == ENOENT && create_parents(work, path, slash == NULL ? path : slash, parent) == 0)) return 0;
  return sg_fail(error, SG_STEP_MAKE_DIRECTORY, errno, "the folder of \"%.100s\"", path);
}
