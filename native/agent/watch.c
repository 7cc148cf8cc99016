#include "watch.h"

#include <sys/epoll.h>

#include "cleanup.h"

int watch_for(int epoll, struct watch *watch, uint32_t events, uint64_t tag) {
  if (events == watch->events) return 0;
  int operation = watch->events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  struct epoll_event event = {.events = events, .data.u64 = tag};
  if (epoll_ctl(epoll, operation, watch->fd, &event) != 0) return -1;
  watch->events = events;
  return 0;
}

void watch_close(int epoll, struct watch *watch) {
  if (watch->fd >= 0 && watch->events != 0) (void)epoll_ctl(epoll, EPOLL_CTL_DEL, watch->fd, NULL); /* it is there: nothing can fail */
  sg_close(&watch->fd);
  watch->events = 0;
}
