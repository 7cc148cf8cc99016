#ifndef SG_MOUNTS_H
#define SG_MOUNTS_H

#include <stdbool.h>

#include "ids.h"
#include "limits.h"
#include "proc_covers.h"

/* In the sandbox's own mount namespace, a copy of its image's: gives it its writable space (`has_disk`: on what the image has at its
 * place, else in memory), terminals and process file system. */
int mounts_complete(const struct limits *limits, const struct ids *ids, const struct proc_covers *covers, bool has_disk, struct sg_error *error);

/* Changes the size of the writable space in memory of the sandbox whose first process is `pid`. `procfs` is open on the host's /proc. */
int mounts_resize(int procfs, pid_t pid, const struct limits *limits, struct sg_error *error);

#endif
