#ifndef SG_PROBE_H
#define SG_PROBE_H

#include "error.h"

/* Tries every mechanism in throw-away processes and prints one JSON object on stdout: {"mechanisms":[{name, available, reason, remedy}]}.
 * What the list says is the reader's to judge; it fails only when it cannot be made. Nothing of the trials stays. */
int probe(struct sg_error *error);

#endif
