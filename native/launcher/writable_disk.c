#include "writable_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"

/* /sys/fs/ext4 names file systems after their devices; /sys/dev/block leads from numbers to names. */
static int open_reserved(dev_t device) {
  char link[64], target[PATH_MAX], path[PATH_MAX];
  (void)snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(device), minor(device));
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return -1;
  target[length] = '\0';
  (void)snprintf(path, sizeof path, "/sys/fs/ext4/%.64s/reserved_clusters", basename(target));
  return open(path, O_WRONLY | O_CLOEXEC);
}

int writable_disk_open(struct writable_disk *disk, const char *path, struct sg_error *error) {
  struct stat status;
  struct statfs space;
  if (stat(path, &status) != 0 || statfs(path, &space) != 0) return sg_fail(error, SG_STEP_MOUNT_WRITABLE, errno, "look at the disk %.100s", path);
  if (space.f_type != EXT4_SUPER_MAGIC) return sg_fail(error, SG_STEP_MOUNT_WRITABLE, EINVAL, "the disk %.100s is no ext4", path);
  disk->block_bytes = (uint64_t)space.f_bsize;
  disk->free_blocks = space.f_bfree;
  disk->reserved = open_reserved(status.st_dev);
  return disk->reserved >= 0 ? 0 : sg_fail(error, SG_STEP_MOUNT_WRITABLE, errno, "open reserved_clusters of the disk %.100s", path);
}

int writable_disk_limit(const struct writable_disk *disk, uint64_t bytes, struct sg_error *error) {
  uint64_t wanted = bytes / disk->block_bytes + (bytes % disk->block_bytes != 0);
  char text[24];
  if (wanted > disk->free_blocks)
    return sg_fail(error, SG_STEP_RESIZE_WRITABLE, ENOSPC, "the disk has %llu bytes, %llu are wanted",
                   (unsigned long long)(disk->free_blocks * disk->block_bytes), (unsigned long long)bytes);
  int length = snprintf(text, sizeof text, "%llu", (unsigned long long)(disk->free_blocks - wanted));
  if (SG_EINTR(pwrite(disk->reserved, text, (size_t)length, 0)) == length) return 0;
  return sg_fail(error, SG_STEP_RESIZE_WRITABLE, errno, "set %s blocks aside", text);
}
