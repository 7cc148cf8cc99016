/* sandglass-machine: see machine.h. Exit codes: 0 done, 1 failed, 2 wrong use. `run` ends as the program that it becomes. */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

int main(int argc, char **argv) {
  struct sg_error error = {.step = SG_STEP_DONE};
  const char *verb = argc > 1 ? argv[1] : "";
  int result = -1;
  if (strcmp(verb, "run") == 0)
    result = machine_run(argc - 2, argv + 2, &error);
  else if (strcmp(verb, "seal") == 0)
    result = machine_seal(&error);
  else if (strcmp(verb, "tsc") == 0)
    result = machine_tsc(&error);
  else if (strcmp(verb, "calibrate") == 0)
    result = machine_calibrate(&error);
  else
    sg_fail(&error, SG_STEP_OPTIONS, EINVAL, "usage: sandglass-machine run [OPTION]... -- PROGRAM [ARGUMENT]... | seal | tsc | calibrate");
  if (result == 0) return 0;
  (void)fprintf(stderr, "sandglass-machine: %s: %s%s%s\n", sg_step_name(error.step), error.detail, error.err == 0 ? "" : ": ",
                error.err == 0 ? "" : strerror(error.err));
  return error.step == SG_STEP_OPTIONS ? EXIT_USAGE : EXIT_FAILED;
}
