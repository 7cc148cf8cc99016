/* The byte streams that join a guest to its host: ports of a virtio serial device, or connections to a vsock port. */
#ifndef SG_CHANNELS_H
#define SG_CHANNELS_H

#include <stdbool.h>

#include "error.h"

/* Port numbers, the same for both kinds; packages/sandbox/src/drivers/microvm/guest-channels.ts has them too. */
enum { CHANNEL_GUEST = 1, CHANNEL_LAUNCHER = 2, CHANNEL_AGENT = 3, CHANNELS = 3 };

struct channels {
  bool is_vsock;
  /* Index: port number minus one. A serial port stays open; a vsock listener gives connections. */
  int ports[CHANNELS], listeners[CHANNELS];
};

/* Opens all of them. `kind` is "serial" or "vsock". */
int channels_open(struct channels *channels, const char *kind, struct sg_error *error);

#endif
