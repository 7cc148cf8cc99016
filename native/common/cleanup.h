/* Ownership in the declaration: a descriptor or block marked so is released when its scope ends, unless it was taken out. */
#ifndef SG_CLEANUP_H
#define SG_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void sg_cleanup_fd(int *fd) {
  if (*fd >= 0) close(*fd);
}

static inline void sg_cleanup_free(void *block) { free(*(void **)block); }

#define cleanup_fd __attribute__((cleanup(sg_cleanup_fd)))
#define cleanup_free __attribute__((cleanup(sg_cleanup_free)))

/* Moves a descriptor out of a scope that would close it. */
static inline int sg_steal_fd(int *fd) {
  int taken = *fd;
  *fd = -1;
  return taken;
}

static inline void sg_close(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* Repeats a call that a signal interrupted. */
#define SG_EINTR(call)                         \
  __extension__({                              \
    __typeof__(call) sg_result;                \
    do sg_result = (call);                     \
    while (sg_result == -1 && errno == EINTR); \
    sg_result;                                 \
  })

#endif
