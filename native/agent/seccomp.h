/* The system call filter (seccomp(2)) of every program. */
#ifndef SG_SECCOMP_H
#define SG_SECCOMP_H

#include <linux/filter.h>

#include "error.h"

/* Builds the filter. The caller frees program->filter. */
int seccomp_build(struct sock_fprog *program, struct sg_error *error);

/* Builds it and installs it in the calling process for good; needs no_new_privs. */
int seccomp_apply(struct sg_error *error);

#endif
