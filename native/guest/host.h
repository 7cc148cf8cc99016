/* What guest-init and the worker say to each other (docs/agent-protocol.md, section 8). */
#ifndef SG_HOST_H
#define SG_HOST_H

#include "error.h"
#include "wire.h"

enum { SG_RENEW = 0xA1, SG_UP = 0xE1, SG_RENEWED = 0xE2 };

struct host {
  int fd;     /* the channel, -1 while nobody is connected */
  int random; /* see renew.h */
  size_t filled;
  uint8_t input[1024];
};

/* Says that the launcher takes connections. */
int host_say_up(const struct host *host, struct sg_error *error);

/* The last word. */
void host_say_fault(const struct host *host, const struct sg_error *failure);

/* Reads and does what was asked. `is_closed`: the host's end is not open. */
int host_read(struct host *host, bool *is_closed, struct sg_error *error);

#endif
