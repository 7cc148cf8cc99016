#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "own_cgroup.h"

enum { ID_MAX = UINT16_MAX, HEARD_WITHIN_MAX_S = 24 * 60 * 60 };

/* Decimal digits only: strtoul alone would take blanks, signs and wrapped negatives. */
static int parse_number(const char *name, const char *text, unsigned long max, unsigned long *value, struct sg_error *error) {
  char *end = NULL;
  errno = 0;
  if (text != NULL && text[0] >= '0' && text[0] <= '9') *value = strtoul(text, &end, 10);
  if (end != NULL && errno == 0 && *end == '\0' && *value <= max) return 0;
  return sg_fail(error, SG_STEP_OPTIONS, EINVAL, "%.40s is %.40s, it needs a number from 0 to %lu", name, text == NULL ? "missing" : text,
                 max);
}

static int *descriptor_slot(struct options *options, const char *name) {
  if (strcmp(name, "--stream") == 0) return &options->stream;
  if (strcmp(name, "--stream-out") == 0) return &options->stream_out;
  if (strcmp(name, "--cpu") == 0) return &options->cpu;
  if (strcmp(name, "--memory-peak") == 0) return &options->memory_peak;
  if (strcmp(name, "--memory-events") == 0) return &options->memory_events;
  if (strcmp(name, "--pids-peak") == 0) return &options->pids_peak;
  if (strcmp(name, "--pids-events") == 0) return &options->pids_events;
  if (strcmp(name, "--join") != 0 || options->join_count == SG_MAX_JOINS) return NULL;
  return &options->joins[options->join_count++];
}

/* Close-on-exec here is the first of two lines that keep the descriptor from the program; close_range in the child is the other. */
static int parse_descriptor(const char *name, const char *text, int *slot, struct sg_error *error) {
  unsigned long fd = 0;
  if (parse_number(name, text, INT32_MAX, &fd, error) != 0) return -1;
  if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0) return sg_fail(error, SG_STEP_OPTIONS, errno, "%s %lu is not an open descriptor", name, fd);
  *slot = (int)fd;
  return 0;
}

/* One name and its value. */
static int parse_pair(struct options *options, const char *name, const char *text, struct sg_error *error) {
  unsigned long value = 0;
  if (strcmp(name, "--id") == 0) {
    if (parse_number(name, text, UINT32_MAX, &value, error) != 0) return -1;
    options->sandbox_id = (uint32_t)value;
    return 0;
  }
  if (strcmp(name, "--heard-within") == 0) {
    if (parse_number(name, text, HEARD_WITHIN_MAX_S, &value, error) != 0) return -1;
    options->heard_within_s = (uint32_t)value;
    return 0;
  }
  if (strcmp(name, "--uid") == 0 || strcmp(name, "--gid") == 0) {
    if (parse_number(name, text, ID_MAX, &value, error) != 0) return -1;
    if (name[2] == 'u')
      options->uid = (uid_t)value;
    else
      options->gid = (gid_t)value;
    return 0;
  }
  if (strcmp(name, "--own-cgroup") == 0 && text != NULL) {
    own_cgroup_open(text, options);
    return 0;
  }
  int *slot = descriptor_slot(options, name);
  if (slot == NULL)
    return sg_fail(error, SG_STEP_OPTIONS, EINVAL, "%.40s is not an option, or is there more than %d times", name, SG_MAX_JOINS);
  return parse_descriptor(name, text, slot, error);
}

int options_parse(int argc, char **argv, struct options *options, struct sg_error *error) {
  *options = (struct options){.stream = -1,
                              .stream_out = -1,
                              .cpu = -1,
                              .memory_peak = -1,
                              .memory_events = -1,
                              .pids_peak = -1,
                              .pids_events = -1,
                              .uid = (uid_t)-1,
                              .gid = (gid_t)-1};
  for (int i = 1; i < argc; i += 2)
    if (parse_pair(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, error) != 0) return -1;
  if (options->stream < 0 || options->uid == (uid_t)-1 || options->gid == (gid_t)-1)
    return sg_fail(error, SG_STEP_OPTIONS, EINVAL, "--stream, --uid and --gid are required");
  if (options->stream_out < 0) options->stream_out = options->stream;
  return 0;
}
