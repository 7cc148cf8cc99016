/* A disk in place of memory for the writable space, where a launcher has one sandbox in its whole life: in a virtual machine. The disk's file system is
 * ext4, and a sandbox is bounded by what of it is set aside for nobody (Documentation/ABI/testing/sysfs-fs-ext4, reserved_clusters): exact to a block,
 * the same ENOSPC as memory gives, and changed by one write. The number of files is bounded by the file system's own. */
#ifndef SG_WRITABLE_DISK_H
#define SG_WRITABLE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct writable_disk {
  int reserved; /* the file that says how much is set aside; -1: there is no disk */
  uint64_t block_bytes, free_blocks; /* when nothing was on it */
  bool is_used; /* a sandbox was made on it: there will be no second one */
};

/* `path` is where the file system is mounted; to be called while the host's /sys is in reach. */
int writable_disk_open(struct writable_disk *disk, const char *path, struct sg_error *error);

/* Lets the sandbox have `bytes` in all, also after it has written some. */
int writable_disk_limit(const struct writable_disk *disk, uint64_t bytes, struct sg_error *error);

#endif
