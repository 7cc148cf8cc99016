#ifndef SG_SPAWN_H
#define SG_SPAWN_H

#include <sys/types.h>

#include "inside.h"
#include "launcher.h"

struct spawned {
  pid_t pid;
  int pidfd;
  int network; /* the network namespace it was cloned into, -1 when it makes its own */
  int report; /* struct inside_report arrives here; its end means that the agent runs */
};

/* Starts the first process of a sandbox from `inside`, whose launcher-side fields it fills, in the given image and id slot. The caller owns the two
 * descriptors and must reap the process. After a failure nothing is left. */
int spawn(struct launcher *launcher, struct inside *inside, size_t image, uint32_t slot, struct spawned *spawned, struct sg_error *error);

/* Makes one sandbox up to the last step before the agent, and throws it away. Blocks; for start only. */
int spawn_trial(struct launcher *launcher, size_t image, struct sg_error *error);

#endif
