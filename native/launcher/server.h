/* The launcher's one loop. */
#ifndef SG_SERVER_H
#define SG_SERVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "launcher.h"
#include "sandbox.h"

enum { MAX_PENDING = 64 };

struct server {
  struct launcher *launcher;
  struct sandboxes sandboxes;
  int epoll, signals;
  int parent; /* pidfd of the process to end with, -1: none */
  struct connection pending[MAX_PENDING]; /* have not said yet what they are */
  uint32_t pending_count;
  struct connection control; /* fd -1: none */
  uint32_t owner; /* number of the control connection; a sandbox made for an earlier one is nobody's */
  uint32_t removal_pause_ms;
  bool stopping;
};

/* Serves until it is told to end: by a signal, or by the end of the process behind `parent`. Takes the blocked signals to listen for. When it returns, no
 * sandbox is left. */
int server_run(struct launcher *launcher, int parent, const sigset_t *signals, struct sg_error *error);

/* Begins to watch a sandbox's descriptors. */
int server_watch_sandbox(const struct server *server, const struct sandbox *sandbox, struct sg_error *error);

/* Sends what waits on the control connection and watches for room when not all of it went out. */
void server_flush_control(struct server *server);

/* The control connection is over: its sandboxes are killed, the launcher stays. */
void server_drop_control(struct server *server);

#endif
