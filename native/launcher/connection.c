#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

/* One receive into a part of the frame. INPUT_FRAME stands for progress. */
static enum connection_input receive(struct connection *connection, uint8_t *at, size_t wanted) {
  ssize_t count = SG_EINTR(recv(connection->fd, at, wanted, MSG_DONTWAIT));
  if (count == 0) return INPUT_END;
  if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? INPUT_NOTHING : INPUT_END;
  connection->have += (uint32_t)count;
  return INPUT_FRAME;
}

static enum connection_input accept_header(struct connection *connection) {
  const uint8_t *header = connection->header;
  connection->length = (uint32_t)header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16 | (uint32_t)header[3] << 24;
  if (connection->length > MAX_CONTROL_PAYLOAD) return INPUT_BAD;
  connection->payload = malloc(connection->length + 1);
  return connection->payload == NULL ? INPUT_BAD : INPUT_FRAME;
}

enum connection_input connection_read(struct connection *connection, struct sg_frame *frame) {
  if (connection->payload != NULL && connection->have == SG_HEADER_BYTES + connection->length) {
    free(connection->payload); /* the frame of the last call */
    connection->payload = NULL;
    connection->have = 0;
  }
  while (connection->have < SG_HEADER_BYTES) {
    enum connection_input input = receive(connection, connection->header + connection->have, SG_HEADER_BYTES - connection->have);
    if (input != INPUT_FRAME) return input;
    if (connection->have == SG_HEADER_BYTES && accept_header(connection) == INPUT_BAD) return INPUT_BAD;
  }
  while (connection->have < SG_HEADER_BYTES + connection->length) {
    uint32_t done = connection->have - SG_HEADER_BYTES;
    enum connection_input input = receive(connection, connection->payload + done, connection->length - done);
    if (input != INPUT_FRAME) return input;
  }
  const uint8_t *header = connection->header;
  *frame = (struct sg_frame){.type = header[4],
                             .flags = header[5],
                             .id = (uint16_t)(header[6] | header[7] << 8),
                             .length = connection->length,
                             .payload = connection->payload};
  return INPUT_FRAME;
}

void connection_fault(int fd, const struct sg_error *error) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_FAULT, 0, 0);
  sg_put_u32(&out, (uint32_t)error->step);
  sg_put_u32(&out, (uint32_t)error->err);
  sg_put_str(&out, error->detail);
  sg_end(&out);
  (void)sg_flush(&out, fd); /* A peer that does not read has its answer in the connection's end. */
  sg_writer_free(&out);
}

void connection_close(struct connection *connection) {
  sg_close(&connection->fd);
  free(connection->payload);
  sg_writer_free(&connection->out);
  *connection = (struct connection){.fd = -1};
}
