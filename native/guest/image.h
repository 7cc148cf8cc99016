#ifndef SG_GUEST_IMAGE_H
#define SG_GUEST_IMAGE_H

#include "error.h"

/* Writes the launcher's configuration: one image, whose entries are what the mounted root file system holds at its top. */
int image_configure(struct sg_error *error);

#endif
