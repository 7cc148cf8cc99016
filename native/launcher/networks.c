#include "networks.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cleanup.h"
#include "clock.h"
#include "network.h"

/* Everything that can change without rights: sockets that still exist (in flight between sockets that are gone, for instance), packets and bytes of the
 * loopback device, events of IP, TCP, UDP and ICMP down to a connection attempt that found no route, IPv6 flow labels. */
static const struct {
  const char *path;
  bool first_line; /* the others are of the host as a whole */
} FILES[] = {{"self/net/sockstat", true},  {"self/net/dev", false},   {"self/net/ip6_flowlabel", false},
             {"self/net/snmp", false}, {"self/net/snmp6", false}, {"self/net/netstat", false}};

enum { SOCKETS = 0 }; /* their place in FILES */

/* Longer than the kernel takes to free a netlink socket that was closed (call_rcu). */
enum { FADING_NS = 50000000 };

_Static_assert(sizeof FILES / sizeof *FILES == NETWORK_FILES, "one text for each file");

/* Returns 0, or -1 when it does not fit: then nothing is known about it. */
static int read_file(int procfs, size_t which, char text[NETWORK_FILE_BYTES]) {
  cleanup_fd int fd = openat(procfs, FILES[which].path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  for (ssize_t count; fd >= 0 && (count = SG_EINTR(read(fd, text + length, NETWORK_FILE_BYTES - 1 - length))) != 0; length += (size_t)count)
    if (count < 0 || length + (size_t)count == NETWORK_FILE_BYTES - 1) return -1;
  text[length] = '\0';
  if (FILES[which].first_line) text[strcspn(text, "\n")] = '\0';
  return 0;
}

/* The kernel frees a netlink socket some time after it was closed (call_rcu). Looked at a hundred times, for half a second. */
static bool await_no_sockets(int procfs) {
  char text[NETWORK_FILE_BYTES];
  for (int tries = 0; tries < 100; tries++) {
    if (read_file(procfs, SOCKETS, text) != 0) return false;
    if (text[0] == '\0' || strcmp(text, "sockets: used 0") == 0) return true;
    (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
  return false;
}

static bool learn(struct networks *networks) {
  struct sg_error ignored;
  char text[NETWORK_FILE_BYTES];
  if (network_loopback_up(&ignored) != 0 || network_keep_everything(&ignored) != 0 || network_open_low_ports(networks->procfs, &ignored) != 0) return false;
  if (!await_no_sockets(networks->procfs)) return false;
  for (size_t i = 0; i < NETWORK_FILES; i++) {
    if (read_file(networks->procfs, i, text) != 0) return false;
    networks->pristine[i] = strdup(text);
    if (networks->pristine[i] == NULL) return false;
  }
  return true;
}

/* Without the file on sockets nothing would tell of one that is left. */
static bool is_known(const struct networks *networks) { return networks->pristine[0][0] != '\0' && networks->pristine[1][0] != '\0'; }

void networks_init(struct networks *networks, int procfs) {
  *networks = (struct networks){.procfs = procfs, .own = -1};
  /* Its own is a new one too: it needs none, and an ordinary user could not return to the host's. */
  if (unshare(CLONE_NEWNET) == 0) networks->own = openat(procfs, "self/ns/net", O_RDONLY | O_CLOEXEC);
  if (networks->own < 0 || unshare(CLONE_NEWNET) != 0) {
    sg_close(&networks->own);
    return;
  }
  bool learned = learn(networks);
  networks_leave(networks);
  if (!learned || !is_known(networks)) sg_close(&networks->own);
}

enum look { LOOK_AS_NEW, LOOK_FADING, LOOK_USED };

/* Of the network namespace that the launcher is in. */
static enum look look_at(const struct networks *networks) {
  char text[NETWORK_FILE_BYTES];
  enum look look = LOOK_AS_NEW;
  for (size_t i = 0; i < NETWORK_FILES; i++) {
    if (read_file(networks->procfs, i, text) != 0) return LOOK_USED;
    if (strcmp(text, networks->pristine[i]) == 0) continue;
    if (i != SOCKETS) return LOOK_USED;
    look = LOOK_FADING;
  }
  return look;
}

/* Enters the one that has faded longest, if its last socket is gone by now. */
static int enter_faded(struct networks *networks) {
  if (networks->fading_count == 0 || clock_now() - networks->fading[0].since < FADING_NS) return -1;
  int network = networks->fading[0].network;
  networks->fading_count--;
  memmove(networks->fading, networks->fading + 1, networks->fading_count * sizeof *networks->fading);
  if (setns(network, CLONE_NEWNET) == 0) {
    if (look_at(networks) == LOOK_AS_NEW) return network;
    networks_leave(networks);
  }
  close(network);
  return -1;
}

int networks_enter(struct networks *networks) {
  while (networks->count > 0) {
    int network = networks->kept[--networks->count];
    if (setns(network, CLONE_NEWNET) == 0) return network;
    close(network);
  }
  return enter_faded(networks);
}

void networks_leave(const struct networks *networks) {
  if (setns(networks->own, CLONE_NEWNET) == 0) return;
  perror("sandglass-launcher: cannot return to its own network namespace");
  abort();
}

void networks_give_back(struct networks *networks, int network) {
  if (network < 0) return;
  enum look look = LOOK_USED;
  if (networks->own >= 0 && setns(network, CLONE_NEWNET) == 0) {
    look = look_at(networks);
    networks_leave(networks);
  }
  if (look == LOOK_AS_NEW && networks->count < NETWORKS_KEPT)
    networks->kept[networks->count++] = network;
  else if (look == LOOK_FADING && networks->fading_count < NETWORKS_FADING)
    networks->fading[networks->fading_count++] = (struct fading_network){.network = network, .since = clock_now()};
  else
    close(network);
}
