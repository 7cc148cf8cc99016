#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

/* READ_BYTES fits a small program together with its EXEC. This much waiting to leave is sent at once, however young. */
enum { READ_BYTES = 16 * 1024, SEND_BYTES = 32 * 1024 };

static int make_non_blocking(int fd, struct sg_error *error) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
    return sg_fail(error, SG_STEP_EVENT_LOOP, errno, "make the stream non-blocking");
  return 0;
}

int stream_init(struct stream *stream, int fd, int out_fd, struct sg_error *error) {
  *stream = (struct stream){.fd = fd, .out_fd = out_fd, .send_at_ns = UINT64_MAX};
  return make_non_blocking(fd, error) == 0 && make_non_blocking(out_fd, error) == 0 ? 0 : -1;
}

static uint32_t announced_bytes(const struct stream *stream) {
  const uint8_t *at = stream->input + stream->input_start;
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Moves the unfinished frame to the front and makes sure that all of it fits. Its length was checked by stream_next. */
static int make_room(struct stream *stream, struct sg_error *error) {
  size_t kept = stream->input_end - stream->input_start;
  size_t wanted = READ_BYTES;
  if (kept >= SG_HEADER_BYTES && announced_bytes(stream) + SG_HEADER_BYTES > wanted) wanted = announced_bytes(stream) + SG_HEADER_BYTES;
  if (stream->input_start > 0 && kept > 0) memmove(stream->input, stream->input + stream->input_start, kept);
  stream->input_start = 0;
  stream->input_end = kept;
  if (stream->input_capacity >= wanted) return 0;
  uint8_t *grown = realloc(stream->input, wanted);
  if (grown == NULL) return sg_fail(error, SG_STEP_OUT_OF_MEMORY, ENOMEM, "%zu bytes of input", wanted);
  stream->input = grown;
  stream->input_capacity = wanted;
  return 0;
}

int stream_read(struct stream *stream, enum stream_state *state, struct sg_error *error) {
  if (make_room(stream, error) != 0) return -1;
  ssize_t count = SG_EINTR(read(stream->fd, stream->input + stream->input_end, stream->input_capacity - stream->input_end));
  *state = count > 0 || (count < 0 && errno == EAGAIN) ? STREAM_OPEN : STREAM_ENDED;
  if (count > 0) stream->input_end += (size_t)count;
  return 0;
}

/* An idle agent keeps no buffer that one large frame made large. */
static void give_back_input(struct stream *stream) {
  if (stream->input_capacity > READ_BYTES) {
    free(stream->input);
    stream->input = NULL;
    stream->input_capacity = 0;
  }
  stream->input_start = stream->input_end = 0;
}

int stream_next(struct stream *stream, struct sg_frame *frame, struct sg_error *error) {
  size_t kept = stream->input_end - stream->input_start;
  if (kept == 0) {
    give_back_input(stream);
    return 0;
  }
  long size = sg_frame_parse(stream->input + stream->input_start, kept, frame);
  if (size < 0)
    return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "a frame of %u bytes, at most %d are allowed", announced_bytes(stream), SG_MAX_PAYLOAD);
  stream->input_start += (size_t)size;
  return size > 0;
}

void stream_send_by(struct stream *stream, uint64_t at_ns) {
  if (at_ns < stream->send_at_ns) stream->send_at_ns = at_ns;
}

enum stream_state stream_flush(struct stream *stream, uint64_t now_ns) {
  if (stream->out.failed) return STREAM_ENDED;
  /* UINT64_MAX with something pending: the socket did not take all of it, and what is left is due as soon as it can. */
  bool is_young = stream->send_at_ns != UINT64_MAX && stream->send_at_ns > now_ns && sg_pending(&stream->out) < SEND_BYTES;
  if (sg_pending(&stream->out) == 0 || is_young) return STREAM_OPEN;
  stream->send_at_ns = UINT64_MAX;
  return sg_flush(&stream->out, stream->out_fd) == 0 ? STREAM_OPEN : STREAM_ENDED;
}

uint64_t stream_deadline(const struct stream *stream) { return sg_pending(&stream->out) > 0 ? stream->send_at_ns : UINT64_MAX; }
