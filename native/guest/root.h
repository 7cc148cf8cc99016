#ifndef SG_ROOT_H
#define SG_ROOT_H

#include "error.h"

/* /proc, /sys and /dev on the initial ramdisk. */
int root_mount_kernel_views(struct sg_error *error);

/* Leaves the initial ramdisk for a root in memory that holds launcher, agent, control groups, the read-only image at
 * GUEST_IMAGE, and the scratch disk at GUEST_SCRATCH, owned by the agent of the sandbox to come. */
int root_switch(struct sg_error *error);

#endif
