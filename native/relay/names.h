/* The targets and their names. */
#ifndef SG_NAMES_H
#define SG_NAMES_H

#include <arpa/inet.h>
#include <stdint.h>

struct target {
  struct in_addr address; /* in the sandbox */
  uint16_t port;
  const char *name; /* "-" when the target was given by address */
};

/* Answers one waiting query (RFC 1035): the address of a target's name, and "no such name" for any other. */
void names_answer(int fd, const struct target *targets, int count);

#endif
