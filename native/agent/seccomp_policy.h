/* The lists behind the filter; seccomp.c turns them into instructions and looks at the arguments of six more calls. */
#ifndef SG_SECCOMP_POLICY_H
#define SG_SECCOMP_POLICY_H

#include <stddef.h>

/* Numbers of calls that a program may make whatever their arguments. */
extern const int seccomp_allowed[];
extern const size_t seccomp_allowed_count;

/* Numbers of calls that exist and are refused with EPERM. */
extern const int seccomp_refused[];
extern const size_t seccomp_refused_count;

#endif
