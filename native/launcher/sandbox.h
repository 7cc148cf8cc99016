/* The sandboxes of a launcher: made, watched, ended, removed. */
#ifndef SG_SANDBOX_H
#define SG_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "launcher.h"
#include "limits.h"

enum sandbox_state {
  SANDBOX_FREE,
  SANDBOX_STARTING, /* its process is on the way to the agent */
  SANDBOX_LIVE,
  SANDBOX_DEAD /* no process is left; its control groups are being removed */
};

struct sandbox {
  enum sandbox_state state;
  uint32_t id, slot;
  pid_t pid;
  int pidfd, report;
  int network;    /* its network namespace, once known */
  int stream;     /* kept until the agent has it, for FAULT */
  bool announced; /* the worker has its id and is owed a GONE */
  bool asked;     /* DESTROY was received */
  uint16_t request;     /* stream id of that DESTROY */
  uint32_t owner;       /* which control connection it belongs to */
  uint64_t deadline_ns; /* for starting */
  int wait_status;
  struct cgroup_usage usage;
};

struct sandboxes {
  struct sandbox *of;
  uint32_t *free_slots;
  uint32_t free_count, capacity, high; /* `high`: slots at and above it were never used */
  uint32_t live, starting, dead;       /* live: all that are not free */
  uint32_t next_id;
};

int sandboxes_init(struct sandboxes *sandboxes, uint32_t capacity, struct sg_error *error);
void sandboxes_free(struct sandboxes *sandboxes);

/* Begins a sandbox; takes over `stream` when it succeeds. Afterwards its report and pidfd are to be watched. NULL after a failure. */
struct sandbox *sandbox_create(struct launcher *launcher, struct sandboxes *sandboxes, size_t image, const struct limits *limits, const char *hostname,
                               int stream, uint32_t owner, struct sg_error *error);

/* The sandbox with that id, NULL when there is none (any more). */
struct sandbox *sandbox_find(const struct sandboxes *sandboxes, uint32_t id);

/* To be called when its report can be read. A failure is answered on the stream. */
void sandbox_read_report(struct sandboxes *sandboxes, struct sandbox *sandbox);

/* Kills every process in it (its first one takes all others along, pid_namespaces(7)); returns at once. */
void sandbox_kill(const struct sandbox *sandbox);

/* To be called when its pidfd can be read: all its processes are dead. */
void sandbox_reap(struct launcher *launcher, struct sandboxes *sandboxes, struct sandbox *sandbox);

/* Tries to remove its groups. True when nothing is left of it; the slot is then for sandbox_release. */
bool sandbox_remove(const struct launcher *launcher, const struct sandbox *sandbox);
void sandbox_release(struct sandboxes *sandboxes, struct sandbox *sandbox);

/* Sets new bounds. After a failure the sandbox may have some of them and is to be destroyed. */
int sandbox_configure(const struct launcher *launcher, const struct sandbox *sandbox, const struct limits *limits, struct sg_error *error);

#endif
