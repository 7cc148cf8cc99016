/* Connections of the program, each carried to the worker as one numbered channel with a window in either direction. */
#ifndef SG_CHANNEL_H
#define SG_CHANNEL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

enum { MAX_CHANNELS = 64, CHANNEL_WINDOW = 256 * 1024 };

/* Frames of the relay; the stream id is the channel's number. docs/agent-protocol.md, section 7. */
enum relay_type { RELAY_READY = 0x60, RELAY_OPEN = 0x61, RELAY_DATA = 0x62, RELAY_CREDIT = 0x63, RELAY_CLOSE = 0x64, RELAY_LOOKUP = 0x65, RELAY_NAME = 0x66 };

struct channel {
  int fd;             /* -1: no connection */
  bool waits;         /* for the worker's CLOSE, after which its number may mean another connection */
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
void channels_open(struct channels *channels, int fd, uint32_t target);
/* Asks the worker for a name; the answer comes as a frame of type RELAY_NAME with the same id. */
void channels_ask(struct channels *channels, int id, const char *name);
struct pollfd channels_poll(const struct channels *channels, int index);
void channels_carry(struct channels *channels, int index, short events);
/* Takes the frames that are not for a channel. Returns 0, or -1 when the worker breaks the protocol. */
typedef int frame_taker(void *context, const struct sg_frame *frame);
/* Reads frames of the worker. Returns 0, or -1 when it is gone or breaks the protocol. */
int channels_receive(struct channels *channels, int fd, frame_taker *take, void *context);
/* The same for bytes that were read into `input` already. */
int channels_parse(struct channels *channels, frame_taker *take, void *context);
/* Returns 1, or 0 when the worker is gone. */
int channels_flush(struct channels *channels, int fd);

#endif
