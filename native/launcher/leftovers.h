#ifndef SG_LEFTOVERS_H
#define SG_LEFTOVERS_H

#include "cgroup.h"

/* Ends and removes what launchers that died left behind: processes and groups of instances that nobody holds the lock of. Blocks for at most some
 * seconds, so only for start. */
void leftovers_remove_groups(const struct cgroups *cgroups);

/* The same for lock files in `state`, except that of the instance `own`, and the sockets that they name. */
void leftovers_remove_state(int state, const char *own);

#endif
