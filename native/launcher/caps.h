#ifndef SG_CAPS_H
#define SG_CAPS_H

#include <stdbool.h>

#include "error.h"

/* Reduces a sandbox's first process, which has every capability over its own namespaces, to what the agent works with: SETUID, SETGID and KILL
 * when agent and program have ids of their own, else none. They survive the exec that follows, and nothing can ever be gained again. */
int caps_reduce(bool separate_ids, struct sg_error *error);

#endif
