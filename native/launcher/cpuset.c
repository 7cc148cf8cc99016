#include "cpuset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cgroup_kind.h"
#include "cleanup.h"
#include "sandbox.h"

/* Room for a list of every second of CPU_SETSIZE cores. */
enum { SET_TEXT = 4096, MEMBERS_TEXT = 65536, MOVE_ROUNDS = 5 };

static const char AGENTS_CPUS[] = "agents/cpuset.cpus";

void cpuset_look(struct cpusets *cpusets) {
  cpusets->hierarchy = -1;
  CPU_ZERO(&cpusets->usable);
  (void)sched_getaffinity(0, sizeof cpusets->usable, &cpusets->usable);
}

/* The list format of cpuset.cpus: "0,2,3". */
static void format_set(char text[SET_TEXT], const cpu_set_t *set) {
  size_t length = 0;
  text[0] = '\0';
  for (int cpu = 0; cpu < CPU_SETSIZE && length < SET_TEXT - 8; cpu++)
    if (CPU_ISSET(cpu, set)) length += (size_t)snprintf(text + length, SET_TEXT - length, "%s%d", length == 0 ? "" : ",", cpu);
}

/* The usable cores that no sandbox has to itself. */
static void format_shared(char text[SET_TEXT], const struct cpusets *cpusets) {
  cpu_set_t shared = cpusets->usable;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (cpusets->owners[cpu] != 0) CPU_CLR(cpu, &shared);
  format_set(text, &shared);
}

static void group_file(char path[CGROUP_PATH], uint32_t id, const char *file) {
  char group[24];
  (void)snprintf(group, sizeof group, "sb-%u", id);
  cgroup_path(path, group, file);
}

static int write_set(int directory, const char *path, const char *value, struct sg_error *error) {
  if (cgroup_write(directory, path, value) == 0) return 0;
  return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "write \"%.60s\" to %s", value, path);
}

/* Copies a file of `base` to the group below it, unless that has a value already: other launchers share the upper ones. */
static int inherit(int base, const char *group, const char *file, struct sg_error *error) {
  char path[CGROUP_PATH], text[SET_TEXT];
  cgroup_path(path, group, file);
  if (cgroup_read(base, path, text, sizeof text) > 1) return 0;
  if (cgroup_read(base, file, text, sizeof text) <= 0) return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "read %s", file);
  text[strcspn(text, "\n")] = '\0';
  return write_set(base, path, text, error);
}

int cpuset_v1_prepare(const struct hierarchy *hierarchy, const char *instance, const struct cpusets *cpusets, struct sg_error *error) {
  char ours[CGROUP_PATH], agents[CGROUP_PATH], usable[SET_TEXT];
  (void)snprintf(ours, sizeof ours, "sandglass/%s", instance);
  (void)snprintf(agents, sizeof agents, "sandglass/%s/agents", instance);
  if (mkdirat(hierarchy->base, agents, 0755) != 0 && errno != EEXIST) return sg_fail(error, SG_STEP_CGROUP_CREATE, errno, "make group %s", agents);
  const char *const groups[] = {"sandglass", ours, agents};
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    if (inherit(hierarchy->base, groups[i], "cpuset.mems", error) != 0) return -1;
    if (i < 2 && inherit(hierarchy->base, groups[i], "cpuset.cpus", error) != 0) return -1;
  }
  format_set(usable, &cpusets->usable);
  return write_set(hierarchy->instance, AGENTS_CPUS, usable, error);
}

static bool has_own_core(const struct cpusets *cpusets, uint32_t id) {
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (cpusets->owners[cpu] == id) return true;
  return false;
}

/* Tells everything that has no core of its own which ones it may use now. */
static int share_the_rest(const struct hierarchy *hierarchy, const struct cpusets *cpusets, const struct sandboxes *sandboxes, struct sg_error *error) {
  char shared[SET_TEXT], path[CGROUP_PATH];
  format_shared(shared, cpusets);
  if (write_set(hierarchy->instance, AGENTS_CPUS, shared, error) != 0) return -1;
  for (uint32_t i = 0; hierarchy->v2 && i < sandboxes->high; i++) {
    const struct sandbox *other = &sandboxes->of[i];
    if ((other->state != SANDBOX_STARTING && other->state != SANDBOX_LIVE) || has_own_core(cpusets, other->id)) continue;
    group_file(path, other->id, "cpuset.cpus");
    if (write_set(hierarchy->instance, path, shared, error) != 0) return -1;
  }
  return 0;
}

/* v1 only: the programs that run in the sandbox already, from a hierarchy that counts them. More may be forked meanwhile: a few rounds. */
static int move_members(const struct cgroups *cgroups, const struct hierarchy *hierarchy, uint32_t id, struct sg_error *error) {
  char from[CGROUP_PATH], to[CGROUP_PATH], list[MEMBERS_TEXT];
  group_file(from, id, "cgroup.procs");
  memcpy(to, from, sizeof to);
  for (int round = 0; round < MOVE_ROUNDS; round++) {
    const struct hierarchy *counting = &cgroups->hierarchies[0];
    if (counting == hierarchy) counting = &cgroups->hierarchies[1];
    if (cgroups->count < 2 || cgroup_read(counting->instance, from, list, sizeof list) <= 0) return 0;
    for (char *save = NULL, *pid = strtok_r(list, "\n", &save); pid != NULL; pid = strtok_r(NULL, "\n", &save))
      if (cgroup_write(hierarchy->instance, to, pid) != 0 && errno != ESRCH) return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "move %s to %s", pid, to);
  }
  return 0;
}

static int make_v1_group(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const struct sandbox *sandbox, const char *core,
                         struct sg_error *error) {
  char group[24], path[CGROUP_PATH], mems[SET_TEXT];
  (void)snprintf(group, sizeof group, "sb-%u", sandbox->id);
  if (mkdirat(hierarchy->instance, group, 0755) != 0) return sg_fail(error, SG_STEP_CGROUP_CREATE, errno, "make group %s", group);
  if (cgroup_read(hierarchy->instance, "cpuset.mems", mems, sizeof mems) <= 0) return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "read cpuset.mems");
  mems[strcspn(mems, "\n")] = '\0';
  cgroup_path(path, group, "cpuset.mems");
  if (write_set(hierarchy->instance, path, mems, error) != 0) return -1;
  cgroup_path(path, group, "cpuset.cpus");
  if (write_set(hierarchy->instance, path, core, error) != 0) return -1;
  cgroup_path(path, group, "cgroup.procs");
  if (cgroup_write_number(hierarchy->instance, path, (uint64_t)sandbox->pid) != 0)
    return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "move the agent to %s", path);
  return move_members(cgroups, hierarchy, sandbox->id, error);
}

static int give_core(const struct cgroups *cgroups, const struct hierarchy *hierarchy, const struct sandbox *sandbox, uint32_t cpu, struct sg_error *error) {
  char core[16], path[CGROUP_PATH];
  (void)snprintf(core, sizeof core, "%u", cpu);
  if (!hierarchy->v2) return make_v1_group(cgroups, hierarchy, sandbox, core, error);
  group_file(path, sandbox->id, "cpuset.cpus");
  return write_set(hierarchy->instance, path, core, error);
}

int cpuset_pin(const struct cgroups *cgroups, struct cpusets *cpusets, const struct sandboxes *sandboxes, const struct sandbox *sandbox, uint32_t cpu,
               struct sg_error *error) {
  if (cpusets->hierarchy < 0) return sg_fail(error, SG_STEP_CGROUP_LIMIT, EOPNOTSUPP, "no control group with the cpuset controller can be written");
  if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &cpusets->usable)) return sg_fail(error, SG_STEP_CGROUP_LIMIT, EINVAL, "core %u is not the launcher's to give", cpu);
  if (cpusets->owners[cpu] != 0) return sg_fail(error, SG_STEP_CGROUP_LIMIT, EBUSY, "core %u is sandbox %u's", cpu, cpusets->owners[cpu]);
  if (has_own_core(cpusets, sandbox->id)) return sg_fail(error, SG_STEP_CGROUP_LIMIT, EALREADY, "sandbox %u has a core already", sandbox->id);
  if (cpusets->taken + 1 >= CPU_COUNT(&cpusets->usable))
    return sg_fail(error, SG_STEP_CGROUP_LIMIT, EBUSY, "core %u is the last one that all others share", cpu);
  const struct hierarchy *hierarchy = &cgroups->hierarchies[cpusets->hierarchy];
  cpusets->owners[cpu] = sandbox->id;
  cpusets->taken++;
  if (share_the_rest(hierarchy, cpusets, sandboxes, error) != 0) return -1;
  return give_core(cgroups, hierarchy, sandbox, cpu, error);
}

int cpuset_admit(const struct cgroups *cgroups, const struct cpusets *cpusets, uint32_t id, struct sg_error *error) {
  if (cpusets->taken == 0 || !cgroups->hierarchies[cpusets->hierarchy].v2) return 0;
  char shared[SET_TEXT], path[CGROUP_PATH];
  format_shared(shared, cpusets);
  group_file(path, id, "cpuset.cpus");
  return write_set(cgroups->hierarchies[cpusets->hierarchy].instance, path, shared, error);
}

void cpuset_release(const struct cgroups *cgroups, struct cpusets *cpusets, const struct sandboxes *sandboxes, uint32_t id) {
  struct sg_error ignored;
  for (int cpu = 0; cpusets->taken > 0 && cpu < CPU_SETSIZE; cpu++) {
    if (cpusets->owners[cpu] != id) continue;
    cpusets->owners[cpu] = 0;
    cpusets->taken--;
    /* A core that could not be given back idles until the next change: slower, never less isolated. */
    (void)share_the_rest(&cgroups->hierarchies[cpusets->hierarchy], cpusets, sandboxes, &ignored);
    return;
  }
}

void cpuset_print(const struct cpusets *cpusets, FILE *out) {
  char set[SET_TEXT] = "";
  if (cpusets->hierarchy >= 0) format_set(set, &cpusets->usable);
  fprintf(out, "[%s]", set);
}
