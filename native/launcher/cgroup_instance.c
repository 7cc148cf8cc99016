/* The groups that one launcher has for as long as it lives. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "block_devices.h"
#include "cgroup.h"
#include "cgroup_file.h"
#include "cgroup_instance.h"
#include "cgroup_kind.h"
#include "cgroup_layout.h"
#include "cgroup_moves.h"
#include "cleanup.h"

enum { INSTANCE_TRIES = 5, INSTANCE_PAUSE_NS = 20 * 1000 * 1000 };
static const uint64_t AGENTS_FIXED_BYTES = 512ull << 20, AGENT_BYTES = 8ull << 20;

static int make_directory(int at, const char *name, struct sg_error *error) {
  if (mkdirat(at, name, 0755) != 0 && errno != EEXIST) return sg_fail(error, SG_STEP_CGROUP_CREATE, errno, "make group %s", name);
  int directory = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) sg_fail(error, SG_STEP_CGROUP_CREATE, errno, "open group %s", name);
  return directory;
}

/* A group may hold processes or controlled children, not both (cgroup-v2.rst, "No Internal Process Constraint"), so the processes of the base,
 * ourselves among them, go to a leaf beside our groups. Processes can appear meanwhile: a few rounds. */
static void evacuate(int base) {
  struct sg_error ignored;
  char list[65536];
  if (cgroup_read(base, "cgroup.procs", list, sizeof list) <= 0) return;
  cleanup_fd int leaf = make_directory(base, CGROUP_SUPERVISOR, &ignored);
  if (leaf < 0) return;
  for (int round = 0; round < 5 && cgroup_read(base, "cgroup.procs", list, sizeof list) > 0; round++)
    for (char *at = strtok(list, "\n"); at != NULL; at = strtok(NULL, "\n")) (void)cgroup_write(leaf, "cgroup.procs", at);
}

/* One by one, so that a controller that is not there does not take the others along. What came of it is read back by the caller. */
static void enable_controllers(int directory) {
  static const char *const WANTED[] = {"+memory", "+pids", "+cpu", "+io", "+cpuset"};
  for (size_t i = 0; i < sizeof WANTED / sizeof *WANTED; i++) (void)cgroup_write(directory, "cgroup.subtree_control", WANTED[i]);
}

/* Only the root of the whole hierarchy may have both, and it is the one group without a type. The processes go before any controller is enabled: pids and
 * cpu would be accepted beside them, but turn the group into a threaded one, whose children take no processes ("Threads" in the same document). */
static void open_base(int base) {
  if (faccessat(base, "cgroup.type", F_OK, 0) == 0) evacuate(base);
  enable_controllers(base);
}

static uint32_t enabled_controllers(int directory) {
  static const char *const NAMES[] = {"memory", "pids", "cpu", "cpu", "io", "cpuset"};
  char list[256];
  uint32_t found = 0;
  if (cgroup_read(directory, "cgroup.subtree_control", list, sizeof list) <= 0) return 0;
  for (int i = 0; i < CONTROLLER_COUNT; i++)
    if (cgroup_list_has(list, NAMES[i])) found |= 1u << i;
  return found;
}

/* Others may be at it too: a launcher that cleans up may take a new directory for left over before its lock is there, and one that ends removes the
 * common directory when it is empty. */
static int try_instance(struct hierarchy *hierarchy, const char *name, struct sg_error *error) {
  cleanup_fd int ours = make_directory(hierarchy->base, "sandglass", error);
  if (ours < 0) return -1;
  if (hierarchy->v2) enable_controllers(ours);
  cleanup_fd int instance = make_directory(ours, name, error);
  if (instance < 0) return -1;
  if (flock(instance, LOCK_EX | LOCK_NB) != 0)
    return sg_fail(error, SG_STEP_CGROUP_CREATE, errno, "another launcher has the groups of instance %s; give this one another name", name);
  struct stat named, locked;
  if (fstatat(ours, name, &named, AT_SYMLINK_NOFOLLOW) != 0 || fstat(instance, &locked) != 0 || named.st_ino != locked.st_ino)
    return sg_fail(error, SG_STEP_CGROUP_CREATE, EAGAIN, "the groups of instance %s are removed again and again", name);
  hierarchy->instance = sg_steal_fd(&instance);
  return 0;
}

static int begin_hierarchy(struct hierarchy *hierarchy, const char *name, struct sg_error *error) {
  if (hierarchy->v2) open_base(hierarchy->base);
  for (int tries = 0; hierarchy->instance < 0 && tries < INSTANCE_TRIES; tries++) {
    struct timespec pause = {.tv_nsec = tries * INSTANCE_PAUSE_NS};
    (void)nanosleep(&pause, NULL);
    (void)try_instance(hierarchy, name, error);
  }
  if (hierarchy->instance < 0) return -1;
  if (!hierarchy->v2) return 0;
  enable_controllers(hierarchy->instance);
  hierarchy->controllers &= enabled_controllers(hierarchy->instance);
  /* CPU time is counted in every v2 group, with or without the cpu controller. */
  hierarchy->controllers |= 1u << CONTROLLER_CPUACCT;
  return 0;
}

static void bound_agents(const struct hierarchy *hierarchy, const struct config *config, struct mechanisms *mechanisms) {
  uint64_t bytes = config->agents_memory_bytes != 0 ? config->agents_memory_bytes : AGENTS_FIXED_BYTES + AGENT_BYTES * config->max_sandboxes;
  if (cgroup_has(hierarchy, CONTROLLER_MEMORY) &&
      cgroup_write_number(hierarchy->instance, hierarchy->v2 ? "agents/memory.max" : "agents/memory.limit_in_bytes", bytes) != 0)
    mechanism_missing(mechanisms, MECHANISM_AGENT_BOUND, "Set agents-memory to a value that this host takes.",
                      "the agents' memory cannot be bounded to %llu bytes: %s", (unsigned long long)bytes, strerror(errno));
  /* Each agent, and for a moment the child that will become its program; and the launcher. More where runtimes wait for their programs. */
  uint64_t processes = config->agents_processes != 0 ? config->agents_processes : 2ull * config->max_sandboxes + 64;
  if (cgroup_has(hierarchy, CONTROLLER_PIDS) && cgroup_write_number(hierarchy->instance, "agents/pids.max", processes) != 0)
    mechanism_missing(mechanisms, MECHANISM_AGENT_BOUND, "Look at pids.max of the group above.", "the agents' number cannot be bounded: %s",
                      strerror(errno));
}

/* On v1 the launcher enters only where a bound is to hold; on v2 it must leave the inner groups. */
static bool has_agents(const struct hierarchy *hierarchy) {
  return hierarchy->v2 || cgroup_is_only_cpuset(hierarchy) || cgroup_has(hierarchy, CONTROLLER_MEMORY) || cgroup_has(hierarchy, CONTROLLER_PIDS);
}

static int enter_agents(const struct hierarchy *hierarchy, const struct config *config, struct mechanisms *mechanisms, struct sg_error *error) {
  if (!has_agents(hierarchy)) return 0;
  cleanup_fd int agents = make_directory(hierarchy->instance, "agents", error);
  if (agents < 0) return -1;
  bound_agents(hierarchy, config, mechanisms);
  return cgroup_write(agents, "cgroup.procs", "0") == 0 ? 0 : sg_fail(error, SG_STEP_CGROUP_CREATE, errno, "enter the group of the agents");
}

static void note_missing(const struct cgroups *cgroups, bool privileged, struct mechanisms *mechanisms) {
  static const struct {
    enum controller controller;
    enum mechanism mechanism;
    const char *name;
  } NEEDED[] = {{CONTROLLER_MEMORY, MECHANISM_MEMORY, "memory"}, {CONTROLLER_PIDS, MECHANISM_PIDS, "pids"}, {CONTROLLER_CPU, MECHANISM_CPU, "cpu"},
                {CONTROLLER_IO, MECHANISM_IO, "io"}};
  const char *remedy = privileged ? "Boot with systemd.unified_cgroup_hierarchy=1, or make the cgroup mount writable for the launcher (containers: --privileged or --cgroupns=private with a writable /sys/fs/cgroup)."
                                  : "Start it with: systemd-run --user --scope -p Delegate=yes <command>, on a host with cgroup v2; or run it as root.";
  for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++) {
    bool found = false;
    for (int j = 0; j < cgroups->count; j++) found |= cgroup_has(&cgroups->hierarchies[j], NEEDED[i].controller);
    if (!found)
      mechanism_missing(mechanisms, NEEDED[i].mechanism, remedy, "no control group with the %s controller can be written (layout: %s)", NEEDED[i].name,
                        cgroups->layout);
  }
  if (mechanisms->of[MECHANISM_MEMORY].missing || mechanisms->of[MECHANISM_PIDS].missing)
    mechanism_missing(mechanisms, MECHANISM_AGENT_BOUND, remedy, "no control group bounds the agents (layout: %s)", cgroups->layout);
}

static void look_at_swap(struct cgroups *cgroups, struct mechanisms *mechanisms) {
  for (int i = 0; i < cgroups->count; i++) {
    const struct hierarchy *hierarchy = &cgroups->hierarchies[i];
    if (cgroup_has(hierarchy, CONTROLLER_MEMORY))
      cgroups->has_swap_limit = hierarchy->v2 || faccessat(hierarchy->base, "memory.memsw.limit_in_bytes", F_OK, 0) == 0;
  }
  if (!cgroups->has_swap_limit)
    mechanism_missing(mechanisms, MECHANISM_NO_SWAP, "Boot with swapaccount=1, or turn swap off: swapoff -a",
                      "swap cannot be bounded per sandbox; its memory limit does not count swapped pages");
}

static void end_hierarchy(struct hierarchy *hierarchy, const char *instance) {
  if (hierarchy->instance < 0) return;
  /* Out of our own group, or it could not be removed: to the leaf where the base's processes went, else to the base. */
  if (has_agents(hierarchy) && cgroup_write(hierarchy->base, CGROUP_SUPERVISOR "/cgroup.procs", "0") != 0)
    (void)cgroup_write(hierarchy->base, "cgroup.procs", "0");
  (void)unlinkat(hierarchy->instance, "agents", AT_REMOVEDIR);
  sg_close(&hierarchy->instance);
  char path[CGROUP_PATH];
  (void)snprintf(path, sizeof path, "sandglass/%s", instance);
  (void)unlinkat(hierarchy->base, path, AT_REMOVEDIR);
  /* Stays while another launcher has groups in it. */
  (void)unlinkat(hierarchy->base, "sandglass", AT_REMOVEDIR);
}

/* Cores of their own are an extra: without them everything else works, and whoever asks for one is refused. Drops the hierarchy where it cannot be used. */
static bool begin_cpuset(struct cgroups *cgroups, int index, const struct config *config, struct cpusets *cpusets, struct mechanisms *mechanisms) {
  struct sg_error ignored;
  struct hierarchy *hierarchy = &cgroups->hierarchies[index];
  if (begin_hierarchy(hierarchy, config->instance, &ignored) == 0 && cpuset_v1_prepare(hierarchy, config->instance, cpusets, &ignored) == 0 &&
      enter_agents(hierarchy, config, mechanisms, &ignored) == 0) {
    cpusets->hierarchy = index;
    return true;
  }
  end_hierarchy(hierarchy, config->instance);
  sg_close(&hierarchy->base);
  memmove(hierarchy, hierarchy + 1, (size_t)(--cgroups->count - index) * sizeof *hierarchy);
  return false;
}

int cgroup_begin(struct cgroups *cgroups, const struct config *config, bool privileged, struct cpusets *cpusets, struct mechanisms *mechanisms,
                 struct sg_error *error) {
  cpuset_look(cpusets);
  for (int i = 0; i < cgroups->count; i++) {
    struct hierarchy *hierarchy = &cgroups->hierarchies[i];
    if (cgroup_is_only_cpuset(hierarchy)) {
      if (!begin_cpuset(cgroups, i, config, cpusets, mechanisms)) i--;
      continue;
    }
    if (begin_hierarchy(hierarchy, config->instance, error) != 0 || enter_agents(hierarchy, config, mechanisms, error) != 0) return -1;
    if (cgroup_has(hierarchy, CONTROLLER_CPUSET)) cpusets->hierarchy = i;
  }
  note_missing(cgroups, privileged, mechanisms);
  look_at_swap(cgroups, mechanisms);
  block_devices_find(cgroups, config);
  if (cgroups->device_count == 0)
    mechanism_missing(mechanisms, MECHANISM_IO, "Keep the toolchains on a plain disk partition.", "the images lie on no disk whose rate can be set");
  cgroups->fast_moves = privileged ? cgroup_make_moves_fast() : -1;
  return 0;
}

void cgroup_end(struct cgroups *cgroups, const char *instance) {
  for (int i = 0; i < cgroups->count; i++) end_hierarchy(&cgroups->hierarchies[i], instance);
}
