/* An EXEC message, parsed and owned. */
#ifndef SG_COMMAND_H
#define SG_COMMAND_H

#include <stdint.h>

#include "error.h"
#include "wire.h"

enum { SG_EXEC_TERMINAL = 1, SG_EXEC_STOP_AT_OUTPUT_LIMIT = 2, SG_EXEC_KEEP_OTHERS = 4 };

struct command {
  uint32_t flags;
  uint64_t wall_time_ms, cpu_time_ms, output_bytes, file_bytes, stack_bytes;
  uint32_t processes, open_files, window_bytes;
  uint16_t columns, rows;
  char *cwd;
  char **argv;
  char **env;
};

/* Returns 0 and a command to be freed, or -1 when the payload breaks the protocol. */
int command_parse(const struct sg_frame *frame, struct command *command, struct sg_error *error);

void command_free(struct command *command);

#endif
