#include <errno.h>

#include "agent.h"
#include "file_requests.h"
#include "program_requests.h"

void answer_result(struct agent *agent, uint16_t id, const struct sg_error *failure) {
  struct sg_writer *out = &agent->stream.out;
  sg_begin(out, SG_RESULT, 0, id);
  sg_put_u32(out, failure == NULL ? SG_STEP_DONE : (uint32_t)failure->step);
  sg_put_u32(out, failure == NULL ? 0 : (uint32_t)failure->err);
  sg_put_str(out, failure == NULL ? "" : failure->detail);
  sg_end(out);
  stream_send_by(&agent->stream, 0);
}

int malformed_frame(const struct sg_frame *frame, struct sg_error *error) {
  return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "a malformed frame of type 0x%02x, flags 0x%02x, %u bytes", frame->type, frame->flags,
                 frame->length);
}

int dispatch_frame(struct agent *agent, const struct sg_frame *frame, struct sg_error *error) {
  switch (frame->type) {
    case SG_WRITE: return handle_write(agent, frame, error);
    case SG_EXEC: return handle_exec(agent, frame, error);
    case SG_STDIN: return handle_stdin(agent, frame, error);
    case SG_CREDIT: return handle_credit(agent, frame, error);
    case SG_SIGNAL: return handle_signal(agent, frame, error);
    case SG_RESIZE: return handle_resize(agent, frame, error);
    case SG_READ: return handle_read(agent, frame, error);
    case SG_LIST: return handle_list(agent, frame, error);
    case SG_KILL: return handle_kill(agent, frame, error);
    case SG_PRIME: return handle_prime(agent, frame, error);
    /* That it came is all that it says (loop.c). */
    case SG_ALIVE: return frame->length == 0 && frame->flags == 0 ? 0 : malformed_frame(frame, error);
    default: return malformed_frame(frame, error);
  }
}
