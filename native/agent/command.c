#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static void get_command(struct sg_reader *reader, struct command *command) {
  command->flags = sg_get_u32(reader);
  command->wall_time_ms = sg_get_u64(reader);
  command->cpu_time_ms = sg_get_u64(reader);
  command->output_bytes = sg_get_u64(reader);
  command->file_bytes = sg_get_u64(reader);
  command->stack_bytes = sg_get_u64(reader);
  command->processes = sg_get_u32(reader);
  command->open_files = sg_get_u32(reader);
  command->window_bytes = sg_get_u32(reader);
  command->columns = sg_get_u16(reader);
  command->rows = sg_get_u16(reader);
  command->cwd = sg_get_str(reader, MAX_CWD);
  command->argv = get_strings(reader);
  command->env = get_strings(reader);
}

static bool is_valid(const struct command *command, uint32_t known_flags) {
  return (command->flags & ~known_flags) == 0 && command->argv[0] != NULL && command->argv[0][0] != '\0';
}

int command_parse(const struct sg_frame *frame, struct command *command, struct sg_error *error) {
  *command = (struct command){.cwd = NULL};
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  get_command(&reader, command);
  uint32_t known = SG_EXEC_TERMINAL | SG_EXEC_STOP_AT_OUTPUT_LIMIT | SG_EXEC_KEEP_OTHERS | SG_EXEC_PRIMED;
  if (sg_reader_done(&reader) && is_valid(command, known)) return 0;
  command_free(command);
  return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "malformed EXEC of %u bytes", frame->length);
}

int prime_request_parse(const struct sg_frame *frame, struct prime_request *request, struct sg_error *error) {
  *request = (struct prime_request){.library = NULL};
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  get_command(&reader, &request->command);
  request->library = sg_get_str(&reader, MAX_CWD);
  request->paths = get_strings(&reader);
  if (sg_reader_done(&reader) && is_valid(&request->command, 0) && request->library[0] == '/' && request->paths[0] != NULL) return 0;
  prime_request_free(request);
  return sg_fail(error, SG_STEP_PROTOCOL, EPROTO, "malformed PRIME of %u bytes", frame->length);
}

static bool is_same_list(char *const *one, char *const *other) {
  while (*one != NULL && *other != NULL && strcmp(*one, *other) == 0) one++, other++;
  return *one == NULL && *other == NULL;
}

bool command_starts_same(const struct command *one, const struct command *other) {
  uint32_t changes_start = SG_EXEC_TERMINAL;
  return (one->flags & changes_start) == (other->flags & changes_start) && one->stack_bytes == other->stack_bytes &&
         one->open_files == other->open_files && strcmp(one->cwd, other->cwd) == 0 && is_same_list(one->argv, other->argv) &&
         is_same_list(one->env, other->env);
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

void prime_request_free(struct prime_request *request) {
  command_free(&request->command);
  free(request->library);
  free_strings(request->paths);
  *request = (struct prime_request){.library = NULL};
}
