/* An error is the step that failed, its errno, and a detail for people. It is filled once, where it happens. */
#ifndef SG_ERROR_H
#define SG_ERROR_H

#include <stdint.h>

#include "steps.h"

struct sg_error {
  enum sg_step step;
  int err;
  char detail[160];
};

/* Fills `error` and returns -1, so that a failing function can `return sg_fail(...)`. The detail is cut to fit. */
int sg_fail(struct sg_error *error, enum sg_step step, int err, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The name of a step, such as "exec"; "unknown-step" for a number that is none. */
const char *sg_step_name(enum sg_step step);

#endif
