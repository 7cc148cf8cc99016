#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int sg_fail(struct sg_error *error, enum sg_step step, int err, const char *format, ...) {
  error->step = step;
  error->err = err;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(error->detail, sizeof error->detail, format, arguments);
  va_end(arguments);
  return -1;
}

const char *sg_step_name(enum sg_step step) {
  switch (step) {
#define SG_STEP_CASE(number, symbol, name) \
  case SG_STEP_##symbol: return name;
    SG_STEPS(SG_STEP_CASE)
#undef SG_STEP_CASE
  }
  return "unknown-step";
}
