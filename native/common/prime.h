/* What passes between the agent and the library that holds a primed runtime back (prime/), over a SOCK_SEQPACKET pair:
 *
 *   agent    the paths to stop at, each with its NUL       before the runtime's exec
 *   library  SG_PRIME_READY, one byte                      at the first of these paths that the runtime looks at
 *   agent    struct prime_go                               when the program is there
 *   library  struct start_report, and the end              the runtime goes on
 *
 * Both are built together, so the structures travel as they lie in memory. */
#ifndef SG_PRIME_H
#define SG_PRIME_H

#include <stdint.h>

#include "program_limit.h"

/* SG_PRIME_FD: far from the lowest free number, which a runtime's own files get, and below the usual RLIMIT_NOFILE. */
enum { SG_PRIME_FD = 1000, SG_PRIME_PATHS_BYTES = 4096, SG_PRIME_LIMITS = 12 };

#define SG_PRIME_READY 'r'

/* Bounds are set in the runtime itself: the agent may not set those of another user's process (prlimit(2)). */
struct prime_go {
  uint32_t limit_count;
  struct program_limit limits[SG_PRIME_LIMITS];
};

#endif
