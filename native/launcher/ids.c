#include "ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cleanup.h"

enum { MAX_EXTENTS = 16 };

struct extent {
  uint32_t start, count;
};

/* The ids that exist in our own user namespace (user_namespaces(7): lines of inside, outside, count). */
static int read_extents(int procfs, const char *file, struct extent extents[MAX_EXTENTS]) {
  char text[4096];
  if (cgroup_read(procfs, file, text, sizeof text) < 0) return -1;
  int count = 0;
  for (char *line = text; *line != '\0' && count < MAX_EXTENTS;) {
    unsigned long long start, outside, length;
    if (sscanf(line, "%llu %llu %llu", &start, &outside, &length) == 3)
      extents[count++] = (struct extent){.start = (uint32_t)start, .count = (uint32_t)length};
    line += strcspn(line, "\n");
    line += *line == '\n';
  }
  return count;
}

static bool holds(const struct extent *extents, int count, uint32_t start, uint64_t length) {
  for (int i = 0; i < count; i++)
    if (start >= extents[i].start && start + length <= (uint64_t)extents[i].start + extents[i].count) return true;
  return false;
}

/* The largest run of ids, without the launcher's own 0, that is there for users and groups alike. */
static struct extent largest_common(const struct extent *users, int user_count, const struct extent *groups, int group_count) {
  struct extent best = {.count = 0};
  for (int i = 0; i < user_count; i++) {
    struct extent run = users[i];
    if (run.start == 0) {
      run.start = 1;
      run.count--;
    }
    if (run.count > best.count && holds(groups, group_count, run.start, run.count)) best = run;
  }
  return best;
}

int ids_choose(struct ids *ids, int procfs, const struct config *config, struct mechanisms *mechanisms, struct sg_error *error) {
  static const uint32_t DEFAULT_BASE = 0x10000000;
  struct extent users[MAX_EXTENTS], groups[MAX_EXTENTS];
  int user_count = read_extents(procfs, "self/uid_map", users), group_count = read_extents(procfs, "self/gid_map", groups);
  if (user_count < 0 || group_count < 0) return sg_fail(error, SG_STEP_ID_MAP, errno, "read the launcher's own id maps");
  uint32_t base = config->uid_base != 0 ? config->uid_base : DEFAULT_BASE;
  uint64_t wanted = (uint64_t)config->uid_range * config->max_sandboxes;
  *ids = (struct ids){.separate = true, .base = base, .stride = config->uid_range};
  if (holds(users, user_count, base, wanted) && holds(groups, group_count, base, wanted)) return 0;
  struct extent run = largest_common(users, user_count, groups, group_count);
  uint32_t stride = run.count / config->max_sandboxes;
  *ids = (struct ids){.separate = stride >= IDS_PER_SANDBOX, .base = run.start, .stride = stride < config->uid_range ? stride : config->uid_range};
  if (!ids->separate)
    mechanism_missing(mechanisms, MECHANISM_SEPARATE_UID,
                      "apt-get install uidmap, then as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 <user>",
                      "%u subordinate ids can be mapped, %u sandboxes need %u", run.count, config->max_sandboxes, config->max_sandboxes * IDS_PER_SANDBOX);
  return 0;
}

static int write_map(int procfs, pid_t pid, const char *file, const char *map, struct sg_error *error) {
  char path[48];
  (void)snprintf(path, sizeof path, "%d/%s", (int)pid, file);
  if (cgroup_write(procfs, path, map) == 0) return 0;
  return sg_fail(error, SG_STEP_ID_MAP, errno, "write %s of the new sandbox", file);
}

int ids_map(const struct ids *ids, int procfs, pid_t pid, uint32_t slot, struct sg_error *error) {
  char map[160];
  uint32_t base = ids->base + slot * ids->stride;
  if (ids->separate)
    (void)snprintf(map, sizeof map, "%d %u 1\n%d %u 1\n%d %u 1\n", AGENT_ID, base, PROGRAM_ID, base + 1, NOBODY_ID, base + 2);
  else
    (void)snprintf(map, sizeof map, "%d 0 1\n", PROGRAM_ID);
  if (write_map(procfs, pid, "uid_map", map, error) != 0) return -1;
  return write_map(procfs, pid, "gid_map", map, error);
}
