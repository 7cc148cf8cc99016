#include "requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

enum { MAX_HOSTNAME = 63, MAX_CONTROL_BACKLOG = 1 << 20 };

static void read_limits(struct sg_reader *reader, struct limits *limits) {
  limits->memory_bytes = sg_get_u64(reader);
  limits->processes = sg_get_u32(reader);
  limits->cpu_milli = sg_get_u32(reader);
  limits->disk_bytes = sg_get_u64(reader);
  limits->inodes = sg_get_u32(reader);
  limits->io_bytes_per_second = sg_get_u64(reader);
}

static int malformed(const struct sg_frame *frame, struct sg_error *error) {
  return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "frame 0x%02x is malformed or not expected here", frame->type);
}

static char *describe_facts(const struct launcher *launcher) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (out == NULL) return NULL;
  fprintf(out, "{\"rootless\":%s,\"cgroup\":\"%s\",", launcher->rootless ? "true" : "false", launcher->cgroups.layout);
  mechanisms_print(&launcher->mechanisms, out);
  fprintf(out, ",\"sandboxes\":%u,\"cpus\":", launcher->config.max_sandboxes);
  cpuset_print(&launcher->cpusets, out);
  fputs("}", out);
  return fclose(out) == 0 ? text : NULL;
}

/* One worker at a time: a sandbox belongs to whoever asked for it, and ends with that connection. */
static bool become_control(struct server *server, struct connection *connection, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  uint16_t version = sg_get_u16(&reader);
  if (!sg_reader_done(&reader)) return malformed(frame, error) == 0;
  if (version != SG_PROTOCOL_VERSION)
    return sg_fail(error, SG_STEP_PROTOCOL, EPROTONOSUPPORT, "the worker speaks version %u, this launcher %d", version, SG_PROTOCOL_VERSION) == 0;
  if (server->control.fd >= 0) return sg_fail(error, SG_STEP_NOT_ALLOWED, EBUSY, "another worker controls this launcher") == 0;
  cleanup_free char *facts = describe_facts(server->launcher);
  if (facts == NULL) return sg_fail(error, SG_STEP_OUT_OF_MEMORY, ENOMEM, "facts") == 0;
  struct sg_writer *out = &connection->out;
  sg_begin(out, SG_READY, 0, frame->id);
  sg_put_u16(out, SG_PROTOCOL_VERSION);
  sg_put_str(out, facts);
  sg_end(out);
  server->control = *connection;
  server->owner++;
  *connection = (struct connection){.fd = -1};
  return true;
}

static bool is_hostname(const char *text) {
  size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
  return length > 0 && text[length] == '\0';
}

static int find_image(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->image_count; i++)
    if (strcmp(config->images[i].name, name) == 0) return (int)i;
  return -1;
}

static bool create(struct server *server, struct connection *connection, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  struct limits limits;
  sg_reader_init(&reader, frame->payload, frame->length);
  read_limits(&reader, &limits);
  cleanup_free char *image_name = sg_get_str(&reader, MAX_IMAGE_NAME);
  cleanup_free char *hostname = sg_get_str(&reader, MAX_HOSTNAME);
  if (!sg_reader_done(&reader) || !is_hostname(hostname)) return malformed(frame, error) == 0;
  if (server->control.fd < 0 || server->stopping)
    return sg_fail(error, SG_STEP_NOT_ALLOWED, EPERM, "a control connection must be there first, to own the sandbox") == 0;
  int image = find_image(&server->launcher->config, image_name);
  if (image < 0) return sg_fail(error, SG_STEP_UNKNOWN_IMAGE, ENOENT, "no image is called \"%.64s\"", image_name) == 0;
  struct sandbox *sandbox = sandbox_create(server->launcher, &server->sandboxes, (size_t)image, &limits, hostname, connection->fd, server->owner, error);
  if (sandbox == NULL) return false;
  connection->fd = -1; /* The sandbox's now. */
  if (server_watch_sandbox(server, sandbox, error) != 0) sandbox_kill(sandbox);
  return true;
}

bool request_first(struct server *server, struct connection *connection, const struct sg_frame *frame, struct sg_error *error) {
  if (frame->flags != 0) return malformed(frame, error) == 0;
  if (frame->type == SG_CONTROL) return become_control(server, connection, frame, error);
  if (frame->type == SG_CREATE) return create(server, connection, frame, error);
  return malformed(frame, error) == 0;
}

static void answer_done(struct server *server, const struct sg_frame *frame, uint32_t id, const struct sg_error *error) {
  struct sg_writer *out = &server->control.out;
  sg_begin(out, SG_DONE, 0, frame->id);
  sg_put_u32(out, id);
  sg_put_u32(out, (uint32_t)error->step);
  sg_put_u32(out, (uint32_t)error->err);
  sg_put_str(out, error->detail);
  sg_end(out);
}

static struct sandbox *own_sandbox(const struct server *server, uint32_t id) {
  struct sandbox *sandbox = sandbox_find(&server->sandboxes, id);
  return sandbox != NULL && sandbox->owner == server->owner ? sandbox : NULL;
}

/* The sandbox of that id, or NULL with the reason. */
static struct sandbox *live_sandbox(struct server *server, uint32_t id, struct sg_error *error) {
  struct sandbox *sandbox = own_sandbox(server, id);
  /* The agent's greeting may reach the worker, and this answer to it come back, before the end of the report was seen here. */
  if (sandbox != NULL && sandbox->state == SANDBOX_STARTING) sandbox_read_report(&server->sandboxes, sandbox);
  if (sandbox != NULL && sandbox->state == SANDBOX_LIVE) return sandbox;
  sg_fail(error, SG_STEP_UNKNOWN_SANDBOX, ESRCH, "sandbox %u is not there", id);
  return NULL;
}

static void configure(struct server *server, const struct sg_frame *frame, uint32_t id, const struct limits *limits) {
  struct sg_error error = {.step = SG_STEP_DONE};
  struct sandbox *sandbox = live_sandbox(server, id, &error);
  if (sandbox != NULL) (void)sandbox_configure(server->launcher, sandbox, limits, &error);
  answer_done(server, frame, id, &error);
}

static void pin(struct server *server, const struct sg_frame *frame, uint32_t id, uint32_t cpu) {
  struct sg_error error = {.step = SG_STEP_DONE};
  struct sandbox *sandbox = live_sandbox(server, id, &error);
  if (sandbox != NULL) (void)cpuset_pin(&server->launcher->cgroups, &server->launcher->cpusets, &server->sandboxes, sandbox, cpu, &error);
  answer_done(server, frame, id, &error);
}

/* A sandbox that is gone already had its GONE; saying so again as a failed DONE tells a mistaken id from a late one. */
static void destroy(struct server *server, const struct sg_frame *frame, uint32_t id) {
  struct sandbox *sandbox = own_sandbox(server, id);
  if (sandbox == NULL) {
    struct sg_error error;
    sg_fail(&error, SG_STEP_UNKNOWN_SANDBOX, ESRCH, "sandbox %u is not there", id);
    answer_done(server, frame, id, &error);
    return;
  }
  sandbox->asked = true;
  sandbox->request = frame->id;
  sandbox_kill(sandbox);
}

bool request_control(struct server *server, const struct sg_frame *frame, struct sg_error *error) {
  struct sg_reader reader;
  struct limits limits;
  sg_reader_init(&reader, frame->payload, frame->length);
  if (frame->flags != 0) return malformed(frame, error) == 0;
  if (sg_pending(&server->control.out) > MAX_CONTROL_BACKLOG) return sg_fail(error, SG_STEP_PROTOCOL, ENOBUFS, "the worker does not read its answers") == 0;
  if (frame->type == SG_PING && sg_reader_done(&reader)) {
    sg_begin(&server->control.out, SG_PONG, 0, frame->id);
    sg_put_u32(&server->control.out, server->sandboxes.live);
    sg_end(&server->control.out);
    return true;
  }
  uint32_t id = sg_get_u32(&reader);
  if (frame->type == SG_DESTROY && sg_reader_done(&reader)) {
    destroy(server, frame, id);
    return true;
  }
  if (frame->type == SG_PIN) {
    uint32_t cpu = sg_get_u32(&reader);
    if (!sg_reader_done(&reader)) return malformed(frame, error) == 0;
    pin(server, frame, id, cpu);
    return true;
  }
  read_limits(&reader, &limits);
  if (frame->type != SG_CONFIGURE || !sg_reader_done(&reader)) return malformed(frame, error) == 0;
  configure(server, frame, id, &limits);
  return true;
}

void request_report_gone(struct server *server, const struct sandbox *sandbox) {
  if (server->control.fd < 0 || sandbox->owner != server->owner || !sandbox->announced) return;
  struct sg_writer *out = &server->control.out;
  sg_begin(out, SG_GONE, 0, sandbox->asked ? sandbox->request : 0);
  sg_put_u32(out, sandbox->id);
  sg_put_u8(out, sandbox->asked);
  sg_put_u32(out, (uint32_t)sandbox->wait_status);
  sg_put_u64(out, sandbox->usage.cpu_ns);
  sg_put_u64(out, sandbox->usage.memory_peak_bytes);
  sg_put_u32(out, sandbox->usage.oom_kills);
  sg_end(out);
}
