#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "paths.h"

static int create_new(int parent, const char *name, mode_t mode) {
  return openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* The error to report when something that is not a regular file is in the way. */
static int not_regular(mode_t mode) { return S_ISDIR(mode) ? EISDIR : S_ISLNK(mode) ? ELOOP : EINVAL; }

/* A program that swaps the name between these calls gains nothing: the unlink acts in its own folder with its own rights, and O_EXCL never
 * opens. */
static int replace(int parent, const char *name, mode_t mode) {
  struct stat status;
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (!S_ISREG(status.st_mode)) {
    errno = not_regular(status.st_mode);
    return -1;
  }
  if (unlinkat(parent, name, 0) != 0 && errno != ENOENT) return -1;
  return create_new(parent, name, mode);
}

int file_create(int work, const char *path, mode_t mode, int *fd, struct sg_error *error) {
  cleanup_fd int parent = -1;
  const char *name;
  if (path_open_parent(work, path, &parent, &name, error) != 0) return -1;
  *fd = create_new(parent, name, mode);
  if (*fd < 0 && errno == EEXIST) *fd = replace(parent, name, mode);
  return *fd >= 0 ? 0 : sg_fail(error, SG_STEP_WRITE_OPEN, errno, "\"%.100s\"", path);
}

int file_write_all(int fd, const uint8_t *bytes, size_t count, struct sg_error *error) {
  while (count > 0) {
    ssize_t written = SG_EINTR(write(fd, bytes, count));
    if (written < 0) return sg_fail(error, SG_STEP_WRITE_DATA, errno, "%zu bytes were left to write", count);
    bytes += written;
    count -= (size_t)written;
  }
  return 0;
}

int folder_create(int work, const char *path, mode_t mode, struct sg_error *error) {
  cleanup_fd int parent = -1;
  const char *name;
  if (path_open_parent(work, path, &parent, &name, error) != 0) return -1;
  if (mkdirat(parent, name, mode) == 0) return 0;
  if (errno != EEXIST) return sg_fail(error, SG_STEP_MAKE_DIRECTORY, errno, "\"%.100s\"", path);
  cleanup_fd int existing = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (existing < 0 || fchmod(existing, mode) != 0) return sg_fail(error, SG_STEP_MAKE_DIRECTORY, errno, "\"%.100s\"", path);
  return 0;
}

int file_open(int work, const char *path, int *fd, struct sg_error *error) {
  if (path_check(path, error) != 0) return -1;
  cleanup_fd int found = path_open(work, path, O_RDONLY);
  struct stat status;
  if (found < 0 || fstat(found, &status) != 0) return sg_fail(error, SG_STEP_READ_OPEN, errno, "\"%.100s\"", path);
  if (!S_ISREG(status.st_mode))
    return sg_fail(error, SG_STEP_READ_OPEN, not_regular(status.st_mode), "\"%.100s\" is not a regular file", path);
  *fd = sg_steal_fd(&found);
  return 0;
}
