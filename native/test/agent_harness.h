/* A real agent in its own PID and mount namespaces, and the worker's side of its stream. As root the program runs as another user id;
 * without root, in a user namespace with a single id. Every wait is bounded. */
#ifndef SG_AGENT_HARNESS_H
#define SG_AGENT_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

enum { HARNESS_WAIT_MS = 20000, HARNESS_WINDOW = 256 * 1024 };

struct harness {
  pid_t agent;
  int stream;
  struct sg_writer out;
  uint8_t *in;
  size_t in_start, in_end, in_capacity;
  uint16_t uid;   /* from HELLO */
  uint32_t facts; /* from HELLO */
};

/* One message from the agent; `payload` is valid until the next one. */
struct message {
  bool is_end; /* the agent closed the stream */
  struct sg_frame frame;
};

struct run {
  const char *const *argv;
  const char *cwd;
  uint32_t flags, processes, open_files, window;
  uint64_t wall_ms, cpu_ms, output_bytes, file_bytes;
  const char *input; /* NULL: stdin ends at once */
  bool keeps_stdin_open, grants_no_credit;
  uint16_t id;
};

struct outcome {
  bool is_started, is_exited, is_fault, is_lost;
  uint32_t step, err; /* of RESULT or FAULT */
  char detail[256];
  uint8_t kind, value;
  uint16_t reason;
  uint64_t wall_ns, cpu_ns, memory_bytes, stdout_bytes, stderr_bytes, disk_bytes;
  uint32_t processes, oom_kills, forks_refused, facts;
  char *output[4]; /* by stream number, NUL-terminated; longer than `kept` bytes is only counted */
  size_t output_length[4];
};

/* `binary` is the agent to run, beside sandglass-prime.so; its root holds the host's /usr and an empty /work and /tmp of a few MiB. Dies with a message when that
 * cannot be had. */
void harness_start(struct harness *harness, const char *binary);
/* The same with an agent that ends when it hears nothing for `within_s` seconds; 0 for one that does not. */
void harness_start_leased(struct harness *harness, const char *binary, int within_s);
/* Closes the stream. Returns the agent's wait status, or -1 when it did not end in time (it is killed then). */
int harness_stop(struct harness *harness);

void harness_send(struct harness *harness);
struct message harness_receive(struct harness *harness, int wait_ms);

void harness_write(struct harness *harness, uint16_t id, const char *path, const char *text, uint8_t flags);
void harness_exec(struct harness *harness, const struct run *run);
/* PRIME for what `run` starts, to be held back at `path`. Answered by RESULT. */
void harness_prime(struct harness *harness, const struct run *run, const char *path);
void harness_stdin(struct harness *harness, uint16_t id, const void *bytes, size_t count, bool is_last);
void harness_credit(struct harness *harness, uint16_t id, uint8_t kind, uint32_t bytes);
void harness_signal(struct harness *harness, uint16_t id, uint8_t number, uint8_t scope);

/* Takes messages until the end of execution `id`, granting credit for what arrives. */
void harness_await(struct harness *harness, const struct run *run, struct outcome *outcome);
/* EXEC, stdin, and the end. */
void harness_run(struct harness *harness, const struct run *run, struct outcome *outcome);
/* The step of the RESULT to request `id`. */
uint32_t harness_await_result(struct harness *harness, uint16_t id, uint32_t *err);
/* READ of a whole file: its bytes, NUL-terminated, to be freed; NULL and the step when it failed. */
char *harness_read(struct harness *harness, const char *path, uint32_t *step);

void outcome_free(struct outcome *outcome);

#endif
