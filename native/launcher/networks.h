/* Network namespaces that are used again. Making one and taking it down costs more than everything else that a sandbox consists of, and most programs
 * never open a socket; so a namespace whose counters, sockets and labels are exactly those of a new one serves the next sandbox. Nobody in a sandbox has
 * any right over its network, so nothing but traffic can change it, and traffic is counted. */
#ifndef SG_NETWORKS_H
#define SG_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NETWORKS_KEPT = 64, NETWORKS_FADING = 16, NETWORK_FILES = 6, NETWORK_FILE_BYTES = 16 * 1024 };

/* One that is as new but for a socket that the kernel may not have freed yet, such as the one it was set up with. */
struct fading_network {
  int network;
  uint64_t since; /* CLOCK_MONOTONIC, nanoseconds */
};

struct networks {
  int own;    /* the launcher's; -1 where nothing can be used again */
  int procfs; /* the host's /proc */
  int kept[NETWORKS_KEPT];
  size_t count;
  struct fading_network fading[NETWORKS_FADING]; /* oldest first */
  size_t fading_count;
  char *pristine[NETWORK_FILES]; /* what a new one shows; "" for a file that this kernel does not have */
};

/* Learns what a new one looks like. Before the launcher gives its rights over networks up. Where that is impossible, every sandbox gets a new one. */
void networks_init(struct networks *networks, int procfs);

/* Enters one, so that what is cloned next is in it, and returns its descriptor; -1 when there is none to be used again. */
int networks_enter(struct networks *networks);

/* Returns to the launcher's own. Ends the launcher when that fails: it must not serve from a sandbox's network. */
void networks_leave(const struct networks *networks);

/* Takes `network` over, of a sandbox whose processes are all dead: keeps it if it is as new, or may be soon. */
void networks_give_back(struct networks *networks, int network);

#endif
