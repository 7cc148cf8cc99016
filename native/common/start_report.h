/* What a program's process says on its way, to the agent: that the program begins (step 0, with the time), or the step that failed. */
#ifndef SG_START_REPORT_H
#define SG_START_REPORT_H

#include <stdint.h>

struct start_report {
  uint64_t at_ns; /* CLOCK_MONOTONIC */
  int32_t step;
  int32_t err;
};

#endif
