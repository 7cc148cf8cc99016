/* What of the open descriptors a program may inherit: nothing above its stdio. */
#ifndef SG_DESCRIPTORS_H
#define SG_DESCRIPTORS_H

/* Descriptors that the agent itself can have open at once, with room to spare: 16 executions of five, files being written and read. */
enum { SG_MAX_DESCRIPTORS = 256 };

/* Marks every descriptor from 3 on close-on-exec. Kernels without close_range(2) (gVisor) are asked one by one below `bound`. Returns 0, or
 * -1 with errno. Async-signal-safe. */
int descriptors_mark_close_on_exec(unsigned bound);

#endif
