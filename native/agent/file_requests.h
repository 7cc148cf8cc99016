/* WRITE, READ and LIST: requests about files, and those of them that take several frames. */
#ifndef SG_FILE_REQUESTS_H
#define SG_FILE_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "wire.h"

struct agent;

/* A WRITE whose LAST frame is still to come. */
struct file_write {
  bool is_active;
  uint16_t id;
  int fd;
};

/* A READ in progress: answered piece by piece as the output queue drains. */
struct file_read {
  bool is_active;
  uint16_t id;
  int fd;
  uint64_t offset, left;
};

/* Each returns 0, or -1 when the frame breaks the protocol. */
int handle_write(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);
int handle_read(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);
int handle_list(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);

/* Goes on with READs while the output queue has room. */
void continue_reads(struct agent *agent);

#endif
