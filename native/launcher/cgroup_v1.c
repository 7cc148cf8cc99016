#include <errno.h>
#include <stdio.h>

#include "cgroup_file.h"
#include "cgroup_kind.h"

/* memory.memsw (memory and swap together) must never be below memory.limit: to lower both, the limit goes first; to raise both, last
 * (Documentation/admin-guide/cgroup-v1/memory.rst). Which one it is shows by the first try being refused. */
static int limit_memory(const struct cgroups *cgroups, int directory, const char *group, uint64_t bytes, struct sg_error *error) {
  char limit[CGROUP_PATH], both[CGROUP_PATH], swappiness[CGROUP_PATH];
  cgroup_path(limit, group, "memory.limit_in_bytes");
  cgroup_path(both, group, "memory.memsw.limit_in_bytes");
  cgroup_path(swappiness, group, "memory.swappiness");
  if (!cgroups->has_swap_limit) {
    /* Without swap accounting this is the closest thing: pages are then swapped only when the whole machine runs out. */
    if (cgroup_set(directory, swappiness, 0, error) != 0) return -1;
    return cgroup_set(directory, limit, bytes, error);
  }
  if (cgroup_write_number(directory, limit, bytes) == 0) return cgroup_set(directory, both, bytes, error);
  if (errno != EINVAL) return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "write %llu to %s", (unsigned long long)bytes, limit);
  if (cgroup_set(directory, both, bytes, error) != 0) return -1;
  return cgroup_set(directory, limit, bytes, error);
}

static int limit_cpu(int directory, const char *group, uint32_t milli, struct sg_error *error) {
  char quota[CGROUP_PATH];
  cgroup_path(quota, group, "cpu.cfs_quota_us");
  /* The period of a new group is CPU_PERIOD_US already (Documentation/scheduler/sched-bwc.rst). */
  return cgroup_set(directory, quota, (uint64_t)milli * CPU_PERIOD_US / 1000, error);
}

static int limit_io(const struct cgroups *cgroups, int directory, const char *group, uint64_t bytes, struct sg_error *error) {
  static const char *const FILES[] = {"blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device"};
  for (int i = 0; i < cgroups->device_count; i++) {
    char value[64];
    (void)snprintf(value, sizeof value, "%u:%u %llu", cgroups->devices[i].major, cgroups->devices[i].minor, (unsigned long long)bytes);
    for (size_t j = 0; j < sizeof FILES / sizeof *FILES; j++) {
      char path[CGROUP_PATH];
      cgroup_path(path, group, FILES[j]);
      if (cgroup_write(directory, path, value) != 0) return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "write \"%s\" to %s", value, path);
    }
  }
  return 0;
}

int cgroup_v1_limit(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const char *group, const struct limits *limits,
                    struct sg_error *error) {
  int directory = hierarchy->instance;
  if (cgroup_has(hierarchy, CONTROLLER_MEMORY) && limit_memory(cgroups, directory, group, limits->memory_bytes, error) != 0) return -1;
  if (cgroup_has(hierarchy, CONTROLLER_CPU) && limit_cpu(directory, group, limits->cpu_milli, error) != 0) return -1;
  if (cgroup_has(hierarchy, CONTROLLER_IO) && limit_io(cgroups, directory, group, limits->io_bytes_per_second, error) != 0) return -1;
  if (!cgroup_has(hierarchy, CONTROLLER_PIDS)) return 0;
  char path[CGROUP_PATH];
  cgroup_path(path, group, "pids.max");
  return cgroup_set(directory, path, limits->processes, error);
}
