/* The framing of docs/agent-protocol.md: little-endian header of 8 bytes, bounded payload, packed fields. */
#ifndef SG_WIRE_H
#define SG_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { SG_HEADER_BYTES = 8, SG_MAX_PAYLOAD = 1 << 20, SG_MAX_DATA = 1 << 16, SG_PROTOCOL_VERSION = 1 };

enum sg_type {
  SG_WRITE = 0x01,
  SG_EXEC = 0x02,
  SG_STDIN = 0x03,
  SG_CREDIT = 0x04,
  SG_SIGNAL = 0x05,
  SG_RESIZE = 0x06,
  SG_READ = 0x07,
  SG_LIST = 0x08,
  SG_KILL = 0x09,
  SG_PRIME = 0x0A,
  SG_ALIVE = 0x0B,
  SG_HELLO = 0x41,
  SG_RESULT = 0x42,
  SG_STARTED = 0x43,
  SG_OUTPUT = 0x44,
  SG_EXITED = 0x45,
  SG_DATA = 0x46,
  SG_ENTRIES = 0x47,
  SG_STDIN_CREDIT = 0x48,
  SG_FAULT = 0x49,
  SG_CONTROL = 0x81,
  SG_CREATE = 0x82,
  SG_CONFIGURE = 0x83,
  SG_DESTROY = 0x84,
  SG_PING = 0x85,
  SG_PIN = 0x86,
  SG_READY = 0xC1,
  SG_CREATED = 0xC2,
  SG_DONE = 0xC3,
  SG_GONE = 0xC4,
  SG_PONG = 0xC6,
};

enum { SG_FIRST = 1, SG_LAST = 2, SG_QUIET = 4, SG_DIRECTORY = 8, SG_TRUNCATED = 4 };

struct sg_frame {
  uint8_t type;
  uint8_t flags;
  uint16_t id;
  uint32_t length;
  const uint8_t *payload;
};

/* Looks for one whole frame at the start of `bytes`. Returns its total size, 0 when more bytes are needed, -1 when it breaks the rules. */
long sg_frame_parse(const uint8_t *bytes, size_t count, struct sg_frame *frame);

/* A cursor over a payload. A read past the end sets `failed` and yields zeros, so one check at the end suffices. */
struct sg_reader {
  const uint8_t *at;
  size_t left;
  bool failed;
};

void sg_reader_init(struct sg_reader *reader, const uint8_t *bytes, size_t count);
uint8_t sg_get_u8(struct sg_reader *reader);
uint16_t sg_get_u16(struct sg_reader *reader);
uint32_t sg_get_u32(struct sg_reader *reader);
uint64_t sg_get_u64(struct sg_reader *reader);
/* The next `str` as a NUL-terminated copy owned by the caller; NULL (and `failed`) when it is cut short, contains NUL, is longer than
 * `max`, or memory is out. */
char *sg_get_str(struct sg_reader *reader, size_t max);
/* True when everything was read, no more and no less. */
bool sg_reader_done(const struct sg_reader *reader);

/* More than this never waits to be sent; it is far above what the bounds of its users add up to. */
enum { SG_MAX_PENDING = 16 << 20 };

/* A growing output buffer. Memory running out, or SG_MAX_PENDING, sets `failed`; its owner then gives the connection up. */
struct sg_writer {
  uint8_t *bytes;
  size_t start, end, capacity;
  size_t frame;
  bool failed;
};

void sg_begin(struct sg_writer *writer, uint8_t type, uint8_t flags, uint16_t id);
void sg_put_u8(struct sg_writer *writer, uint8_t value);
void sg_put_u16(struct sg_writer *writer, uint16_t value);
void sg_put_u32(struct sg_writer *writer, uint32_t value);
void sg_put_u64(struct sg_writer *writer, uint64_t value);
void sg_put_raw(struct sg_writer *writer, const void *bytes, size_t count);
void sg_put_str(struct sg_writer *writer, const char *text);
/* Room for `count` bytes to be filled in by the caller, then counted with sg_advance; NULL when memory is out. */
uint8_t *sg_room(struct sg_writer *writer, size_t count);
void sg_advance(struct sg_writer *writer, size_t count);
/* Changes the flags of the frame begun last. */
void sg_set_flags(struct sg_writer *writer, uint8_t flags);
/* Payload bytes of the frame begun last, so far. */
size_t sg_open_bytes(const struct sg_writer *writer);
/* Writes the length of the frame begun last into its header. */
void sg_end(struct sg_writer *writer);
/* Takes the frame begun last back. */
void sg_cancel(struct sg_writer *writer);
size_t sg_pending(const struct sg_writer *writer);
/* Sends what is pending without blocking. Returns 0, or -1 when the peer is gone. */
int sg_flush(struct sg_writer *writer, int fd);
void sg_writer_free(struct sg_writer *writer);

#endif
