/* The worker's side: frames in, frames out. Output may be held back a moment, so that what belongs together leaves in one piece and the
 * worker wakes once. */
#ifndef SG_STREAM_H
#define SG_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "wire.h"

struct stream {
  int fd, out_fd; /* the same for a socket; a pair of pipes has one for each direction */
  uint8_t *input;
  size_t input_start, input_end, input_capacity;
  struct sg_writer out;
  uint64_t send_at_ns; /* when `out` must leave, CLOCK_MONOTONIC; UINT64_MAX while nothing presses */
  uint32_t watched;     /* the epoll events that fd is registered for */
  uint32_t out_watched; /* those of out_fd, where it is another */
};

enum stream_state { STREAM_OPEN, STREAM_ENDED };

/* Makes the descriptors non-blocking. Returns 0 or -1. */
int stream_init(struct stream *stream, int fd, int out_fd, struct sg_error *error);

/* Reads once. Returns 0 with the state, or -1 when memory is out. A broken stream counts as ended: there is nobody left to tell. */
int stream_read(struct stream *stream, enum stream_state *state, struct sg_error *error);

/* Takes the next whole frame, a view until the next stream_read. Returns 1, 0 when there is none yet, -1 when it breaks the rules. */
int stream_next(struct stream *stream, struct sg_frame *frame, struct sg_error *error);

/* What is queued may wait until `at_ns` at most; 0 for no waiting. */
void stream_send_by(struct stream *stream, uint64_t at_ns);

/* Sends what is due at `now_ns`. */
enum stream_state stream_flush(struct stream *stream, uint64_t now_ns);

/* When stream_flush has something to do next; UINT64_MAX for never. */
uint64_t stream_deadline(const struct stream *stream);

#endif
