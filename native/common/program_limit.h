/* One rlimit of a program (setrlimit(2)). */
#ifndef SG_PROGRAM_LIMIT_H
#define SG_PROGRAM_LIMIT_H

#include <stdint.h>

struct program_limit {
  int32_t resource;
  uint64_t soft, hard;
};

/* Sets it for the calling process; where the hard limit is lower already, that one holds. Returns 0 or -1 with errno. Async-signal-safe. */
int program_limit_set(const struct program_limit *limit);

#endif
