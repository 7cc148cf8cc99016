/* Who the agent is, and how a program becomes less. */
#ifndef SG_PRIVILEGES_H
#define SG_PRIVILEGES_H

#include "error.h"
#include "options.h"

/* At start: undumpable, no new privileges, an empty bounding set, only the three capabilities that starting and killing programs needs, and
 * from here on file access as the program. Fails when any of it cannot be had. */
int privileges_reduce_agent(const struct options *options, struct sg_error *error);

/* In the child: the program's ids, no group, no capability. Async-signal-safe. Returns 0 or -1. */
int privileges_become_program(const struct options *options, struct sg_error *error);

#endif
