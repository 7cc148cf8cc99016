/* A descriptor that epoll may be watching. It has to be taken out before it is closed: a child that was forked but has not yet exec'd holds
 * a copy, and with that the kernel would go on reporting it (epoll(7), questions and answers 6). */
#ifndef SG_WATCH_H
#define SG_WATCH_H

#include <stdint.h>

struct watch {
  int fd;          /* -1 when there is none */
  uint32_t events; /* what epoll watches it for; 0 = nothing, then it is not registered: hang-ups would be reported all the same */
};

/* Makes epoll watch for `events` and report `tag`. Returns 0, or -1 with errno. */
int watch_for(int epoll, struct watch *watch, uint32_t events, uint64_t tag);

/* Takes it out of epoll and closes it; harmless when there is none. */
void watch_close(int epoll, struct watch *watch);

#endif
