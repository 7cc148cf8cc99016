/* Theory of operation. A sandbox needs a root that holds the image, read-only, and nothing else of the host. Instead of building that root in each
 * sandbox and leaving the host's by pivot_root(2), it is built once per image, in a mount namespace of its own whose root *is* the image. A new
 * sandbox copies that namespace (unshare(CLONE_NEWNS)), so there never is a mount in it that would have to be taken away: nothing to forget, and
 * the copy is small. The kernel locks the copied mounts, because they come from a more privileged namespace (mount_namespaces(7)): no
 * process inside can unmount, remount or change any of them.
 *
 * An image is a small tmpfs with the directories, links and files of the configuration, read-only once built, with the host's directories bound
 * onto it (nosuid, nodev, read-only). */
#include "template.h"

#include <errno.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "mount_api.h"

enum { PATH_BYTES = 4096 };

static int fail_entry(struct sg_error *error, const struct image *image, const struct entry *entry, const char *act) {
  return sg_fail(error, SG_STEP_IMAGE, errno, "image %s: %s %.100s", image->name, act, entry->kind == ENTRY_BIND ? entry->source : entry->path);
}

/* Opens a path of the image. Links are refused: what an entry means must not depend on another one. */
static int open_inside(int root, const char *path, uint64_t flags) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  return (int)syscall(SYS_openat2, root, path[0] == '/' ? path + 1 : path, &how, sizeof how);
}

/* Opens the directory that holds `path`, making what is missing, and points `name` at the last component. */
static int open_parent(int root, const char *path, const char **name) {
  cleanup_fd int at = open_inside(root, ".", O_PATH | O_DIRECTORY);
  const char *component = path + 1;
  for (const char *slash; at >= 0 && (slash = strchr(component, '/')) != NULL; component = slash + 1) {
    char part[256];
    if (slash - component >= (long)sizeof part) {
      errno = ENAMETOOLONG;
      return -1;
    }
    (void)snprintf(part, sizeof part, "%.*s", (int)(slash - component), component);
    /* In a read-only bind it must be there already; the open tells. */
    if (mkdirat(at, part, 0755) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES) return -1;
    int next = open_inside(at, part, O_PATH | O_DIRECTORY);
    sg_close(&at);
    at = next;
  }
  *name = component;
  return sg_steal_fd(&at);
}

static int make_directory(int root, const char *path, mode_t mode) {
  const char *name = NULL;
  cleanup_fd int parent = open_parent(root, path, &name);
  if (parent < 0 || (mkdirat(parent, name, mode) != 0 && errno != EEXIST)) return -1;
  return 0;
}

static int make_file(int root, const char *path, mode_t mode, const char *content, size_t bytes) {
  const char *name = NULL;
  cleanup_fd int parent = open_parent(root, path, &name);
  if (parent < 0) return -1;
  cleanup_fd int file = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (file < 0) return -1;
  for (size_t done = 0; done < bytes;) {
    ssize_t count = SG_EINTR(write(file, content + done, bytes - done));
    if (count < 0) return -1;
    done += (size_t)count;
  }
  return fchmod(file, mode);
}

static int make_link(int root, const char *destination, const char *path) {
  const char *name = NULL;
  cleanup_fd int parent = open_parent(root, path, &name);
  return parent < 0 ? -1 : symlinkat(destination, parent, name);
}

/* Makes sure that a mount of `mount`'s kind can be put at `path`, and attaches it there. */
static int attach_at(int root, int mount, const char *path) {
  struct stat status;
  if (fstat(mount, &status) != 0) return -1;
  cleanup_fd int there = open_inside(root, path, O_PATH);
  if (there < 0) {
    int made = S_ISDIR(status.st_mode) ? make_directory(root, path, 0755) : make_file(root, path, 0444, "", 0);
    if (made != 0) return -1;
    there = open_inside(root, path, O_PATH);
    if (there < 0) return -1;
  }
  return sg_attach(mount, there);
}

static int attach_copy(int root, const char *source, const char *path, unsigned long attributes) {
  cleanup_fd int copy = sg_clone_tree(AT_FDCWD, source, 0);
  if (copy < 0 || sg_restrict(copy, attributes, 0) != 0) return -1;
  return attach_at(root, copy, path);
}

static int hide(int root, const char *path) {
  cleanup_fd int target = open_inside(root, path, O_PATH | O_DIRECTORY);
  /* Nothing there is as good as hidden. */
  if (target < 0) return errno == ENOENT ? 0 : -1;
  cleanup_fd int empty = sg_clone_tree(root, PLACE_EMPTY + 1, 0);
  if (empty < 0 || sg_restrict(empty, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0) != 0) return -1;
  return sg_attach(empty, target);
}

static int make_entry(int root, const struct image *image, const struct entry *entry, struct sg_error *error) {
  switch (entry->kind) {
    case ENTRY_DIRECTORY:
      return make_directory(root, entry->path, entry->mode) == 0 ? 0 : fail_entry(error, image, entry, "make directory");
    case ENTRY_BIND:
      if (attach_copy(root, entry->source, entry->path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) == 0) return 0;
      return fail_entry(error, image, entry, "bind");
    case ENTRY_LINK:
      return make_link(root, entry->source, entry->path) == 0 ? 0 : fail_entry(error, image, entry, "make link");
    case ENTRY_FILE:
      if (make_file(root, entry->path, entry->mode, entry->content, entry->content_bytes) == 0) return 0;
      return fail_entry(error, image, entry, "make file");
    case ENTRY_HIDE:
      return hide(root, entry->path) == 0 ? 0 : fail_entry(error, image, entry, "hide");
  }
  return sg_fail(error, SG_STEP_IMAGE, EINVAL, "image %s: entry of unknown kind", image->name);
}

/* Devices are the host's own nodes, bound one by one: making nodes needs rights over the host that a user namespace never gives. */
static int make_devices(int root, struct sg_error *error) {
  static const char *const DEVICES[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
  static const char *const LINKS[][2] = {{"/proc/self/fd", "/dev/fd"},
                                         {"/proc/self/fd/0", "/dev/stdin"},
                                         {"/proc/self/fd/1", "/dev/stdout"},
                                         {"/proc/self/fd/2", "/dev/stderr"},
                                         {"pts/ptmx", "/dev/ptmx"}};
  for (size_t i = 0; i < sizeof DEVICES / sizeof *DEVICES; i++)
    if (attach_copy(root, DEVICES[i], DEVICES[i], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC) != 0)
      return sg_fail(error, SG_STEP_IMAGE, errno, "bind %s", DEVICES[i]);
  for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS; i++)
    if (make_link(root, LINKS[i][0], LINKS[i][1]) != 0) return sg_fail(error, SG_STEP_IMAGE, errno, "make link %s", LINKS[i][1]);
  return 0;
}

/* A process in a user namespace may mount a new /proc only where one is fully visible already (user_namespaces(7)), so the host's is put where
 * each sandbox mounts its own on top of it. Recursively, because rootless its submounts are locked to it; not read-only, or the new one would have to be
 * so too. */
static int place_proc(int root, struct sg_error *error) {
  cleanup_fd int copy = sg_clone_tree(AT_FDCWD, "/proc", AT_RECURSIVE);
  if (copy < 0 || sg_restrict(copy, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, AT_RECURSIVE) != 0 || attach_at(root, copy, PLACE_PROC) != 0)
    return sg_fail(error, SG_STEP_IMAGE, errno, "place /proc");
  return 0;
}

static int fill(int root, const struct image *image, const char *disk_path, struct sg_error *error) {
  static const struct {
    const char *path;
    mode_t mode;
  } PLACES[] = {{PLACE_WORK, 0755}, {PLACE_TMP, 0755}, {PLACE_SHM, 0555}, {PLACE_PTS, 0755}};
  for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
    if (make_directory(root, PLACES[i].path, PLACES[i].mode) != 0) return sg_fail(error, SG_STEP_IMAGE, errno, "make %s", PLACES[i].path);
  /* Written to, so not restricted as what is bound. */
  if (disk_path != NULL && attach_copy(root, disk_path, PLACE_WORK, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) != 0)
    return sg_fail(error, SG_STEP_IMAGE, errno, "place the disk %.100s", disk_path);
  if (make_devices(root, error) != 0 || place_proc(root, error) != 0) return -1;
  for (size_t i = 0; i < image->count; i++)
    if (make_entry(root, image, &image->entries[i], error) != 0) return -1;
  return 0;
}

/* The root's tmpfs, attached over the state directory: any directory would do, and this one is ours. */
static int mount_root(const char *state_path, struct sg_error *error) {
  cleanup_fd int target = open(state_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  cleanup_fd int fs = sg_fsopen("tmpfs");
  if (fs < 0 || sg_fs_string(fs, "size", "64m") != 0 || sg_fs_string(fs, "nr_inodes", "65536") != 0 || sg_fs_string(fs, "mode", "0755") != 0 ||
      sg_fs_create(fs) != 0)
    return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "make the image's tmpfs");
  cleanup_fd int root = sg_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (root < 0 || target < 0 || sg_attach(root, target) != 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "mount the image's tmpfs on %s", state_path);
  return sg_steal_fd(&root);
}

/* pivot_root(".", ".") stacks the old root on the new one, so that it can be detached without a place to put it (pivot_root(2)). */
static int become_root(int root, struct sg_error *error) {
  if (fchdir(root) != 0 || sg_pivot_root(".", ".") != 0)
    return sg_fail(error, SG_STEP_PIVOT_ROOT, errno, "enter the image; the launcher's root must be a mount other than an initial ramdisk");
  if (sg_detach(".") != 0 || chdir("/") != 0) return sg_fail(error, SG_STEP_PIVOT_ROOT, errno, "detach the host's root");
  return 0;
}

static int build_one(const struct image *image, const struct config *config, int procfs, struct sg_error *error) {
  if (unshare(CLONE_NEWNS) != 0) return sg_fail(error, SG_STEP_MOUNT_NAMESPACE, errno, "make a mount namespace for image %s", image->name);
  cleanup_fd int root = mount_root(config->state_path, error);
  if (root < 0 || fill(root, image, config->disk_path, error) != 0) return -1;
  if (sg_restrict(root, MOUNT_ATTR_RDONLY, 0) != 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "make image %s read-only", image->name);
  if (become_root(root, error) != 0) return -1;
  int namespace = openat(procfs, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
  return namespace >= 0 ? namespace : sg_fail(error, SG_STEP_MOUNT_NAMESPACE, errno, "open the namespace of image %s", image->name);
}

static int enter(int namespace, struct sg_error *error) {
  return setns(namespace, CLONE_NEWNS) == 0 ? 0 : sg_fail(error, SG_STEP_MOUNT_NAMESPACE, errno, "enter a mount namespace");
}

int templates_build(struct templates *templates, const struct config *config, int procfs, struct sg_error *error) {
  *templates = (struct templates){.namespaces = calloc(config->image_count, sizeof(int))};
  if (templates->namespaces == NULL) return sg_fail(error, SG_STEP_OUT_OF_MEMORY, ENOMEM, "images");
  if (unshare(CLONE_NEWNS) != 0) return sg_fail(error, SG_STEP_MOUNT_NAMESPACE, errno, "make a mount namespace");
  /* Nothing mounted here may show on the host, nor the reverse. */
  if (sg_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return sg_fail(error, SG_STEP_MOUNT_NAMESPACE, errno, "make mounts private");
  cleanup_fd int host = openat(procfs, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (host < 0) return sg_fail(error, SG_STEP_MOUNT_NAMESPACE, errno, "open the mount namespace");
  mode_t before = umask(0);
  for (size_t i = 0; i < config->image_count; i++) {
    if (i > 0 && enter(host, error) != 0) return -1;
    templates->namespaces[i] = build_one(&config->images[i], config, procfs, error);
    if (templates->namespaces[i] < 0) return -1;
    templates->count++;
  }
  (void)umask(before);
  templates->current = templates->count - 1;
  return templates_enter(templates, 0, error);
}

int templates_enter(struct templates *templates, size_t image, struct sg_error *error) {
  if (templates->current == image) return 0;
  if (enter(templates->namespaces[image], error) != 0) return -1;
  templates->current = image;
  return 0;
}
