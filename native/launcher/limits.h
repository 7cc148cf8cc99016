/* Bounds of one sandbox, as CREATE and CONFIGURE carry them. */
#ifndef SG_LIMITS_H
#define SG_LIMITS_H

#include <stdint.h>

struct limits {
  uint64_t memory_bytes;
  uint32_t processes;
  uint32_t cpu_milli; /* thousandths of one core */
  uint64_t disk_bytes;
  uint32_t inodes;
  uint64_t io_bytes_per_second; /* 0: unlimited */
};

#endif
