/* Gives a sandbox's network every IPv4 address of a host, all on its loopback interface, where the relay can listen on those that a run may reach. What is sent
 * to any of them stays in that network, as it has no other interface. The launcher does so for its own sandboxes; this is for those of container runtimes.
 *
 *   sandglass-loopback run PROGRAM [ARGUMENT]...   becomes the program in a network namespace of its own; for gVisor, whose `runsc --network=sandbox` gives its
 *                                                  sandbox the interfaces and addresses that it finds
 *   sandglass-loopback join PID CONTAINER          in the network namespace of a running container's process */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../launcher/network.h"
#include "join.h"
#include "own.h"

/* As env(1) ends: a failure of ours, and a program that cannot be started. */
enum { OWN_FAILURE = 125, NOT_STARTED = 126 };

static int run(char **command) {
  if (make_own_network() != 0) {
    (void)fprintf(stderr, "sandglass-loopback: cannot make a network namespace: %s\n", strerror(errno));
    return OWN_FAILURE;
  }
  (void)execvp(command[0], command);
  (void)fprintf(stderr, "sandglass-loopback: cannot start %s: %s\n", command[0], strerror(errno));
  return NOT_STARTED;
}

static int join(const char *pid, const char *container) {
  struct sg_error error;
  if (join_network_of(pid, container, &error) == 0 && network_keep_everything(&error) == 0) return 0;
  (void)fprintf(stderr, "sandglass-loopback: cannot %s: %s\n", error.detail, strerror(error.err));
  return OWN_FAILURE;
}

int main(int argc, char **argv) {
  if (argc >= 3 && strcmp(argv[1], "run") == 0) return run(argv + 2);
  if (argc == 4 && strcmp(argv[1], "join") == 0) return join(argv[2], argv[3]);
  (void)fputs("usage: sandglass-loopback run PROGRAM [ARGUMENT]...\n       sandglass-loopback join PID CONTAINER\n", stderr);
  return OWN_FAILURE;
}
