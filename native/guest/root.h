#ifndef SG_ROOT_H
#define SG_ROOT_H

#include "error.h"

/* /proc, /sys and /dev on the initial ramdisk. */
int root_mount_kernel_views(struct sg_error *error);

/* Leaves the initial ramdisk for a root in memory that holds launcher, agent, control groups and, at GUEST_IMAGE, the read-only image. */
int root_switch(struct sg_error *error);

#endif
