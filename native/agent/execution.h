/* One EXEC from its fork to its EXITED. */
#ifndef SG_EXECUTION_H
#define SG_EXECUTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "command.h"
#include "options.h"
#include "output.h"
#include "program_input.h"
#include "spawn.h"
#include "stream.h"
#include "usage.h"

/* Right after its start a program is left alone this long: its output, its start and often its end then leave in one message, and the agent
 * wakes once. Nothing is lost, a pipe holds 64 KiB. */
#define QUIET_START_NS 2000000u

/* STARTED alone is no reason to wake the worker sooner than this. */
#define STARTED_WAIT_NS 20000000u

enum execution_phase {
  EXECUTION_NONE,
  EXECUTION_STARTING, /* forked, not known to have exec'd */
  EXECUTION_RUNNING,
  EXECUTION_ENDED, /* the main process is reaped; others and output may be left */
};

/* The numbers of EXITED. The first reason is kept. */
enum stop_reason { STOP_NONE = 0, STOP_WALL_TIME = 1, STOP_CPU_TIME = 2, STOP_OUTPUT = 3, STOP_OUT_OF_MEMORY = 4, STOP_ASKED = 5 };

struct execution {
  enum execution_phase phase;
  uint16_t id;
  pid_t pid;
  uint32_t flags;
  bool is_terminal;
  bool is_primed; /* taken over instead of started */
  uint64_t file_bytes;
  uint64_t spawned_ns, started_ns, ended_ns; /* CLOCK_MONOTONIC */
  uint64_t deadline_ns;                      /* UINT64_MAX for no wall time limit */
  uint64_t cpu_limit_ns;                     /* UINT64_MAX for none */
  uint64_t next_check_ns;
  struct usage baseline;
  uint32_t tasks_seen; /* most that were seen alive, where no cgroup counts */
  struct watch report;
  bool has_reported;             /* something was read from it */
  struct sg_error start_failure; /* its step is SG_STEP_DONE unless the program could not be started */
  int status;                    /* of wait(2) */
  enum stop_reason reason;
  struct program_input input;
  struct output outputs[2]; /* a terminal is the first one */
};

/* Takes the descriptors over. */
void execution_begin(struct execution *execution, uint16_t id, const struct command *command, const struct spawned *spawned,
                     const struct usage *baseline, uint64_t now_ns);

/* Learns from the report pipe how the start went, if that is known by now; queues STARTED. */
void execution_learn_start(struct execution *execution, int epoll, struct stream *stream);

/* The main process was reaped. Whatever is known of its start is known now. */
void execution_end(struct execution *execution, int epoll, int status, uint64_t now_ns, struct stream *stream);

/* The master of its terminal while that is open, else -1. */
int execution_terminal(const struct execution *execution);

/* Passes stdin on and grants the worker more. */
void execution_write_input(struct execution *execution, int epoll, struct stream *stream);

bool execution_keeps_others(const struct execution *execution);

/* True when nothing is left to deliver. */
bool execution_is_drained(const struct execution *execution);

/* Queues EXITED. Returns -1 when a counter cannot be read. */
int execution_report(const struct execution *execution, const struct options *options, int work, struct stream *stream,
                     struct sg_error *error);

/* Gives everything back; the slot is free again. */
void execution_close(struct execution *execution, int epoll);

#endif
