#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"
#include "cleanup.h"

/* TERMINAL_BYTES: more than a terminal ever holds (N_TTY_BUF_SIZE and its flip buffers). DISCARD_BYTES: one pipe full. */
enum { TERMINAL_BYTES = 64 * 1024, DISCARD_BYTES = 64 * 1024, SCRATCH_BYTES = 4096 };

static uint64_t left_under_limit(const struct output *output) {
  return output->bytes < output->limit_bytes ? output->limit_bytes - output->bytes : 0;
}

bool output_wants(const struct output *output) {
  return output->source.fd >= 0 && !output->is_hung_up && (output->credit > 0 || left_under_limit(output) == 0);
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Reads without keeping, so that a program which prints too much is not blocked. Splicing moves pages instead of copying them: the flood
 * costs the program time, not the agent. */
static ssize_t discard(const struct output *output) {
  uint8_t scratch[SCRATCH_BYTES];
  if (output->kind != OUTPUT_TERMINAL) {
    cleanup_fd int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (sink >= 0)
      return SG_EINTR(splice(output->source.fd, NULL, sink, NULL, least(DISCARD_BYTES, output->left_at_end), SPLICE_F_NONBLOCK));
  }
  return SG_EINTR(read(output->source.fd, scratch, least(sizeof scratch, output->left_at_end)));
}

/* Straight into the queue. */
static ssize_t deliver(struct output *output, uint16_t id, struct stream *stream) {
  size_t wanted = (size_t)least(least(left_under_limit(output), output->credit), least(SG_MAX_DATA, output->left_at_end));
  sg_begin(&stream->out, SG_OUTPUT, output->kind, id);
  uint8_t *at = sg_room(&stream->out, wanted);
  ssize_t count = -1;
  errno = EAGAIN; /* without memory the queue has failed, and the loop gives the stream up */
  if (at != NULL) count = SG_EINTR(read(output->source.fd, at, wanted));
  if (count <= 0) {
    sg_cancel(&stream->out);
    return count;
  }
  sg_advance(&stream->out, (size_t)count);
  sg_end(&stream->out);
  output->credit -= (uint64_t)count;
  return count;
}

bool output_read(struct output *output, int epoll, uint16_t id, struct stream *stream) {
  bool is_over_limit = left_under_limit(output) == 0;
  ssize_t count = is_over_limit ? discard(output) : deliver(output, id, stream);
  if (count < 0 && errno == EAGAIN) return false;
  if (count > 0) {
    output->is_truncated |= is_over_limit;
    output->bytes += (uint64_t)count;
    if (output->left_at_end != UINT64_MAX) output->left_at_end -= (uint64_t)count;
  }
  if (count > 0 && output->left_at_end > 0) return true;
  /* Its end; a terminal reports EIO while nobody has it open. */
  if (output->kind == OUTPUT_TERMINAL && !output->is_program_over)
    output->is_hung_up = true;
  else
    watch_close(epoll, &output->source);
  return true;
}

/* Without credit nothing may be read, yet nothing being there ends it just as well. (Asking a terminal also moves on what its driver still
 * holds.) */
static bool is_empty(const struct output *output) {
  struct pollfd state = {.fd = output->source.fd, .events = POLLIN};
  return poll(&state, 1, 0) >= 0 && !(state.revents & POLLIN);
}

void output_drain(struct output *output, int epoll, uint16_t id, struct stream *stream) {
  output->is_program_over = true;
  output->is_hung_up = false;
  while (output_wants(output) && sg_pending(&stream->out) < SG_QUEUE_BYTES && !stream->out.failed)
    if (!output_read(output, epoll, id, stream)) watch_close(epoll, &output->source);
  if (output->source.fd >= 0 && !output_wants(output) && is_empty(output)) watch_close(epoll, &output->source);
}

void output_end_here(struct output *output) {
  int there = 0;
  if (output->source.fd < 0) return;
  bool is_known = output->kind != OUTPUT_TERMINAL && ioctl(output->source.fd, FIONREAD, &there) == 0;
  output->left_at_end = is_known ? (uint64_t)there : TERMINAL_BYTES;
}
