#include "file_requests.h"

#include <errno.h>
#include <unistd.h>

#include "agent.h"
#include "cleanup.h"
#include "files.h"
#include "listing.h"
#include "paths.h"

enum { MODE_BITS = 0777 };

/* Any failure ends the write. A quiet one waits for the next EXEC; the first of several is the one to tell. */
static void fail_write(struct agent *agent, const struct sg_frame *frame, const struct sg_error *failure) {
  if (!(frame->flags & SG_QUIET)) {
    answer_result(agent, frame->id, failure);
  } else if (!agent->quiet_write_failed) {
    agent->quiet_write_failed = true;
    agent->quiet_error = *failure;
  }
}

static struct file_write *find_write(struct agent *agent, uint16_t id) {
  for (int i = 0; i < SG_MAX_WRITES; i++)
    if (agent->writes[i].is_active && agent->writes[i].id == id) return &agent->writes[i];
  return NULL;
}

static struct file_write *free_write(struct agent *agent) {
  for (int i = 0; i < SG_MAX_WRITES; i++)
    if (!agent->writes[i].is_active) return &agent->writes[i];
  return NULL;
}

static void end_write(struct file_write *write) {
  sg_close(&write->fd);
  write->is_active = false;
}

/* Carries out FIRST up to the open file. Returns the write to go on with, or NULL when it is answered. */
static struct file_write *begin_write(struct agent *agent, const struct sg_frame *frame, const char *path, uint32_t mode) {
  struct sg_error failure;
  if (frame->flags & SG_DIRECTORY) {
    if (folder_create(agent->work, path, mode, &failure) != 0)
      fail_write(agent, frame, &failure);
    else if (!(frame->flags & SG_QUIET))
      answer_result(agent, frame->id, NULL);
    return NULL;
  }
  struct file_write *write = free_write(agent);
  int fd = -1;
  if (write == NULL) sg_fail(&failure, SG_STEP_WRITE_OPEN, EAGAIN, "%d files are being written already", SG_MAX_WRITES);
  if (write == NULL || file_create(agent->work, path, mode, &fd, &failure) != 0) {
    fail_write(agent, frame, &failure);
    return NULL;
  }
  *write = (struct file_write){.is_active = true, .id = frame->id, .fd = fd};
  return write;
}

static void continue_write(struct agent *agent, const struct sg_frame *frame, struct file_write *write, const uint8_t *bytes,
                           size_t count) {
  struct sg_error failure;
  if (file_write_all(write->fd, bytes, count, &failure) != 0) {
    end_write(write);
    fail_write(agent, frame, &failure);
  } else if (frame->flags & SG_LAST) {
    end_write(write);
    if (!(frame->flags & SG_QUIET)) answer_result(agent, frame->id, NULL);
  }
}

int handle_write(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  if (frame->flags & ~(SG_FIRST | SG_LAST | SG_QUIET | SG_DIRECTORY)) return malformed_frame(frame, error);
  struct file_write *write = find_write(agent, frame->id);
  if (!(frame->flags & SG_FIRST)) {
    if (frame->flags & SG_DIRECTORY) return malformed_frame(frame, error);
    /* Without an open file this is the rest of a write that failed: it was answered then. */
    if (write != NULL) continue_write(agent, frame, write, frame->payload, frame->length);
    return 0;
  }
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  cleanup_free char *path = sg_get_str(&reader, SG_MAX_PATH);
  uint32_t mode = sg_get_u32(&reader);
  bool is_odd_folder = frame->flags & SG_DIRECTORY && (reader.left != 0 || !(frame->flags & SG_LAST));
  if (reader.failed || (mode & ~(uint32_t)MODE_BITS) != 0 || write != NULL || is_odd_folder) return malformed_frame(frame, error);
  write = begin_write(agent, frame, path, mode);
  if (write != NULL) continue_write(agent, frame, write, reader.at, reader.left);
  return 0;
}

static struct file_read *free_read(struct agent *agent) {
  for (int i = 0; i < SG_MAX_READS; i++)
    if (!agent->reads[i].is_active) return &agent->reads[i];
  return NULL;
}

int handle_read(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  uint64_t offset = sg_get_u64(&reader);
  uint64_t maximum = sg_get_u64(&reader);
  cleanup_free char *path = sg_get_str(&reader, SG_MAX_PATH);
  if (!sg_reader_done(&reader) || frame->flags != 0 || offset > INT64_MAX) return malformed_frame(frame, error);
  struct sg_error failure;
  struct file_read *read = free_read(agent);
  int fd = -1;
  if (read == NULL) sg_fail(&failure, SG_STEP_READ_OPEN, EAGAIN, "%d files are being read already", SG_MAX_READS);
  if (read == NULL || file_open(agent->work, path, &fd, &failure) != 0)
    answer_result(agent, frame->id, &failure);
  else
    *read = (struct file_read){.is_active = true, .id = frame->id, .fd = fd, .offset = offset, .left = maximum};
  return 0;
}

static void end_read(struct file_read *read) {
  sg_close(&read->fd);
  read->is_active = false;
}

/* One DATA frame. The file may shrink, grow or fail meanwhile: what is there is what is sent. */
static void send_piece(struct agent *agent, struct file_read *read) {
  struct sg_writer *out = &agent->stream.out;
  size_t wanted = read->left < SG_MAX_DATA ? (size_t)read->left : SG_MAX_DATA;
  stream_send_by(&agent->stream, 0);
  sg_begin(out, SG_DATA, 0, read->id);
  uint8_t *at = sg_room(out, wanted);
  if (at == NULL) return; /* the queue has failed; the loop gives the stream up */
  ssize_t count = wanted == 0 ? 0 : SG_EINTR(pread(read->fd, at, wanted, (off_t)read->offset));
  if (count < 0) {
    struct sg_error failure;
    sg_fail(&failure, SG_STEP_READ_DATA, errno, "at offset %llu", (unsigned long long)read->offset);
    sg_cancel(out);
    answer_result(agent, read->id, &failure);
    end_read(read);
    return;
  }
  sg_advance(out, (size_t)count);
  read->offset += (uint64_t)count;
  read->left -= (uint64_t)count;
  bool is_last = count == 0 || read->left == 0;
  if (is_last) sg_set_flags(out, SG_LAST);
  sg_end(out);
  if (is_last) end_read(read);
}

void continue_reads(struct agent *agent) {
  struct sg_writer *out = &agent->stream.out;
  for (int i = 0; i < SG_MAX_READS; i++)
    while (agent->reads[i].is_active && !out->failed && sg_pending(out) < SG_QUEUE_BYTES) send_piece(agent, &agent->reads[i]);
}

int handle_list(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  cleanup_free char *path = sg_get_str(&reader, SG_MAX_PATH);
  uint32_t max_entries = sg_get_u32(&reader);
  uint16_t max_depth = sg_get_u16(&reader);
  if (!sg_reader_done(&reader) || frame->flags != 0 || max_depth == 0) return malformed_frame(frame, error);
  struct sg_error failure;
  stream_send_by(&agent->stream, 0);
  if (listing_append(agent->work, path, max_entries, max_depth, frame->id, &agent->stream.out, &failure) != 0)
    answer_result(agent, frame->id, &failure);
  return 0;
}
