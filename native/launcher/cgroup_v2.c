#include <errno.h>
#include <stdio.h>

#include "cgroup_file.h"
#include "cgroup_kind.h"

static int limit_memory(int directory, const char *group, uint64_t bytes, struct sg_error *error) {
  char path[CGROUP_PATH];
  cgroup_path(path, group, "memory.max");
  if (cgroup_set(directory, path, bytes, error) != 0) return -1;
  /* The whole program goes, not the one process that happened to ask last: half a program gives half an answer. */
  cgroup_path(path, group, "memory.oom.group");
  if (cgroup_set(directory, path, 1, error) != 0) return -1;
  cgroup_path(path, group, "memory.swap.max");
  /* Absent on a kernel without swap: then there is nothing to forbid. */
  if (cgroup_write_number(directory, path, 0) != 0 && errno != ENOENT) return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "write 0 to %s", path);
  return 0;
}

static int limit_cpu(int directory, const char *group, uint32_t milli, struct sg_error *error) {
  char path[CGROUP_PATH], value[48];
  cgroup_path(path, group, "cpu.max");
  (void)snprintf(value, sizeof value, "%llu %d", (unsigned long long)milli * CPU_PERIOD_US / 1000, CPU_PERIOD_US);
  if (cgroup_write(directory, path, value) == 0) return 0;
  return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "write \"%s\" to %s", value, path);
}

static int limit_io(const struct cgroups *cgroups, int directory, const char *group, uint64_t bytes, struct sg_error *error) {
  char path[CGROUP_PATH];
  cgroup_path(path, group, "io.max");
  char rate[24] = "max";
  if (bytes != 0) (void)snprintf(rate, sizeof rate, "%llu", (unsigned long long)bytes);
  for (int i = 0; i < cgroups->device_count; i++) {
    char value[96];
    (void)snprintf(value, sizeof value, "%u:%u rbps=%s wbps=%s", cgroups->devices[i].major, cgroups->devices[i].minor, rate, rate);
    if (cgroup_write(directory, path, value) != 0) return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "write \"%s\" to %s", value, path);
  }
  return 0;
}

int cgroup_v2_limit(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const char *group, const struct limits *limits,
                    struct sg_error *error) {
  int directory = hierarchy->instance;
  if (cgroup_has(hierarchy, CONTROLLER_MEMORY) && limit_memory(directory, group, limits->memory_bytes, error) != 0) return -1;
  if (cgroup_has(hierarchy, CONTROLLER_CPU) && limit_cpu(directory, group, limits->cpu_milli, error) != 0) return -1;
  if (cgroup_has(hierarchy, CONTROLLER_IO) && limit_io(cgroups, directory, group, limits->io_bytes_per_second, error) != 0) return -1;
  if (!cgroup_has(hierarchy, CONTROLLER_PIDS)) return 0;
  char path[CGROUP_PATH];
  cgroup_path(path, group, "pids.max");
  return cgroup_set(directory, path, limits->processes, error);
}
