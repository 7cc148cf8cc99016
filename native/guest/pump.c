#include "pump.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "guest.h"

static bool is_empty(const struct flow *flow) { return flow->start == flow->end; }

void pump_watch(const struct pump *pump, struct pollfd wait[PUMP_ENDS]) {
  short outer = (short)((is_empty(&pump->in) && !pump->is_inner_over ? POLLIN : 0) | (is_empty(&pump->out) ? 0 : POLLOUT));
  short inner = (short)((is_empty(&pump->out) && !pump->is_inner_over ? POLLIN : 0) | (is_empty(&pump->in) ? 0 : POLLOUT));
  wait[0] = (struct pollfd){.fd = outer != 0 ? pump->outer : -1, .events = outer};
  wait[1] = (struct pollfd){.fd = inner != 0 ? pump->inner : -1, .events = inner};
}

static int connect_inner(struct pump *pump, struct sg_error *error) {
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = GUEST_SOCKET};
  pump->inner = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (pump->inner < 0 || connect(pump->inner, (struct sockaddr *)&name, sizeof name) != 0)
    return sg_fail(error, SG_STEP_LISTEN, errno, "connect to the launcher");
  return 0;
}

/* Returns what read(2) does; an empty non-blocking end is not an end. */
static ssize_t fill(int fd, struct flow *flow) {
  ssize_t count = SG_EINTR(read(fd, flow->bytes, sizeof flow->bytes));
  flow->start = 0;
  flow->end = count > 0 ? (size_t)count : 0;
  return count;
}

static int drain(int fd, bool is_socket, struct flow *flow) {
  while (!is_empty(flow)) {
    const uint8_t *at = flow->bytes + flow->start;
    size_t left = flow->end - flow->start;
    ssize_t count = is_socket ? SG_EINTR(send(fd, at, left, MSG_NOSIGNAL | MSG_DONTWAIT)) : SG_EINTR(write(fd, at, left));
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    flow->start += (size_t)count;
  }
  return 0;
}

static enum pump_state take_from_host(struct pump *pump, const struct pollfd *outer, struct sg_error *error, int *result) {
  if ((outer->revents & POLLIN) != 0 && is_empty(&pump->in)) {
    ssize_t count = fill(pump->outer, &pump->in);
    if (count > 0 && pump->inner < 0 && connect_inner(pump, error) != 0) *result = -1;
    return count > 0 || (count < 0 && errno == EAGAIN) ? PUMP_RUNS : PUMP_IDLE;
  }
  return (outer->revents & (POLLHUP | POLLERR)) != 0 ? PUMP_IDLE : PUMP_RUNS;
}

int pump_turn(struct pump *pump, const struct pollfd wait[PUMP_ENDS], enum pump_state *state, struct sg_error *error) {
  int result = 0;
  *state = pump->outer < 0 ? PUMP_RUNS : take_from_host(pump, &wait[0], error, &result);
  if (result != 0) return -1;
  if (pump->inner < 0) return 0;
  if ((wait[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && is_empty(&pump->out) && !pump->is_inner_over)
    pump->is_inner_over = fill(pump->inner, &pump->out) <= 0;
  /* What is left for an end that is gone is dropped: its other direction tells of the end. */
  if (!is_empty(&pump->in) && drain(pump->inner, true, &pump->in) != 0) pump->in.start = pump->in.end;
  if (!is_empty(&pump->out) && drain(pump->outer, false, &pump->out) != 0) pump->out.start = pump->out.end;
  if (pump->is_inner_over && is_empty(&pump->out)) *state = PUMP_OVER;
  return 0;
}
