/* What the program may reach: where each target listens in the sandbox, and which names lead there. */
#ifndef SG_TARGETS_H
#define SG_TARGETS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

#include "names.h"

/* Names are those of the command line, or as many as one run may look up. */
enum { MAX_NAMES = 128, MAX_PORTS = 16, MAX_TARGETS = 64, MAX_LISTENERS = MAX_TARGETS + MAX_NAMES * MAX_PORTS };

struct listener {
  int fd;
  uint32_t target; /* the worker's number for it */
};

struct known_name {
  char name[MAX_NAME];
  struct in_addr address;
};

struct targets {
  struct listener listeners[MAX_LISTENERS];
  int listener_count;
  struct known_name names[MAX_TARGETS + MAX_NAMES];
  int name_count;
  uint16_t ports[MAX_PORTS]; /* on which looked-up names are listened for; none: only the targets of the command line */
  int port_count;
};

/* Reads `[--ports P,…] [ADDRESS PORT NAME]…` and listens for every target. Returns 0, or -1 with errno 0 for wrong use. */
int targets_open(struct targets *targets, int argc, char **argv);

/* NULL when nobody has asked for it yet. */
const struct known_name *targets_find(const struct targets *targets, const char *name);

/* Listens for a name that the worker has looked up as its `index`th. Returns it, or NULL when it cannot be listened for. */
const struct known_name *targets_add(struct targets *targets, const char *name, uint32_t index);

#endif
