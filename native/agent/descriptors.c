#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST = 3 };

int descriptors_mark_close_on_exec(unsigned bound) {
  if (syscall(SYS_close_range, (unsigned)FIRST, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return 0;
  if (errno != ENOSYS && errno != EINVAL) return -1; /* EINVAL: Linux before 5.11 knows the call but not the flag */
  for (unsigned fd = FIRST; fd < bound; fd++)
    if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0 && errno != EBADF) return -1;
  return 0;
}
