#ifndef SG_GUARD_H
#define SG_GUARD_H

#include "error.h"

/* Returns 0 in a process of a new PID namespace, all of which dies with the caller's process. The caller itself never returns: it ends as the new
 * one does. Needs CAP_SYS_ADMIN. */
int guard(struct sg_error *error);

#endif
