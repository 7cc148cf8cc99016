#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"
#include "terminal.h"

/* The paths to try for argv[0], as execvp(3) would with the PATH of the program's own environment. One block, freed as a whole. */
static char **list_candidates(const struct command *command) {
  const char *name = command->argv[0];
  const char *path = "";
  for (char **entry = command->env; *entry != NULL; entry++)
    if (strncmp(*entry, "PATH=", 5) == 0) path = *entry + 5;
  if (strchr(name, '/') != NULL) path = "";
  size_t count = 1;
  for (const char *at = path; *at != '\0'; at++) count += *at == ':';
  /* Each candidate: its folder, "/", the name and NUL. */
  size_t text_bytes = strlen(path) + count * (strlen(name) + 2);
  char **list = malloc((count + 1) * sizeof *list + text_bytes);
  if (list == NULL) return NULL;
  char *out = (char *)(list + count + 1);
  char *end = out + text_bytes;
  for (size_t i = 0; i < count; i++) {
    size_t length = strcspn(path, ":");
    list[i] = out;
    out += snprintf(out, (size_t)(end - out), "%.*s%s%s", (int)length, path, length == 0 ? "" : "/", name) + 1;
    path += length + (path[length] == ':');
  }
  list[count] = NULL;
  return list;
}

struct pipe_ends {
  int read, write;
};

/* `ours` is the end that must never block the agent. */
static int open_pipe(struct pipe_ends *ends, int *ours, struct sg_error *error) {
  int both[2];
  if (pipe2(both, O_CLOEXEC) != 0) return sg_fail(error, SG_STEP_PIPE, errno, "pipe2");
  *ends = (struct pipe_ends){.read = both[0], .write = both[1]};
  return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0 ? 0 : sg_fail(error, SG_STEP_PIPE, errno, "O_NONBLOCK");
}

/* Messages, so that a record is never read in two pieces, nor a byte behind one. */
static int open_pair(struct pipe_ends *ends, struct sg_error *error) {
  int both[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both) != 0) return sg_fail(error, SG_STEP_PRIME, errno, "socketpair");
  *ends = (struct pipe_ends){.read = both[0], .write = both[1]};
  return fcntl(ends->read, F_SETFL, O_NONBLOCK) == 0 ? 0 : sg_fail(error, SG_STEP_PRIME, errno, "O_NONBLOCK");
}

struct plumbing {
  struct pipe_ends input, output, errors, report;
  int terminal;
};

static void close_plumbing(struct plumbing *plumbing) {
  struct pipe_ends *pipes[] = {&plumbing->input, &plumbing->output, &plumbing->errors, &plumbing->report};
  for (size_t i = 0; i < sizeof pipes / sizeof *pipes; i++) {
    sg_close(&pipes[i]->read);
    sg_close(&pipes[i]->write);
  }
  sg_close(&plumbing->terminal);
}

static int open_report(enum spawn_mode mode, struct pipe_ends *ends, struct sg_error *error) {
  return mode == SPAWN_PRIMED ? open_pair(ends, error) : open_pipe(ends, &ends->read, error);
}

static int open_plumbing(const struct command *command, enum spawn_mode mode, struct plumbing *plumbing, struct sg_error *error) {
  const struct pipe_ends none = {-1, -1};
  *plumbing = (struct plumbing){.input = none, .output = none, .errors = none, .report = none, .terminal = -1};
  if (open_report(mode, &plumbing->report, error) != 0) return -1;
  if (command->flags & SG_EXEC_TERMINAL) return terminal_open(command->columns, command->rows, &plumbing->terminal, error);
  bool is_open = open_pipe(&plumbing->input, &plumbing->input.write, error) == 0 &&
                 open_pipe(&plumbing->output, &plumbing->output.read, error) == 0 &&
                 open_pipe(&plumbing->errors, &plumbing->errors.read, error) == 0;
  return is_open ? 0 : -1;
}

static struct spawned take_ends(pid_t pid, enum spawn_mode mode, struct plumbing *plumbing) {
  return (struct spawned){
      .pid = pid,
      .report = sg_steal_fd(&plumbing->report.read),
      .is_primed = mode == SPAWN_PRIMED,
      .input = sg_steal_fd(&plumbing->input.write),
      .output = plumbing->terminal >= 0 ? sg_steal_fd(&plumbing->terminal) : sg_steal_fd(&plumbing->output.read),
      .errors = sg_steal_fd(&plumbing->errors.read),
  };
}

int spawn_program(const struct options *options, int work, const struct command *command, enum spawn_mode mode, struct spawned *spawned,
                  struct sg_error *error) {
  cleanup_free char **candidates = list_candidates(command);
  if (candidates == NULL) return sg_fail(error, SG_STEP_OUT_OF_MEMORY, ENOMEM, "the search for \"%.100s\"", command->argv[0]);
  struct plumbing plumbing;
  if (open_plumbing(command, mode, &plumbing, error) != 0) {
    close_plumbing(&plumbing);
    return -1;
  }
  const struct child_plan plan = {
      .options = options,
      .command = command,
      .work = work,
      .input = plumbing.input.read,
      .output = plumbing.output.write,
      .errors = plumbing.errors.write,
      .terminal = plumbing.terminal,
      .report = plumbing.report.write,
      .is_primed = mode == SPAWN_PRIMED,
      .candidates = candidates,
  };
  pid_t pid = fork();
  if (pid == 0) child_run(&plan);
  if (pid > 0)
    *spawned = take_ends(pid, mode, &plumbing);
  else
    sg_fail(error, SG_STEP_FORK, errno, "fork");
  close_plumbing(&plumbing);
  return pid > 0 ? 0 : -1;
}
