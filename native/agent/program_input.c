#include "program_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "terminal.h"

bool input_is_waiting(const struct program_input *input) { return input->start < input->end; }

static void forget(struct program_input *input) {
  free(input->bytes);
  input->bytes = NULL;
  input->start = input->end = input->capacity = input->own_bytes = 0;
}

static int append(struct program_input *input, const uint8_t *bytes, size_t count) {
  if (count == 0) return 0;
  size_t kept = input->end - input->start;
  if (input->start > 0) memmove(input->bytes, input->bytes + input->start, kept);
  input->start = 0;
  input->end = kept;
  if (input->capacity - kept < count) {
    uint8_t *grown = realloc(input->bytes, kept + count);
    if (grown == NULL) return -1;
    input->bytes = grown;
    input->capacity = kept + count;
  }
  memcpy(input->bytes + kept, bytes, count);
  input->end += count;
  return 0;
}

/* A terminal has no end of its own, so one is typed; more may follow, as from a person. */
static int type_eof(struct program_input *input, int terminal) {
  uint8_t keys[2];
  size_t count = (size_t)terminal_eof(terminal, input->is_line_empty, keys);
  if (append(input, keys, count) != 0) return -1;
  input->own_bytes += count;
  input->is_line_empty = true;
  return 0;
}

int input_feed(struct program_input *input, int terminal, const uint8_t *bytes, size_t count, bool is_last) {
  if (input->has_ended || count > input->credit_left || append(input, bytes, count) != 0) return -1;
  input->credit_left -= (uint32_t)count;
  if (count > 0) input->is_line_empty = bytes[count - 1] == '\n';
  if (is_last && terminal >= 0) return type_eof(input, terminal);
  input->has_ended = is_last;
  return 0;
}

static void take(struct program_input *input, size_t count) {
  size_t own = count < input->own_bytes ? count : input->own_bytes;
  input->start += count;
  input->own_bytes -= own;
  input->owed += (uint32_t)(count - own);
}

void input_write(struct program_input *input, int epoll, int terminal) {
  int fd = terminal >= 0 ? terminal : input->sink.fd;
  while (input_is_waiting(input)) {
    size_t waiting = input->end - input->start;
    ssize_t count = fd < 0 ? -1 : SG_EINTR(write(fd, input->bytes + input->start, waiting));
    if (fd >= 0 && count < 0 && errno == EAGAIN) return;
    /* EPIPE, EIO or already closed: nobody reads any more. */
    if (count < 0) watch_close(epoll, &input->sink);
    take(input, count < 0 ? waiting : (size_t)count);
    if (count < 0) fd = -1;
  }
  forget(input);
  if (input->has_ended) watch_close(epoll, &input->sink);
}

uint32_t input_take_grant(struct program_input *input) {
  if (input->owed < SG_STDIN_GRANT || input->has_ended) return 0;
  uint32_t granted = input->owed;
  input->owed = 0;
  input->credit_left += granted;
  return granted;
}

void input_close(struct program_input *input, int epoll) {
  forget(input);
  watch_close(epoll, &input->sink);
}
