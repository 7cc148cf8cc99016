/* Starting a program. Nothing here waits: how the start went is learned later, from a pipe. */
#ifndef SG_SPAWN_H
#define SG_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "command.h"
#include "error.h"
#include "options.h"
#include "start_report.h"

/* The agent's ends. A terminal has its master as `output`, and neither `input` nor `errors`. */
struct spawned {
  pid_t pid;
  int report; /* start_report records until the program runs, then its end */
  bool is_primed;
  int input, output, errors;
};

enum spawn_mode {
  SPAWN_PROGRAM,
  SPAWN_PRIMED, /* outside the program's cgroups, and `report` is the agent's end of a pair (prime.h) */
};

/* Forks. The caller owns the descriptors, all non-blocking; -1 stands for none. Returns 0 or -1. */
int spawn_program(const struct options *options, int work, const struct command *command, enum spawn_mode mode, struct spawned *spawned,
                  struct sg_error *error);

#endif
