#ifndef SG_RENEW_H
#define SG_RENEW_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Opens what renewing needs, so that nothing can be missing when it is asked for. Returns the descriptor. */
int renew_open(struct sg_error *error);

/* Mixes `entropy` into the kernel's generator, makes it draw anew, and sets the wall clock. Machines restored from one snapshot share all
 * three until then: their generators would give out the same numbers. */
int renew(int random, const uint8_t *entropy, size_t bytes, uint64_t realtime_ns, struct sg_error *error);

#endif
