/* Carries bytes between a channel of the host and a connection to the launcher, both ways, each at the pace of its reader. */
#ifndef SG_PUMP_H
#define SG_PUMP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { PUMP_BYTES = 32 * 1024, PUMP_ENDS = 2 };

/* What was read from one end and not yet taken by the other. */
struct flow {
  size_t start, end;
  uint8_t bytes[PUMP_BYTES];
};

struct pump {
  int outer; /* to the host, -1 while nobody is connected */
  int inner; /* to the launcher, -1 until the host has said something */
  struct flow in, out;
  bool is_inner_over;
};

/* Sets what to wait for. Fills two entries; an end that is not there gets descriptor -1. */
void pump_watch(const struct pump *pump, struct pollfd wait[PUMP_ENDS]);

enum pump_state { PUMP_RUNS, PUMP_IDLE, PUMP_OVER };

/* Moves what can be moved. PUMP_OVER: the launcher or agent ended and all it said has been passed on. PUMP_IDLE: the host's end is closed, there is
 * nothing to wait for but the clock. */
int pump_turn(struct pump *pump, const struct pollfd wait[PUMP_ENDS], enum pump_state *state, struct sg_error *error);

#endif
