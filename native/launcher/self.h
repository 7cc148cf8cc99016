/* The launcher's own process: made harmless first, reduced before it serves. */
#ifndef SG_SELF_H
#define SG_SELF_H

#include <signal.h>
#include <stdbool.h>

#include "error.h"

/* Clears what was inherited: environment, descriptors above 2, umask; blocks the signals that end it (returned in `signals`), asks to be the
 * last that is killed for memory, raises the number of descriptors. */
int self_begin(sigset_t *signals, struct sg_error *error);

/* A pidfd of the parent, which becomes readable when it ends. */
int self_watch_parent(struct sg_error *error);

/* A sealed copy of the program at `path` in memory: what sandboxes execute can then not be changed, by nobody and through no path. */
int self_copy_program(const char *path, struct sg_error *error);

/* Gives up every capability that serving does not need, for good. */
int self_reduce(bool separate_ids, struct sg_error *error);

#endif
