#include "channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

/* Above this nothing is read from the program's connections: the worker sets the pace. */
static const size_t MAX_UNSENT = 1u << 20;

void channels_init(struct channels *channels) {
  for (int i = 0; i < MAX_CHANNELS; i++) channels->of[i].fd = -1;
}

static void say(struct channels *channels, uint8_t type, uint8_t flags, int index, const uint32_t *value) {
  sg_begin(&channels->out, type, flags, (uint16_t)index);
  if (value != NULL) sg_put_u32(&channels->out, *value);
  sg_end(&channels->out);
}

void channels_say_ready(struct channels *channels) { say(channels, RELAY_READY, 0, 0, NULL); }

/* What the worker has sent for this connection may still be on its way, so the number stays taken until its CLOSE. */
static void release(struct channel *channel) {
  sg_close(&channel->fd);
  free(channel->bytes);
  *channel = (struct channel){.fd = -1, .waits = true};
}

void channels_ask(struct channels *channels, int id, const char *name) {
  sg_begin(&channels->out, RELAY_LOOKUP, 0, (uint16_t)id);
  sg_put_str(&channels->out, name);
  sg_end(&channels->out);
}

void channels_open(struct channels *channels, int fd, uint32_t target) {
  int index = 0;
  while (index < MAX_CHANNELS && (channels->of[index].fd >= 0 || channels->of[index].waits)) index++;
  if (index == MAX_CHANNELS) {
    close(fd);
    return;
  }
  channels->of[index] = (struct channel){.fd = fd, .credit = CHANNEL_WINDOW};
  say(channels, RELAY_OPEN, 0, index, &target);
}

struct pollfd channels_poll(const struct channels *channels, int index) {
  const struct channel *channel = &channels->of[index];
  bool reads = !channel->read_ended && channel->credit > 0 && sg_pending(&channels->out) < MAX_UNSENT;
  bool writes = channel->start < channel->end;
  return (struct pollfd){.fd = reads || writes ? channel->fd : -1, .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))};
}

/* Both ways have ended: the worker knows from the two LAST flags, and says CLOSE. */
static void finish(struct channel *channel) {
  if (channel->read_ended && channel->write_ended && channel->start == channel->end) release(channel);
}

static void break_off(struct channel *channel) {
  if (channel->fd < 0) return;
  /* Closing with this option sends RST, which is what a refused or broken target looks like (socket(7)). */
  struct linger now = {.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(channel->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  release(channel);
}

static void reset(struct channels *channels, int index) {
  break_off(&channels->of[index]);
  say(channels, RELAY_CLOSE, 0, index, NULL);
}

static void read_program(struct channels *channels, int index) {
  struct channel *channel = &channels->of[index];
  size_t want = channel->credit < SG_MAX_DATA ? channel->credit : SG_MAX_DATA;
  sg_begin(&channels->out, RELAY_DATA, 0, (uint16_t)index);
  uint8_t *at = sg_room(&channels->out, want);
  ssize_t count = at == NULL ? -1 : SG_EINTR(recv(channel->fd, at, want, 0));
  if (count > 0) {
    sg_advance(&channels->out, (size_t)count);
    sg_end(&channels->out);
    channel->credit -= (uint32_t)count;
    return;
  }
  int reason = errno;
  sg_cancel(&channels->out);
  if (count == 0) {
    channel->read_ended = true;
    say(channels, RELAY_DATA, SG_LAST, index, NULL);
    finish(channel);
  } else if (reason != EAGAIN) {
    reset(channels, index);
  }
}

static void write_program(struct channels *channels, int index) {
  struct channel *channel = &channels->of[index];
  uint32_t taken = 0;
  while (channel->start < channel->end) {
    ssize_t count = SG_EINTR(send(channel->fd, channel->bytes + channel->start, channel->end - channel->start, MSG_NOSIGNAL));
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) {
      reset(channels, index);
      return;
    }
    channel->start += (size_t)count;
    taken += (uint32_t)count;
  }
  if (taken > 0) say(channels, RELAY_CREDIT, 0, index, &taken);
  if (channel->start < channel->end) return;
  channel->start = channel->end = 0;
  if (channel->write_ended) (void)shutdown(channel->fd, SHUT_WR);
  finish(channel);
}

void channels_carry(struct channels *channels, int index, short events) {
  if (channels->of[index].fd >= 0 && events & POLLOUT) write_program(channels, index);
  /* Without credit a read of nothing would look like the end. */
  const struct channel *channel = &channels->of[index];
  if (channel->fd >= 0 && !channel->read_ended && channel->credit > 0 && events & (POLLIN | POLLHUP | POLLERR)) read_program(channels, index);
}

/* Returns -1 when the worker sends more than it was granted. */
static int take_data(struct channels *channels, const struct sg_frame *frame) {
  struct channel *channel = &channels->of[frame->id];
  if (channel->fd < 0) return 0; /* closed meanwhile */
  if (channel->write_ended || channel->end - channel->start + frame->length > CHANNEL_WINDOW) return -1;
  if (channel->bytes == NULL) channel->bytes = malloc(CHANNEL_WINDOW);
  if (channel->bytes == NULL) return -1;
  memmove(channel->bytes, channel->bytes + channel->start, channel->end - channel->start);
  channel->end -= channel->start;
  channel->start = 0;
  memcpy(channel->bytes + channel->end, frame->payload, frame->length);
  channel->end += frame->length;
  channel->write_ended = frame->flags & SG_LAST;
  write_program(channels, frame->id);
  return 0;
}

static int handle(struct channels *channels, const struct sg_frame *frame, frame_taker *take, void *context) {
  if (frame->type == RELAY_NAME) return take(context, frame);
  if (frame->id >= MAX_CHANNELS) return -1;
  struct channel *channel = &channels->of[frame->id];
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  switch (frame->type) {
    case RELAY_DATA:
      return take_data(channels, frame);
    case RELAY_CREDIT:
      if (channel->fd >= 0) channel->credit += sg_get_u32(&reader);
      return 0;
    case RELAY_CLOSE:
      break_off(channel);
      channel->waits = false;
      return 0;
    default:
      return -1;
  }
}

int channels_parse(struct channels *channels, frame_taker *take, void *context) {
  size_t used = 0;
  struct sg_frame frame;
  long size;
  while ((size = sg_frame_parse(channels->input + used, channels->input_bytes - used, &frame)) > 0) {
    if (handle(channels, &frame, take, context) != 0) return -1;
    used += (size_t)size;
  }
  memmove(channels->input, channels->input + used, channels->input_bytes - used);
  channels->input_bytes -= used;
  return size < 0 || channels->input_bytes == sizeof channels->input ? -1 : 0;
}

int channels_receive(struct channels *channels, int fd, frame_taker *take, void *context) {
  ssize_t count = SG_EINTR(read(fd, channels->input + channels->input_bytes, sizeof channels->input - channels->input_bytes));
  if (count <= 0) return -1;
  channels->input_bytes += (size_t)count;
  return channels_parse(channels, take, context);
}

int channels_flush(struct channels *channels, int fd) { return sg_flush(&channels->out, fd) == 0; }
