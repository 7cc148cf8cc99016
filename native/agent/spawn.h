/* Starting a program. Nothing here waits: how the start went is learned later, from a pipe. */
#ifndef SG_SPAWN_H
#define SG_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "command.h"
#include "error.h"
#include "options.h"

/* The agent's ends. A terminal has its master as `output`, and neither `input` nor `errors`. */
struct spawned {
  pid_t pid;
  int report; /* start_report records until the program runs, then its end */
  int input, output, errors;
};

/* What the child says on its way: that it is about to exec (step 0, with the time), and the step that failed. */
struct start_report {
  uint64_t at_ns; /* CLOCK_MONOTONIC */
  int32_t step;
  int32_t err;
};

/* Forks. The caller owns the descriptors, all non-blocking; -1 stands for none. Returns 0 or -1. */
int spawn_program(const struct options *options, int work, const struct command *command, struct spawned *spawned, struct sg_error *error);

#endif
