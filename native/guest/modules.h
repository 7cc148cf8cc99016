#ifndef SG_MODULES_H
#define SG_MODULES_H

#include "error.h"

/* Loads every module of the initial ramdisk, in the order of their names. One that the kernel has already is no error. */
int modules_load(struct sg_error *error);

#endif
