#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

/* Idle agents should cost little: a buffer that is empty and larger than this is given back. */
enum { SG_KEEP_BYTES = 16 * 1024, SG_FIRST_BYTES = 1024 };

static uint32_t load_u32(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void store_u32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

long sg_frame_parse(const uint8_t *bytes, size_t count, struct sg_frame *frame) {
  if (count < SG_HEADER_BYTES) return 0;
  uint32_t length = load_u32(bytes);
  if (length > SG_MAX_PAYLOAD) return -1;
  if (count < SG_HEADER_BYTES + (size_t)length) return 0;
  frame->length = length;
  frame->type = bytes[4];
  frame->flags = bytes[5];
  frame->id = (uint16_t)(bytes[6] | bytes[7] << 8);
  frame->payload = bytes + SG_HEADER_BYTES;
  return SG_HEADER_BYTES + (long)length;
}

void sg_reader_init(struct sg_reader *reader, const uint8_t *bytes, size_t count) {
  *reader = (struct sg_reader){.at = bytes, .left = count, .failed = false};
}

static uint64_t get_integer(struct sg_reader *reader, size_t size) {
  if (reader->left < size) {
    reader->failed = true;
    reader->left = 0;
    return 0;
  }
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++) value |= (uint64_t)reader->at[i] << (8 * i);
  reader->at += size;
  reader->left -= size;
  return value;
}

uint8_t sg_get_u8(struct sg_reader *reader) { return (uint8_t)get_integer(reader, 1); }
uint16_t sg_get_u16(struct sg_reader *reader) { return (uint16_t)get_integer(reader, 2); }
uint32_t sg_get_u32(struct sg_reader *reader) { return (uint32_t)get_integer(reader, 4); }
uint64_t sg_get_u64(struct sg_reader *reader) { return get_integer(reader, 8); }

char *sg_get_str(struct sg_reader *reader, size_t max) {
  uint32_t length = sg_get_u32(reader);
  if (reader->failed || length > reader->left || length > max || (length > 0 && memchr(reader->at, 0, length) != NULL)) {
    reader->failed = true;
    return NULL;
  }
  char *copy = malloc((size_t)length + 1);
  if (copy == NULL) {
    reader->failed = true;
    return NULL;
  }
  memcpy(copy, reader->at, length);
  copy[length] = '\0';
  reader->at += length;
  reader->left -= length;
  return copy;
}

bool sg_reader_done(const struct sg_reader *reader) { return !reader->failed && reader->left == 0; }

uint8_t *sg_room(struct sg_writer *writer, size_t count) {
  if (writer->failed) return NULL;
  if (writer->capacity - writer->end >= count) return writer->bytes + writer->end;
  if (writer->start > 0) {
    memmove(writer->bytes, writer->bytes + writer->start, writer->end - writer->start);
    writer->frame -= writer->start < writer->frame ? writer->start : writer->frame;
    writer->end -= writer->start;
    writer->start = 0;
    if (writer->capacity - writer->end >= count) return writer->bytes + writer->end;
  }
  if (count > SG_MAX_PENDING || writer->end > SG_MAX_PENDING - count) {
    writer->failed = true;
    return NULL;
  }
  size_t capacity = writer->capacity == 0 ? SG_FIRST_BYTES : writer->capacity;
  while (capacity - writer->end < count) capacity *= 2;
  uint8_t *grown = realloc(writer->bytes, capacity);
  if (grown == NULL) {
    writer->failed = true;
    return NULL;
  }
  writer->bytes = grown;
  writer->capacity = capacity;
  return writer->bytes + writer->end;
}

void sg_advance(struct sg_writer *writer, size_t count) {
  if (!writer->failed) writer->end += count;
}

void sg_begin(struct sg_writer *writer, uint8_t type, uint8_t flags, uint16_t id) {
  uint8_t *at = sg_room(writer, SG_HEADER_BYTES);
  if (at == NULL) return;
  store_u32(at, 0);
  at[4] = type;
  at[5] = flags;
  at[6] = (uint8_t)id;
  at[7] = (uint8_t)(id >> 8);
  writer->frame = writer->end;
  writer->end += SG_HEADER_BYTES;
}

static void put_integer(struct sg_writer *writer, uint64_t value, size_t size) {
  uint8_t *at = sg_room(writer, size);
  if (at == NULL) return;
  for (size_t i = 0; i < size; i++) at[i] = (uint8_t)(value >> (8 * i));
  writer->end += size;
}

void sg_put_u8(struct sg_writer *writer, uint8_t value) { put_integer(writer, value, 1); }
void sg_put_u16(struct sg_writer *writer, uint16_t value) { put_integer(writer, value, 2); }
void sg_put_u32(struct sg_writer *writer, uint32_t value) { put_integer(writer, value, 4); }
void sg_put_u64(struct sg_writer *writer, uint64_t value) { put_integer(writer, value, 8); }

void sg_put_raw(struct sg_writer *writer, const void *bytes, size_t count) {
  uint8_t *at = sg_room(writer, count);
  if (at == NULL || count == 0) return; /* memcpy with NULL is undefined even for nothing */
  memcpy(at, bytes, count);
  writer->end += count;
}

void sg_put_str(struct sg_writer *writer, const char *text) {
  size_t length = strlen(text);
  sg_put_u32(writer, (uint32_t)length);
  sg_put_raw(writer, text, length);
}

void sg_set_flags(struct sg_writer *writer, uint8_t flags) {
  if (!writer->failed) writer->bytes[writer->frame + 5] = flags;
}

size_t sg_open_bytes(const struct sg_writer *writer) { return writer->failed ? 0 : writer->end - writer->frame - SG_HEADER_BYTES; }

void sg_end(struct sg_writer *writer) {
  size_t length = sg_open_bytes(writer);
  if (length > SG_MAX_PAYLOAD) writer->failed = true; /* The peer would refuse it: whoever builds longer answers cuts them into frames. */
  if (!writer->failed) store_u32(writer->bytes + writer->frame, (uint32_t)length);
}

void sg_cancel(struct sg_writer *writer) {
  if (!writer->failed) writer->end = writer->frame;
}

size_t sg_pending(const struct sg_writer *writer) { return writer->end - writer->start; }

/* Sockets take flags that spare the caller SIGPIPE and O_NONBLOCK; other byte streams (a microVM's serial port) have to bring both. */
static ssize_t send_some(int fd, const uint8_t *bytes, size_t count) {
  ssize_t sent = SG_EINTR(send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT));
  return sent < 0 && errno == ENOTSOCK ? SG_EINTR(write(fd, bytes, count)) : sent;
}

int sg_flush(struct sg_writer *writer, int fd) {
  if (writer->failed) return -1;
  while (writer->start < writer->end) {
    ssize_t sent = send_some(fd, writer->bytes + writer->start, writer->end - writer->start);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    writer->start += (size_t)sent;
  }
  writer->start = writer->end = 0;
  if (writer->capacity > SG_KEEP_BYTES) sg_writer_free(writer);
  return 0;
}

void sg_writer_free(struct sg_writer *writer) {
  free(writer->bytes);
  *writer = (struct sg_writer){.bytes = NULL};
}
