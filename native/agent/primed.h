/* A primed runtime: an interpreter that the worker had started before there was a program for it. A library in it (prime/) holds it back
 * where it first looks for the program's file. An EXEC for the very same command takes it over and lets it go on; from there it is a program
 * like any other. Until then it belongs to the agent: its memory and time are charged to the agents' group, and nothing else runs beside
 * it, so nobody can reach it. */
#ifndef SG_PRIMED_H
#define SG_PRIMED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "command.h"
#include "error.h"
#include "spawn.h"
#include "watch.h"
#include "wire.h"

struct agent;

enum primed_phase {
  PRIMED_NONE,
  PRIMED_STARTING,
  PRIMED_ENDING, /* it gave its end of the pair up without a word; its exit status will say more */
  PRIMED_READY,
};

struct primed {
  enum primed_phase phase;
  uint16_t id; /* of the PRIME, answered by RESULT once it is ready or lost */
  pid_t pid;
  int input, output, errors; /* the agent's ends */
  struct watch control;
  struct command command;
};

/* PRIME. Returns 0, or -1 when the frame breaks the protocol. */
int handle_prime(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);

/* Learns from its end of the pair that it is ready, or why it will not be. */
void primed_learn(struct agent *agent);

/* Hands over the process that `command` would start, in the program's cgroups, with its limits, and about to begin. False when there is none
 * or it is not exactly that: then whatever there was is killed. */
bool primed_take(struct agent *agent, const struct command *command, struct spawned *spawned);

/* True when `pid` was the primed process; it is forgotten then. */
bool primed_note_end(struct agent *agent, pid_t pid, int status);

#endif
