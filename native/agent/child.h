/* The child between fork and exec. */
#ifndef SG_CHILD_H
#define SG_CHILD_H

#include <stdbool.h>

#include "command.h"
#include "options.h"

struct child_plan {
  const struct options *options;
  const struct command *command;
  int work;
  int input, output, errors; /* to become 0, 1 and 2; -1 with a terminal */
  int terminal;              /* the master, -1 without one */
  int report;
  bool is_primed; /* see primed.h */
  char *const *candidates; /* paths to try, NULL-terminated */
};

/* Never returns: becomes the program, or reports the step that failed and exits. Async-signal-safe calls only. */
_Noreturn void child_run(const struct child_plan *plan);

#endif
