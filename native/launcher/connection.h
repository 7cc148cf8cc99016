/* Connections to the launcher's socket: frames in, without reading past them, and frames out. */
#ifndef SG_CONNECTION_H
#define SG_CONNECTION_H

#include <stdint.h>

#include "wire.h"

enum { MAX_CONTROL_PAYLOAD = 1 << 16 };

struct connection {
  int fd;
  uint8_t header[SG_HEADER_BYTES];
  uint8_t *payload;
  uint32_t length, have; /* of the payload; `have` counts the header's bytes too */
  uint64_t deadline_ns;  /* for its first frame */
  struct sg_writer out;
};

enum connection_input { INPUT_NOTHING, INPUT_FRAME, INPUT_END, INPUT_BAD };

/* Reads on until one frame is whole. The frame stays valid until the next call. What follows it is left unread, because the connection may be about
 * to become a sandbox's stream. */
enum connection_input connection_read(struct connection *connection, struct sg_frame *frame);

/* Queues FAULT and sends what the peer takes at once. */
void connection_fault(int fd, const struct sg_error *error);

/* Closes it and releases its buffers. */
void connection_close(struct connection *connection);

#endif
