/* The relay: gives a program in a sandbox the few network targets that its run may reach, and nothing else.
 *
 *   program ── TCP ──▶ relay (inside, same rights as the program) ── frames on stdin/stdout ──▶ worker ── TCP ──▶ target
 *
 * The sandbox's network namespace has no link to anywhere. The relay listens in it on an address of the loopback network for each target, answers
 * name queries for the targets' names with those addresses, and carries every accepted connection to the worker, which dials the target. What may be
 * reached is decided by the worker alone: a program that takes the relay over can only ask for the same targets.
 *
 * Command line: one `ADDRESS PORT NAME` for each target, in the worker's order; NAME is "-" for targets given by address. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "cleanup.h"
#include "names.h"

enum { MAX_TARGETS = 64, FIRST_CHANNEL_POLL = 2 + 1 + MAX_TARGETS };

struct relay {
  struct target targets[MAX_TARGETS];
  int listeners[MAX_TARGETS];
  int target_count;
  int names; /* the socket that name queries come to */
  struct channels channels;
};

static int read_targets(struct relay *relay, int argc, char **argv) {
  if (argc < 4 || (argc - 1) % 3 != 0 || (argc - 1) / 3 > MAX_TARGETS) return -1;
  for (int i = 1; i < argc; i += 3) {
    struct target *target = &relay->targets[relay->target_count++];
    char *end = NULL;
    unsigned long port = strtoul(argv[i + 1], &end, 10);
    if (inet_pton(AF_INET, argv[i], &target->address) != 1 || *end != '\0' || port < 1 || port > 65535) return -1;
    target->port = (uint16_t)port;
    target->name = argv[i + 2];
  }
  return 0;
}

static int open_socket(int type, struct in_addr address, uint16_t port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = address, .sin_port = htons(port)};
  cleanup_fd int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0) return -1;
  return sg_steal_fd(&fd);
}

static int listen_everywhere(struct relay *relay) {
  for (int i = 0; i < relay->target_count; i++) {
    relay->listeners[i] = open_socket(SOCK_STREAM, relay->targets[i].address, relay->targets[i].port);
    if (relay->listeners[i] < 0 || listen(relay->listeners[i], 64) != 0) return -1;
  }
  /* Where the resolver asks when /etc/resolv.conf names no server (resolv.conf(5)). */
  relay->names = open_socket(SOCK_DGRAM, (struct in_addr){htonl(INADDR_LOOPBACK)}, 53);
  return relay->names < 0 ? -1 : 0;
}

static void accept_connections(struct relay *relay, int target) {
  for (int fd; (fd = accept4(relay->listeners[target], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
    channels_open(&relay->channels, fd, (uint16_t)target);
}

/* Returns 0 when the worker has gone. */
static int serve_once(struct relay *relay) {
  struct pollfd polls[FIRST_CHANNEL_POLL + MAX_CHANNELS];
  struct channels *channels = &relay->channels;
  polls[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  polls[1] = (struct pollfd){.fd = STDOUT_FILENO, .events = sg_pending(&channels->out) > 0 ? POLLOUT : 0};
  polls[2] = (struct pollfd){.fd = relay->names, .events = POLLIN};
  for (int i = 0; i < MAX_TARGETS; i++)
    polls[3 + i] = (struct pollfd){.fd = i < relay->target_count ? relay->listeners[i] : -1, .events = POLLIN};
  for (int i = 0; i < MAX_CHANNELS; i++) polls[FIRST_CHANNEL_POLL + i] = channels_poll(channels, i);
  if (SG_EINTR(poll(polls, sizeof polls / sizeof *polls, -1)) < 0 || (polls[1].revents & (POLLERR | POLLHUP))) return 0;
  if (polls[0].revents != 0 && channels_receive(channels, STDIN_FILENO) != 0) return 0;
  if (polls[2].revents != 0) names_answer(relay->names, relay->targets, relay->target_count);
  for (int i = 0; i < relay->target_count; i++)
    if (polls[3 + i].revents != 0) accept_connections(relay, i);
  for (int i = 0; i < MAX_CHANNELS; i++)
    if (polls[FIRST_CHANNEL_POLL + i].revents != 0) channels_carry(channels, i, polls[FIRST_CHANNEL_POLL + i].revents);
  return channels_flush(channels, STDOUT_FILENO);
}

int main(int argc, char **argv) {
  static struct relay relay;
  /* The file has served its purpose; the program's directory is left as the request described it. */
  (void)unlink(argv[0]);
  if (read_targets(&relay, argc, argv) != 0) {
    (void)fputs("usage: sandglass-relay ADDRESS PORT NAME [...]\n", stderr);
    return 2;
  }
  channels_init(&relay.channels);
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK) != 0 || listen_everywhere(&relay) != 0) {
    (void)fprintf(stderr, "cannot listen: %s\n", strerror(errno));
    return 1;
  }
  channels_say_ready(&relay.channels);
  while (serve_once(&relay) != 0) continue;
  return 0;
}
