/* An EXEC message, parsed and owned. */
#ifndef SG_COMMAND_H
#define SG_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "wire.h"

enum { SG_EXEC_TERMINAL = 1, SG_EXEC_STOP_AT_OUTPUT_LIMIT = 2, SG_EXEC_KEEP_OTHERS = 4, SG_EXEC_PRIMED = 8 };

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

/* A PRIME message: the command that is going to be asked for, the library to load into it, and the paths to stop at. */
struct prime_request {
  struct command command;
  char *library;
  char **paths;
};

int prime_request_parse(const struct sg_frame *frame, struct prime_request *request, struct sg_error *error);
void prime_request_free(struct prime_request *request);

/* Whether two commands start the same process: arguments, environment, folder and what is fixed at its start. */
bool command_starts_same(const struct command *one, const struct command *other);

void command_free(struct command *command);

#endif
