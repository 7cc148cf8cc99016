/* Names that the worker is asked for: queries wait here for its answers. */
#ifndef SG_LOOKUPS_H
#define SG_LOOKUPS_H

#include "channel.h"
#include "names.h"
#include "targets.h"

/* More at once are not answered; resolvers ask again. */
enum { MAX_LOOKUPS = 32 };

struct lookup {
  bool waits;
  struct query query;
};

struct lookups {
  int fd; /* the socket that queries come to */
  struct lookup of[MAX_LOOKUPS];
};

/* Listens for queries where the resolver asks when /etc/resolv.conf names no server (resolv.conf(5)). Returns 0 or -1. */
int lookups_open(struct lookups *lookups);

/* Takes one query: answers it, or asks the worker. */
void lookups_take(struct lookups *lookups, const struct targets *targets, struct channels *channels);

/* The worker's answer to one of them. Returns 0, or -1 when nobody asked. */
int lookups_answer(struct lookups *lookups, struct targets *targets, const struct sg_frame *frame);

#endif
