/* The agent's whole state. Single thread: every function runs to its end between two waits of the loop. */
#ifndef SG_AGENT_H
#define SG_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "execution.h"
#include "file_requests.h"
#include "options.h"
#include "primed.h"
#include "stream.h"
#include "wire.h"

/* Above SG_QUEUE_BYTES of unsent output nothing more is produced: the worker, not memory, sets the pace. */
enum { SG_QUEUE_BYTES = 512 * 1024 };

/* How many of each may be under way at once. */
enum { SG_MAX_EXECUTIONS = 16, SG_MAX_WRITES = 8, SG_MAX_READS = 8, SG_MAX_KILLS = 8 };

struct agent {
  const struct options *options;
  int work; /* the working directory, O_PATH */
  int epoll, signals;
  struct stream stream;
  struct execution executions[SG_MAX_EXECUTIONS];
  struct file_write writes[SG_MAX_WRITES];
  struct file_read reads[SG_MAX_READS];
  struct primed primed;
  bool was_heard;     /* the worker has sent something since the last turn */
  uint64_t hear_by_ns; /* a worker that says nothing until then is gone; UINT64_MAX for one that need not say anything */
  bool has_executed;   /* a program was started here */
  bool quiet_write_failed;
  struct sg_error quiet_error;
  bool is_sweeping; /* everything was killed, and not all of it is gone yet */
  bool must_reap;   /* look for ended children without waiting for a SIGCHLD */
  int kill_count;
  uint16_t kill_ids[SG_MAX_KILLS]; /* KILLs that wait for the sweep to end */
};

/* RESULT: `failure` NULL means that it was done. */
void answer_result(struct agent *agent, uint16_t id, const struct sg_error *failure);

/* Fills in the error of a frame that breaks the protocol. Returns -1. */
int malformed_frame(const struct sg_frame *frame, struct sg_error *error);

/* Carries out one frame. Returns 0, or -1 when the peer broke the protocol, with the error to send as FAULT. */
int dispatch_frame(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);

#endif
