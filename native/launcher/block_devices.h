#ifndef SG_BLOCK_DEVICES_H
#define SG_BLOCK_DEVICES_H

#include "cgroup.h"

/* Collects the disks that the images' bind sources lie on, since rates are set per disk. File systems without one (overlay, btrfs, network) are left out. */
void block_devices_find(struct cgroups *cgroups, const struct config *config);

#endif
