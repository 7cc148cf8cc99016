#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

enum { BACKLOG = 128, LOCK_TRIES = 5 };

/* A directory that others may write to could be filled with files posing as ours. */
static int open_state(const char *path, struct sg_error *error) {
  if (mkdir(path, 0700) != 0 && errno != EEXIST) return sg_fail(error, SG_STEP_STATE_DIRECTORY, errno, "make %s", path);
  cleanup_fd int state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat status;
  if (state < 0 || fstat(state, &status) != 0) return sg_fail(error, SG_STEP_STATE_DIRECTORY, errno, "open %s", path);
  if (status.st_uid != geteuid() || (status.st_mode & 022) != 0)
    return sg_fail(error, SG_STEP_STATE_DIRECTORY, EPERM, "%s must belong to uid %u and be writable by nobody else", path, (unsigned)geteuid());
  return sg_steal_fd(&state);
}

/* The file may be removed by a launcher that cleans up between our open and our lock; then the lock would be on a file that nobody finds. */
static bool is_still_there(int state, const char *name, int lock) {
  struct stat named, locked;
  return fstatat(state, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(lock, &locked) == 0 && named.st_ino == locked.st_ino &&
         named.st_dev == locked.st_dev;
}

int instance_lock(struct instance *instance, const struct config *config, struct sg_error *error) {
  *instance = (struct instance){.state = -1, .lock = -1, .socket_directory = -1, .listener = -1};
  char name[64];
  (void)snprintf(name, sizeof name, "%s.lock", config->instance);
  int length = snprintf(instance->lock_path, sizeof instance->lock_path, "%s/%s", config->state_path, name);
  if (length < 0 || (size_t)length >= sizeof instance->lock_path) return sg_fail(error, SG_STEP_STATE_DIRECTORY, ENAMETOOLONG, "the state path is too long");
  instance->state = open_state(config->state_path, error);
  if (instance->state < 0) return -1;
  for (int i = 0; i < LOCK_TRIES; i++) {
    cleanup_fd int lock = openat(instance->state, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return sg_fail(error, SG_STEP_STATE_DIRECTORY, errno, "open %s", instance->lock_path);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
      return sg_fail(error, SG_STEP_STATE_DIRECTORY, errno, "another launcher holds %s; give this one another instance name", instance->lock_path);
    if (!is_still_there(instance->state, name, lock)) continue;
    if (ftruncate(lock, 0) != 0 || pwrite(lock, config->socket_path, strlen(config->socket_path), 0) < 0)
      return sg_fail(error, SG_STEP_STATE_DIRECTORY, errno, "write %s", instance->lock_path);
    instance->lock = sg_steal_fd(&lock);
    return 0;
  }
  return sg_fail(error, SG_STEP_STATE_DIRECTORY, EAGAIN, "%s is removed again and again", instance->lock_path);
}

static bool is_answered(const struct sockaddr_un *address) {
  cleanup_fd int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
}

int instance_listen(struct instance *instance, const struct config *config, struct sg_error *error) {
  const char *path = config->socket_path;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path)
    return sg_fail(error, SG_STEP_LISTEN, ENAMETOOLONG, "socket path is %zu bytes long, unix(7) allows %zu", strlen(path), sizeof address.sun_path - 1);
  memcpy(address.sun_path, path, strlen(path));
  const char *name = strrchr(path, '/') + 1;
  char directory[sizeof address.sun_path + 1];
  (void)snprintf(directory, sizeof directory, "%.*s", (int)(name - path), path);
  instance->socket_directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (instance->socket_directory < 0) return sg_fail(error, SG_STEP_LISTEN, errno, "open %s", directory);
  struct stat status;
  if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
    if (is_answered(&address)) return sg_fail(error, SG_STEP_LISTEN, EADDRINUSE, "somebody listens on %s", path);
    (void)unlink(path);
  }
  cleanup_fd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t before = umask(0177);
  int bound = listener < 0 ? -1 : bind(listener, (const struct sockaddr *)&address, sizeof address);
  int reason = errno;
  (void)umask(before);
  if (bound != 0) return sg_fail(error, SG_STEP_LISTEN, reason, "bind %s", path);
  (void)snprintf(instance->socket_name, sizeof instance->socket_name, "%s", name);
  if (listen(listener, BACKLOG) != 0) return sg_fail(error, SG_STEP_LISTEN, errno, "listen on %s", path);
  instance->listener = sg_steal_fd(&listener);
  return 0;
}

void instance_close(struct instance *instance, const struct config *config) {
  if (instance->socket_name[0] != '\0') (void)unlinkat(instance->socket_directory, instance->socket_name, 0);
  if (instance->lock >= 0) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s.lock", config->instance);
    (void)unlinkat(instance->state, name, 0);
  }
  sg_close(&instance->listener);
  sg_close(&instance->socket_directory);
  sg_close(&instance->lock);
  sg_close(&instance->state);
}
