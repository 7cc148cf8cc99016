#include "program_limit.h"

#include <sys/resource.h>

int program_limit_set(const struct program_limit *limit) {
  int resource = limit->resource;
  struct rlimit present;
  if (getrlimit(resource, &present) != 0) return -1;
  struct rlimit wanted = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
  if (wanted.rlim_max > present.rlim_max) wanted.rlim_max = present.rlim_max;
  if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
  if (wanted.rlim_cur == present.rlim_cur && wanted.rlim_max == present.rlim_max) return 0;
  return setrlimit(resource, &wanted);
}
