#include "join.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

/* Docker's and Podman's are 64 hexadecimal digits; what is much shorter would be found by chance. */
enum { MIN_ID = 32, MAX_ID = 128, MAX_CGROUPS = 16 * 1024 };

static bool is_number(const char *text) { return *text != '\0' && strspn(text, "0123456789") == strlen(text); }

static bool is_id(const char *text) {
  size_t length = strlen(text);
  if (length < MIN_ID || length > MAX_ID) return false;
  for (size_t i = 0; i < length; i++)
    if (!isxdigit((unsigned char)text[i])) return false;
  return true;
}

/* The daemon names a container's cgroup by its id, which nobody else chooses. */
static bool is_of_container(int process, const char *id) {
  static char cgroups[MAX_CGROUPS];
  cleanup_fd int fd = openat(process, "cgroup", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : SG_EINTR(read(fd, cgroups, sizeof cgroups - 1));
  if (length < 0) return false;
  cgroups[length] = '\0';
  return strstr(cgroups, id) != NULL;
}

static bool is_own(int namespace) {
  struct stat other, own;
  return fstat(namespace, &other) != 0 || stat("/proc/self/ns/net", &own) != 0 || (other.st_ino == own.st_ino && other.st_dev == own.st_dev);
}

/* Some kernels put tunnels that are down into every network namespace. */
static bool is_up_besides_loopback(int any, const char *name) {
  struct ifreq request = {0};
  if (strcmp(name, "lo") == 0 || strlen(name) >= sizeof request.ifr_name) return false;
  memcpy(request.ifr_name, name, strlen(name));
  return ioctl(any, SIOCGIFFLAGS, &request) != 0 || request.ifr_flags & IFF_UP;
}

static bool has_only_loopback(void) {
  cleanup_fd int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct if_nameindex *interfaces = if_nameindex();
  bool is_so = any >= 0 && interfaces != NULL;
  for (struct if_nameindex *at = interfaces; is_so && at->if_index != 0; at++) is_so = !is_up_besides_loopback(any, at->if_name);
  if (interfaces != NULL) if_freenameindex(interfaces);
  return is_so;
}

int join_network_of(const char *pid, const char *id, struct sg_error *error) {
  char path[64];
  if (!is_number(pid) || !is_id(id) || snprintf(path, sizeof path, "/proc/%s", pid) >= (int)sizeof path)
    return sg_fail(error, SG_STEP_LOOPBACK, EINVAL, "read the process and the container");
  /* The folder stays that of one process: should it end and another get its number, nothing in it can be opened (proc(5)). */
  cleanup_fd int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  cleanup_fd int namespace = process < 0 ? -1 : openat(process, "ns/net", O_RDONLY | O_CLOEXEC);
  if (namespace < 0) return sg_fail(error, SG_STEP_LOOPBACK, errno, "open the network of process %s", pid);
  if (!is_of_container(process, id)) return sg_fail(error, SG_STEP_LOOPBACK, EPERM, "find process %s in the container", pid);
  if (is_own(namespace)) return sg_fail(error, SG_STEP_LOOPBACK, EPERM, "tell the container's network from this one");
  if (setns(namespace, CLONE_NEWNET) != 0) return sg_fail(error, SG_STEP_LOOPBACK, errno, "enter the container's network");
  if (!has_only_loopback()) return sg_fail(error, SG_STEP_LOOPBACK, EPERM, "find nothing but a loopback interface in the container's network");
  return 0;
}
