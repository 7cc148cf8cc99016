/* The launcher cannot pivot away from an initial ramdisk (pivot_root(2)), so a tmpfs takes its place, as switch_root(8) does it. */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "guest.h"

#define NEW_ROOT "/new"

enum { DISK_TRIES = 200, DISK_PAUSE_US = 10 * 1000, DEVICE_NAME = 16 };

static int mount_at(const char *type, const char *source, const char *target, unsigned long flags, const char *options, struct sg_error *error) {
  if (mkdir(target, 0755) != 0 && errno != EEXIST) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "make %s", target);
  if (mount(source, target, type, flags, options) != 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "mount %s on %s", type, target);
  return 0;
}

int root_mount_kernel_views(struct sg_error *error) {
  if (mount_at("proc", "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, error) != 0) return -1;
  if (mount_at("sysfs", "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, error) != 0) return -1;
  return mount_at("devtmpfs", "devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755", error);
}

static int copy_program(const char *name, struct sg_error *error) {
  char target[64];
  (void)snprintf(target, sizeof target, NEW_ROOT "%s", name);
  cleanup_fd int from = open(name, O_RDONLY | O_CLOEXEC);
  cleanup_fd int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
  struct stat status;
  if (from < 0 || to < 0 || fstat(from, &status) != 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "copy %s", name);
  for (off_t left = status.st_size; left > 0;) {
    ssize_t count = sendfile(to, from, NULL, (size_t)left);
    if (count <= 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "copy %s", name);
    left -= count;
  }
  /* Whoever reads the ramdisk from now on finds nothing; its pages are free. */
  (void)unlink(name);
  return 0;
}

/* A machine has two disks, in whatever order its monitor shows them: the image, which cannot be written to, and the scratch disk, which can. */
static bool find_disk(bool is_writable, char device[static DEVICE_NAME]) {
  static const char *const DISKS[] = {"vda", "vdb"};
  for (size_t i = 0; i < sizeof DISKS / sizeof *DISKS; i++) {
    char path[48], answer;
    (void)snprintf(path, sizeof path, "/sys/block/%s/ro", DISKS[i]);
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    (void)snprintf(device, DEVICE_NAME, "/dev/%s", DISKS[i]);
    if (file >= 0 && read(file, &answer, 1) == 1 && (answer == '0') == is_writable && access(device, F_OK) == 0) return true;
  }
  return false;
}

/* A disk may show a moment after its driver was loaded. */
static int await_disk(bool is_writable, char device[static DEVICE_NAME], struct sg_error *error) {
  for (int i = 0; i < DISK_TRIES; i++) {
    if (find_disk(is_writable, device)) return 0;
    usleep(DISK_PAUSE_US);
  }
  return sg_fail(error, SG_STEP_MOUNT_ROOT, ENODEV, "find the %s disk", is_writable ? "scratch" : "image's");
}

/* An image that came with the ramdisk (sandglass images export) stays where the kernel unpacked it; here it is seen, and not written to. */
static int bind_image(struct sg_error *error) {
  if (mkdir(NEW_ROOT GUEST_IMAGE, 0755) != 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "make " GUEST_IMAGE);
  if (mount(GUEST_IMAGE, NEW_ROOT GUEST_IMAGE, NULL, MS_BIND, NULL) == 0 &&
      mount(NULL, NEW_ROOT GUEST_IMAGE, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0)
    return 0;
  return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "bind " GUEST_IMAGE);
}

static int mount_image(struct sg_error *error) {
  static const char *const TYPES[] = {"erofs", "squashfs"};
  char device[DEVICE_NAME];
  if (await_disk(false, device, error) != 0) return -1;
  if (mkdir(NEW_ROOT GUEST_IMAGE, 0755) != 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "make " GUEST_IMAGE);
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
    if (mount(device, NEW_ROOT GUEST_IMAGE, TYPES[i], MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0) return 0;
  return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "mount %s as erofs or squashfs", device);
}

/* A disk that fails ends the machine, whose run is tried again: a program must not go on with files that are not what it wrote. */
static int mount_scratch(struct sg_error *error) {
  char device[DEVICE_NAME];
  if (await_disk(true, device, error) != 0) return -1;
  if (mount_at("ext4", device, NEW_ROOT GUEST_SCRATCH, MS_NOSUID | MS_NODEV | MS_NOATIME, "errors=panic", error) != 0) return -1;
  if (rmdir(NEW_ROOT GUEST_SCRATCH "/lost+found") != 0 && errno != ENOENT) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "empty " GUEST_SCRATCH);
  if (chown(NEW_ROOT GUEST_SCRATCH, GUEST_ID_BASE, GUEST_ID_BASE) == 0) return 0;
  return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "give " GUEST_SCRATCH " to the agent");
}

static int move_below(const char *from, const char *to, struct sg_error *error) {
  if ((mkdir(to, 0755) != 0 && errno != EEXIST) || mount(from, to, NULL, MS_MOVE, NULL) != 0)
    return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "move %s to %s", from, to);
  return 0;
}

/* A machine that was given its image as a ramdisk may have no disk at all; writable space is memory then, bounded by the launcher. */
static int mount_disks(struct sg_error *error) {
  char device[DEVICE_NAME];
  if (access(GUEST_IMAGE, F_OK) != 0) return mount_image(error) != 0 || mount_scratch(error) != 0 ? -1 : 0;
  if (bind_image(error) != 0) return -1;
  return find_disk(true, device) ? mount_scratch(error) : 0;
}

int root_switch(struct sg_error *error) {
  if (mount_at("tmpfs", "root", NEW_ROOT, MS_NOSUID | MS_NODEV, "mode=0755,size=32m", error) != 0) return -1;
  if (copy_program(GUEST_LAUNCHER, error) != 0 || copy_program(GUEST_AGENT, error) != 0 || mount_disks(error) != 0) return -1;
  if (move_below("/proc", NEW_ROOT "/proc", error) != 0 || move_below("/sys", NEW_ROOT "/sys", error) != 0 ||
      move_below("/dev", NEW_ROOT "/dev", error) != 0)
    return -1;
  if (chdir(NEW_ROOT) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0)
    return sg_fail(error, SG_STEP_PIVOT_ROOT, errno, "enter the new root");
  if (mkdir("/run", 0700) != 0) return sg_fail(error, SG_STEP_MOUNT_ROOT, errno, "make /run");
  return mount_at("cgroup2", "cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, error);
}
