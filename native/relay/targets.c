#include "targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

enum { BACKLOG = 64 };

/* 127.64.1.0 and up, apart from those that the worker gives to the targets of the command line. */
static struct in_addr address_of(uint32_t index) { return (struct in_addr){htonl(0x7f400100u + index)}; }

static int listen_on(struct targets *targets, struct in_addr address, uint16_t port, uint32_t target) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = address, .sin_port = htons(port)};
  cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, BACKLOG) != 0) return -1;
  targets->listeners[targets->listener_count++] = (struct listener){.fd = sg_steal_fd(&fd), .target = target};
  return 0;
}

static const struct known_name *remember(struct targets *targets, const char *name, struct in_addr address) {
  struct known_name *known = &targets->names[targets->name_count++];
  known->address = address;
  memcpy(known->name, name, strlen(name) + 1);
  return known;
}

const struct known_name *targets_find(const struct targets *targets, const char *name) {
  for (int i = 0; i < targets->name_count; i++)
    if (strcmp(targets->names[i].name, name) == 0) return &targets->names[i];
  return NULL;
}

const struct known_name *targets_add(struct targets *targets, const char *name, uint32_t index) {
  if (index >= MAX_NAMES || strlen(name) >= MAX_NAME || targets->name_count == MAX_TARGETS + MAX_NAMES) return NULL;
  int before = targets->listener_count;
  for (int i = 0; i < targets->port_count; i++) {
    uint32_t target = index * (uint32_t)targets->port_count + (uint32_t)i;
    if (targets->listener_count < MAX_LISTENERS && listen_on(targets, address_of(index), targets->ports[i], target) == 0) continue;
    /* All ports of a name or none. */
    while (targets->listener_count > before) sg_close(&targets->listeners[--targets->listener_count].fd);
    return NULL;
  }
  return remember(targets, name, address_of(index));
}

static int read_port(const char *text, char **end) {
  unsigned long port = strtoul(text, end, 10);
  return *end == text || port < 1 || port > 65535 ? -1 : (int)port;
}

static int read_ports(struct targets *targets, const char *text) {
  for (char *end; targets->port_count < MAX_PORTS; text = end + 1) {
    int port = read_port(text, &end);
    if (port < 0) return -1;
    targets->ports[targets->port_count++] = (uint16_t)port;
    if (*end == '\0') return 0;
    if (*end != ',') return -1;
  }
  return -1;
}

/* Each port of each name is a socket; the usual bound of 1024 would be too few. */
static void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int targets_open(struct targets *targets, int argc, char **argv) {
  int at = 1;
  errno = 0;
  if (argc > 2 && strcmp(argv[1], "--ports") == 0) {
    if (read_ports(targets, argv[2]) != 0) return errno = 0, -1;
    raise_file_limit();
    at = 3;
  }
  if ((argc - at) % 3 != 0 || (argc - at) / 3 > MAX_TARGETS || (argc == at && targets->port_count == 0)) return -1;
  for (uint32_t number = 0; at < argc; at += 3, number++) {
    struct in_addr address;
    char *end;
    int port = read_port(argv[at + 1], &end);
    if (inet_pton(AF_INET, argv[at], &address) != 1 || port < 0 || *end != '\0' || strlen(argv[at + 2]) >= MAX_NAME) return errno = 0, -1;
    if (listen_on(targets, address, (uint16_t)port, number) != 0) return -1;
    if (targets_find(targets, argv[at + 2]) == NULL) (void)remember(targets, argv[at + 2], address);
  }
  return 0;
}
