#ifndef SG_JOIN_H
#define SG_JOIN_H

#include "error.h"

/* Moves this process into the network namespace of process `pid`, which must be one of the container `id`, be another namespace than this process's, and have
 * no interface up but the loopback interface. */
int join_network_of(const char *pid, const char *id, struct sg_error *error);

#endif
