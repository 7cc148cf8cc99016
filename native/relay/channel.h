/* Connections of the program, each carried to the worker as one numbered channel with a window in either direction. */
#ifndef SG_CHANNEL_H
#define SG_CHANNEL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

enum { MAX_CHANNELS = 64, CHANNEL_WINDOW = 256 * 1024 };

/* Frames of the relay; the stream id is the channel's number. docs/agent-protocol.md, section 7. */
enum relay_type { RELAY_READY = 0x60, RELAY_OPEN = 0x61, RELAY_DATA = 0x62, RELAY_CREDIT = 0x63, RELAY_CLOSE = 0x64 };

struct channel {
  int fd;             /* -1: free */
  uint32_t credit;    /* bytes that the worker still takes */
  bool read_ended;    /* the program sends no more */
  bool write_ended;   /* the worker sends no more, once `bytes` is written */
  uint8_t *bytes;     /* from the worker, for the program */
  size_t start, end;
};

struct channels {
  struct channel of[MAX_CHANNELS];
  uint8_t input[SG_HEADER_BYTES + SG_MAX_DATA];
  size_t input_bytes;
  struct sg_writer out;
};

void channels_init(struct channels *channels);
void channels_say_ready(struct channels *channels);
/* Takes `fd` over; closes it at once when there is no channel left. */
void channels_open(struct channels *channels, int fd, uint16_t target);
struct pollfd channels_poll(const struct channels *channels, int index);
void channels_carry(struct channels *channels, int index, short events);
/* Reads frames of the worker. Returns 0, or -1 when it is gone or breaks the protocol. */
int channels_receive(struct channels *channels, int fd);
/* Returns 1, or 0 when the worker is gone. */
int channels_flush(struct channels *channels, int fd);

#endif
