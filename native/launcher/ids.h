/* User and group ids: which the launcher may hand out, and how a sandbox sees them.
 *
 * Each sandbox has three host ids of its own, mapped to 0 (agent), 1000 (program) and 65534 (nobody); files of everybody else show as 65534 too.
 * Two sandboxes share no id, so they share no per-user limit and could not touch each other's files even if they met. Where only the launcher's
 * own id can be mapped (rootless without subordinate ids) agent and program share it, shown as 1000. */
#ifndef SG_IDS_H
#define SG_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"
#include "mechanisms.h"

enum { AGENT_ID = 0, PROGRAM_ID = 1000, NOBODY_ID = 65534, IDS_PER_SANDBOX = 3 };

struct ids {
  bool separate; /* agent and program have ids of their own */
  uint32_t base, stride;
};

/* Chooses the ids from what the launcher's own user namespace holds. `procfs` is open on /proc. */
int ids_choose(struct ids *ids, int procfs, const struct config *config, struct mechanisms *mechanisms, struct sg_error *error);

/* Writes the maps of process `pid`, a child in a new user namespace, for sandbox slot `slot`. */
int ids_map(const struct ids *ids, int procfs, pid_t pid, uint32_t slot, struct sg_error *error);

#endif
