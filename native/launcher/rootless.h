#ifndef SG_ROOTLESS_H
#define SG_ROOTLESS_H

#include <stdbool.h>

#include "error.h"

/* Whether this process may do what a sandbox needs without a user namespace of its own: root with CAP_SYS_ADMIN. */
bool rootless_is_privileged(void);

/* Moves the launcher into a user namespace where it is root, with the subordinate ids that the host grants its user, if any
 * (subuid(5), newuidmap(1)). From here on the code is the same for everybody. */
int rootless_enter(struct sg_error *error);

#endif
