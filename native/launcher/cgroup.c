#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cgroup_kind.h"
#include "cleanup.h"

void cgroup_path(char path[CGROUP_PATH], const char *group, const char *file) { (void)snprintf(path, CGROUP_PATH, "%s/%s", group, file); }

static void group_name(char name[24], uint32_t id) { (void)snprintf(name, 24, "sb-%u", id); }

/* On v1 disk rates have a hierarchy to themselves; a sandbox without a rate is spared that group. */
static bool is_only_io(const struct hierarchy *hierarchy) { return !hierarchy->v2 && hierarchy->controllers == 1u << CONTROLLER_IO; }

static int open_at(const struct hierarchy *hierarchy, const char *group, const char *file, int flags) {
  char path[CGROUP_PATH];
  cgroup_path(path, group, file);
  return openat(hierarchy->instance, path, flags | O_CLOEXEC);
}

static int limit_in(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const char *group, const struct limits *limits,
                    struct sg_error *error) {
  return hierarchy->v2 ? cgroup_v2_limit(cgroups, hierarchy, group, limits, error) : cgroup_v1_limit(cgroups, hierarchy, group, limits, error);
}

/* Counters are optional for the agent, which says in its facts what it had; so a file that an older kernel lacks is left out. */
static void open_counters(const struct hierarchy *hierarchy, const char *group, struct cgroup_handles *handles) {
  bool v2 = hierarchy->v2;
  if (cgroup_has(hierarchy, CONTROLLER_CPUACCT)) handles->cpu = open_at(hierarchy, group, v2 ? "cpu.stat" : "cpuacct.usage", O_RDONLY);
  if (cgroup_has(hierarchy, CONTROLLER_MEMORY)) {
    const char *peak = v2 ? "memory.peak" : "memory.max_usage_in_bytes";
    /* Writable, so that the agent can start a new peak with each program; memory.peak allows that from Linux 6.12 on. */
    handles->memory_peak = open_at(hierarchy, group, peak, O_RDWR);
    if (handles->memory_peak < 0) handles->memory_peak = open_at(hierarchy, group, peak, O_RDONLY);
    handles->memory_events = open_at(hierarchy, group, v2 ? "memory.events" : "memory.oom_control", O_RDONLY);
  }
  if (cgroup_has(hierarchy, CONTROLLER_PIDS)) {
    handles->pids_peak = open_at(hierarchy, group, "pids.peak", O_RDONLY);
    handles->pids_events = open_at(hierarchy, group, "pids.events", O_RDONLY);
  }
}

static int create_in(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const char *group, const struct limits *limits,
                     struct cgroup_handles *handles, struct sg_error *error) {
  if (mkdirat(hierarchy->instance, group, 0755) != 0) return sg_fail(error, SG_STEP_CGROUP_CREATE, errno, "make group %s", group);
  if (limit_in(cgroups, hierarchy, group, limits, error) != 0) return -1;
  int join = open_at(hierarchy, group, "cgroup.procs", O_WRONLY);
  if (join < 0) return sg_fail(error, SG_STEP_CGROUP_OPEN, errno, "open %s/cgroup.procs", group);
  handles->joins[handles->join_count++] = join;
  open_counters(hierarchy, group, handles);
  return 0;
}

int cgroup_create(const struct cgroups *cgroups, uint32_t id, const struct limits *limits, struct cgroup_handles *handles, struct sg_error *error) {
  *handles = (struct cgroup_handles){.cpu = -1, .memory_peak = -1, .memory_events = -1, .pids_peak = -1, .pids_events = -1};
  char group[24];
  group_name(group, id);
  for (int i = 0; i < cgroups->count; i++) {
    const struct hierarchy *hierarchy = &cgroups->hierarchies[i];
    if (cgroup_is_only_cpuset(hierarchy) || (is_only_io(hierarchy) && limits->io_bytes_per_second == 0)) continue;
    if (create_in(cgroups, hierarchy, group, limits, handles, error) != 0) return -1;
  }
  return 0;
}

void cgroup_close_handles(struct cgroup_handles *handles) {
  for (int i = 0; i < handles->join_count; i++) sg_close(&handles->joins[i]);
  handles->join_count = 0;
  int *counters[] = {&handles->cpu, &handles->memory_peak, &handles->memory_events, &handles->pids_peak, &handles->pids_events};
  for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) sg_close(counters[i]);
}

int cgroup_limit(const struct cgroups *cgroups, uint32_t id, const struct limits *limits, struct sg_error *error) {
  char group[24];
  group_name(group, id);
  for (int i = 0; i < cgroups->count; i++) {
    const struct hierarchy *hierarchy = &cgroups->hierarchies[i];
    if (is_only_io(hierarchy) && faccessat(hierarchy->instance, group, F_OK, 0) != 0) {
      if (limits->io_bytes_per_second == 0) continue;
      return sg_fail(error, SG_STEP_CGROUP_LIMIT, EOPNOTSUPP, "a disk rate can only be changed on a sandbox that was created with one");
    }
    if (limit_in(cgroups, hierarchy, group, limits, error) != 0) return -1;
  }
  return 0;
}

static void add_usage(const struct hierarchy *hierarchy, const char *group, struct cgroup_usage *usage) {
  char path[CGROUP_PATH];
  int directory = hierarchy->instance;
  if (cgroup_has(hierarchy, CONTROLLER_CPUACCT)) {
    cgroup_path(path, group, hierarchy->v2 ? "cpu.stat" : "cpuacct.usage");
    usage->cpu_ns = hierarchy->v2 ? cgroup_read_key(directory, path, "usage_usec") * 1000 : cgroup_read_number(directory, path);
  }
  if (cgroup_has(hierarchy, CONTROLLER_MEMORY)) {
    cgroup_path(path, group, hierarchy->v2 ? "memory.peak" : "memory.max_usage_in_bytes");
    usage->memory_peak_bytes = cgroup_read_number(directory, path);
    cgroup_path(path, group, hierarchy->v2 ? "memory.events" : "memory.oom_control");
    usage->oom_kills = (uint32_t)cgroup_read_key(directory, path, "oom_kill");
  }
}

void cgroup_usage(const struct cgroups *cgroups, uint32_t id, struct cgroup_usage *usage) {
  *usage = (struct cgroup_usage){.cpu_ns = 0};
  char group[24];
  group_name(group, id);
  for (int i = 0; i < cgroups->count; i++) add_usage(&cgroups->hierarchies[i], group, usage);
}

bool cgroup_remove(const struct cgroups *cgroups, uint32_t id) {
  char group[24];
  group_name(group, id);
  bool removed = true;
  for (int i = 0; i < cgroups->count; i++)
    if (unlinkat(cgroups->hierarchies[i].instance, group, AT_REMOVEDIR) != 0 && errno != ENOENT) removed = false;
  return removed;
}
