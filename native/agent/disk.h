/* The sandbox's writable space: behind the working directory, /tmp and /dev/shm; one file system or several. */
#ifndef SG_DISK_H
#define SG_DISK_H

#include <stdint.h>

struct disk_state {
  uint64_t used_bytes;
  uint32_t facts; /* of the protocol: no free block, no free inode, a file at its limit */
};

/* `file_bytes`: look for a regular file of at least that size, among a bounded number of them; 0 = do not look. */
struct disk_state disk_inspect(int work, uint64_t file_bytes);

#endif
