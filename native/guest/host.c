#include "host.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cleanup.h"
#include "renew.h"

/* Answers are a few bytes and the host reads them: waiting here cannot last. */
static int send_all(const struct host *host, struct sg_writer *out, struct sg_error *error) {
  int result = sg_flush(out, host->fd);
  for (int i = 0; result == 0 && sg_pending(out) > 0 && i < 1000; i++) {
    usleep(1000);
    result = sg_flush(out, host->fd);
  }
  bool is_sent = result == 0 && sg_pending(out) == 0;
  sg_writer_free(out);
  return is_sent ? 0 : sg_fail(error, SG_STEP_PROTOCOL, errno, "answer the host");
}

int host_say_up(const struct host *host, struct sg_error *error) {
  struct utsname name;
  if (uname(&name) != 0) return sg_fail(error, SG_STEP_PROTOCOL, errno, "uname");
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_UP, 0, 0);
  sg_put_u16(&out, SG_PROTOCOL_VERSION);
  sg_put_str(&out, name.release);
  sg_end(&out);
  return send_all(host, &out, error);
}

void host_say_fault(const struct host *host, const struct sg_error *failure) {
  struct sg_writer out = {.bytes = NULL};
  struct sg_error ignored;
  sg_begin(&out, SG_FAULT, 0, 0);
  sg_put_u32(&out, (uint32_t)failure->step);
  sg_put_u32(&out, (uint32_t)failure->err);
  sg_put_str(&out, failure->detail);
  sg_end(&out);
  (void)send_all(host, &out, &ignored);
}

static int carry_out(struct host *host, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  uint64_t realtime_ns = sg_get_u64(&reader);
  if (frame->type != SG_RENEW || frame->flags != 0 || reader.failed || reader.left == 0)
    return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "a frame of type 0x%x and %u bytes", frame->type, frame->length);
  if (renew(host->random, reader.at, reader.left, realtime_ns, error) != 0) return -1;
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_RENEWED, 0, frame->id);
  sg_end(&out);
  return send_all(host, &out, error);
}

int host_read(struct host *host, bool *is_closed, struct sg_error *error) {
  ssize_t count = SG_EINTR(read(host->fd, host->input + host->filled, sizeof host->input - host->filled));
  *is_closed = count == 0 || (count < 0 && errno != EAGAIN);
  if (count <= 0) return 0;
  host->filled += (size_t)count;
  size_t done = 0;
  for (long size; done < host->filled; done += (size_t)size) {
    struct sg_frame frame;
    size = sg_frame_parse(host->input + done, host->filled - done, &frame);
    if (size == 0 && host->filled - done < sizeof host->input) break;
    if (size <= 0) return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "a frame from the host is too long");
    if (carry_out(host, &frame, error) != 0) return -1;
  }
  memmove(host->input, host->input + done, host->filled - done);
  host->filled -= done;
  return 0;
}
