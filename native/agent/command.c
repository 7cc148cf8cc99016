#include "command.h"

#include <errno.h>
#include <stdlib.h>

enum { MAX_STRING = 128 * 1024 /* MAX_ARG_STRLEN of execve(2) */, MAX_CWD = 4096 };

/* `u16` count, then as many strings; a NULL-terminated array. NULL when cut short or out of memory. */
static char **get_strings(struct sg_reader *reader) {
  uint16_t count = sg_get_u16(reader);
  /* Each string takes at least its length field, so a count that cannot fit is refused before memory is asked for. */
  if (reader->failed || count > reader->left / 4) {
    reader->failed = true;
    return NULL;
  }
  char **strings = calloc((size_t)count + 1, sizeof *strings);
  if (strings == NULL) {
    reader->failed = true;
    return NULL;
  }
  for (uint16_t i = 0; i < count && !reader->failed; i++) strings[i] = sg_get_str(reader, MAX_STRING);
  return strings;
}

int command_parse(const struct sg_frame *frame, struct command *command, struct sg_error *error) {
  *command = (struct command){.cwd = NULL};
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  command->flags = sg_get_u32(&reader);
  command->wall_time_ms = sg_get_u64(&reader);
  command->cpu_time_ms = sg_get_u64(&reader);
  command->output_bytes = sg_get_u64(&reader);
  command->file_bytes = sg_get_u64(&reader);
  command->stack_bytes = sg_get_u64(&reader);
  command->processes = sg_get_u32(&reader);
  command->open_files = sg_get_u32(&reader);
  command->window_bytes = sg_get_u32(&reader);
  command->columns = sg_get_u16(&reader);
  command->rows = sg_get_u16(&reader);
  command->cwd = sg_get_str(&reader, MAX_CWD);
  command->argv = get_strings(&reader);
  command->env = get_strings(&reader);
  uint32_t known = SG_EXEC_TERMINAL | SG_EXEC_STOP_AT_OUTPUT_LIMIT | SG_EXEC_KEEP_OTHERS;
  if (sg_reader_done(&reader) && (command->flags & ~known) == 0 && command->argv[0] != NULL && command->argv[0][0] != '\0') return 0;
  command_free(command);
  return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "malformed EXEC of %u bytes", frame->length);
}

static void free_strings(char **strings) {
  for (char **at = strings; at != NULL && *at != NULL; at++) free(*at);
  free(strings);
}

void command_free(struct command *command) {
  free(command->cwd);
  free_strings(command->argv);
  free_strings(command->env);
  *command = (struct command){.cwd = NULL};
}
