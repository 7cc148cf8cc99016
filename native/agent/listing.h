/* LIST: what is below a folder, as ENTRIES frames. */
#ifndef SG_LISTING_H
#define SG_LISTING_H

#include <stdint.h>

#include "error.h"
#include "wire.h"

/* The most entries and the most bytes of one answer; past either it is marked TRUNCATED. */
enum { SG_LIST_ENTRIES = 65536, SG_LIST_BYTES = 4 << 20 };

/* Appends the whole answer for `path` ("" is the working directory). */
int listing_append(int work, const char *path, uint32_t max_entries, uint16_t max_depth, uint16_t id, struct sg_writer *out,
                   struct sg_error *error);

#endif
