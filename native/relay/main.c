/* The relay: gives a program in a sandbox the network targets that its run may reach, and nothing else.
 *
 *   program ── TCP ──▶ relay (inside, same rights as the program) ── frames on stdin/stdout ──▶ worker ── TCP ──▶ target
 *
 * The sandbox's network namespace has no link to anywhere. The relay listens in it on an address of the loopback network for each target, answers
 * name queries for the targets' names with those addresses, and carries every accepted connection to the worker, which dials the target. With `--ports`
 * it asks the worker for every other name, and listens for a name that the worker knows on those ports of an address of its own. What may be
 * reached is decided by the worker alone: a program that takes the relay over can only ask for the same.
 *
 * Command line: `[--ports PORT,…] [ADDRESS PORT NAME]…`, the targets in the worker's order; NAME is "-" for targets given by address. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "cleanup.h"
#include "lookups.h"
#include "targets.h"

enum { FIRST_CHANNEL_POLL = 3, FIRST_LISTENER_POLL = FIRST_CHANNEL_POLL + MAX_CHANNELS };

struct relay {
  struct targets targets;
  struct lookups lookups;
  struct channels channels;
  struct pollfd polls[FIRST_LISTENER_POLL + MAX_LISTENERS];
};

static int take_name(void *context, const struct sg_frame *frame) {
  struct relay *relay = context;
  return lookups_answer(&relay->lookups, &relay->targets, frame);
}

static void accept_connections(struct relay *relay, const struct listener *listener) {
  for (int fd; (fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) channels_open(&relay->channels, fd, listener->target);
}

/* Returns 0 when the worker has gone. */
static int serve_once(struct relay *relay) {
  struct channels *channels = &relay->channels;
  struct pollfd *polls = relay->polls;
  /* Names that become known meanwhile are listened for from the next round on. */
  int listener_count = relay->targets.listener_count;
  polls[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  polls[1] = (struct pollfd){.fd = STDOUT_FILENO, .events = sg_pending(&channels->out) > 0 ? POLLOUT : 0};
  polls[2] = (struct pollfd){.fd = relay->lookups.fd, .events = POLLIN};
  for (int i = 0; i < MAX_CHANNELS; i++) polls[FIRST_CHANNEL_POLL + i] = channels_poll(channels, i);
  for (int i = 0; i < listener_count; i++) polls[FIRST_LISTENER_POLL + i] = (struct pollfd){.fd = relay->targets.listeners[i].fd, .events = POLLIN};
  if (SG_EINTR(poll(polls, (nfds_t)(FIRST_LISTENER_POLL + listener_count), -1)) < 0 || (polls[1].revents & (POLLERR | POLLHUP))) return 0;
  if (polls[0].revents != 0 && channels_receive(channels, STDIN_FILENO, take_name, relay) != 0) return 0;
  if (polls[2].revents != 0) lookups_take(&relay->lookups, &relay->targets, channels);
  for (int i = 0; i < listener_count; i++)
    if (polls[FIRST_LISTENER_POLL + i].revents != 0) accept_connections(relay, &relay->targets.listeners[i]);
  for (int i = 0; i < MAX_CHANNELS; i++)
    if (polls[FIRST_CHANNEL_POLL + i].revents != 0) channels_carry(channels, i, polls[FIRST_CHANNEL_POLL + i].revents);
  return channels_flush(channels, STDOUT_FILENO);
}

int main(int argc, char **argv) {
  static struct relay relay;
  /* The file has served its purpose; the program's directory is left as the request described it. */
  (void)unlink(argv[0]);
  channels_init(&relay.channels);
  int opened = targets_open(&relay.targets, argc, argv);
  if (opened != 0 && errno == 0) {
    (void)fputs("usage: sandglass-relay [--ports PORT,...] [ADDRESS PORT NAME]...\n", stderr);
    return 2;
  }
  if (opened != 0 || lookups_open(&relay.lookups) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR || fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK) != 0) {
    (void)fprintf(stderr, "cannot listen: %s\n", strerror(errno));
    return 1;
  }
  channels_say_ready(&relay.channels);
  while (serve_once(&relay) != 0) continue;
  return 0;
}
