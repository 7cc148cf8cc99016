#include "own_cgroup.h"

#include <fcntl.h>
#include <stdio.h>

#include "cleanup.h"

enum { PATH_BYTES = 256 };

static int open_counter(const char *root, const char *name) {
  char path[PATH_BYTES];
  int length = snprintf(path, sizeof path, "%s/%s", root, name);
  return length > 0 && length < PATH_BYTES ? SG_EINTR(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) : -1;
}

void own_cgroup_open(const char *root, struct options *options) {
  options->is_in_cgroup = true;
  cleanup_fd int unified = open_counter(root, "cgroup.controllers");
  options->cpu = open_counter(root, unified >= 0 ? "cpu.stat" : "cpuacct/cpuacct.usage");
  options->memory_peak = open_counter(root, unified >= 0 ? "memory.peak" : "memory/memory.max_usage_in_bytes");
  options->memory_events = open_counter(root, unified >= 0 ? "memory.events" : "memory/memory.oom_control");
  options->pids_events = open_counter(root, unified >= 0 ? "pids.events" : "pids/pids.events");
}
