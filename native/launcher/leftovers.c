/* A launcher that is killed takes its sandboxes along (PR_SET_PDEATHSIG, and its agents' streams close), its mounts go with their namespaces; but
 * control groups stay, and its socket and lock file. A launcher holds a lock (flock(2), which ends with the process, however that ends) on the directory
 * of its groups in each hierarchy and on its lock file; so the dead are told from the living, whatever state directory they used. */
#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cleanup.h"

enum { ROUNDS = 500, ROUND_NS = 10 * 1000 * 1000 };

/* Calls `act` for each directory in `directory`. */
static void for_each_directory(int directory, void (*act)(int parent, const char *name, const void *context), const void *context) {
  int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = fd < 0 ? NULL : fdopendir(fd);
  if (listing == NULL) {
    sg_close(&fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') act(directory, entry->d_name, context);
  (void)closedir(listing);
}

static void kill_members(int group) {
  if (cgroup_write(group, "cgroup.kill", "1") == 0) return;
  char list[65536];
  if (cgroup_read(group, "cgroup.procs", list, sizeof list) <= 0) return;
  for (char *at = strtok(list, "\n"); at != NULL; at = strtok(NULL, "\n")) {
    pid_t pid = (pid_t)strtol(at, NULL, 10);
    if (pid > 1 && pid != getpid()) (void)kill(pid, SIGKILL);
  }
}

static void remove_group(int parent, const char *name, const void *context) {
  (void)context;
  for (int round = 0; round < ROUNDS; round++) {
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return;
    cleanup_fd int group = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group >= 0) kill_members(group);
    struct timespec pause = {.tv_nsec = ROUND_NS};
    (void)nanosleep(&pause, NULL);
  }
}

static void consider_instance(int parent, const char *name, const void *context) {
  (void)context;
  cleanup_fd int instance = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  /* The lock is kept until the removal, so that nobody moves in meanwhile. */
  if (instance < 0 || flock(instance, LOCK_EX | LOCK_NB) != 0) return;
  for_each_directory(instance, remove_group, NULL);
  (void)unlinkat(parent, name, AT_REMOVEDIR);
}

void leftovers_remove_groups(const struct cgroups *cgroups) {
  for (int i = 0; i < cgroups->count; i++) {
    cleanup_fd int ours = openat(cgroups->hierarchies[i].base, "sandglass", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ours >= 0) for_each_directory(ours, consider_instance, NULL);
  }
}

/* A lock file holds the path of its instance's socket. */
static void remove_abandoned(int state, const char *lock_name) {
  cleanup_fd int lock = openat(state, lock_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) return;
  char socket_path[256];
  ssize_t length = pread(lock, socket_path, sizeof socket_path - 1, 0);
  struct stat status;
  if (length > 0) {
    socket_path[length] = '\0';
    if (lstat(socket_path, &status) == 0 && S_ISSOCK(status.st_mode)) (void)unlink(socket_path);
  }
  (void)unlinkat(state, lock_name, 0);
}

void leftovers_remove_state(int state, const char *own) {
  int fd = openat(state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = fd < 0 ? NULL : fdopendir(fd);
  if (listing == NULL) {
    sg_close(&fd);
    return;
  }
  char own_lock[64];
  (void)snprintf(own_lock, sizeof own_lock, "%s.lock", own);
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    size_t length = strlen(entry->d_name);
    if (length > 5 && strcmp(entry->d_name + length - 5, ".lock") == 0 && strcmp(entry->d_name, own_lock) != 0) remove_abandoned(state, entry->d_name);
  }
  (void)closedir(listing);
}
