/* Wall time, CPU time and out-of-memory kills of running programs. */
#ifndef SG_LIMITS_H
#define SG_LIMITS_H

#include <stdint.h>

#include "error.h"

struct agent;

/* Ends what is over a limit at `now_ns` and tells when to look again (UINT64_MAX for never). Returns -1 when a counter cannot be read. */
int limits_enforce(struct agent *agent, uint64_t now_ns, uint64_t *next_ns, struct sg_error *error);

#endif
