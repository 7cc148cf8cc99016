/* What the microvm driver needs of the host's kernel and Node has no call for. Each is one subcommand of sandglass-machine. */
#ifndef SG_MACHINE_H
#define SG_MACHINE_H

#include "error.h"

/* Becomes a machine monitor with as few rights as it can have; returns only after a failure. `argv` is what follows the subcommand. */
int machine_run(int argc, char **argv, struct sg_error *error);

/* Copies the file at descriptor 3 into sealed memory, names the copy on standard output and keeps it until standard input ends. */
int machine_seal(struct sg_error *error);

/* Prints the frequency of the processor's time stamp counter in kHz. */
int machine_tsc(struct sg_error *error);

/* Runs a fixed loop and prints the processor time that it took, in microseconds, and a number of no meaning. */
int machine_calibrate(struct sg_error *error);

#endif
