#include "network.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "cgroup_file.h"
#include "cleanup.h"

int network_loopback_up(struct sg_error *error) {
  cleanup_fd int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
  memcpy(request.ifr_name, "lo", sizeof "lo");
  if (any < 0 || ioctl(any, SIOCSIFFLAGS, &request) != 0) return sg_fail(error, SG_STEP_LOOPBACK, errno, "bring lo up");
  return 0;
}

int network_open_low_ports(int procfs, struct sg_error *error) {
  if (cgroup_write(procfs, "sys/net/ipv4/ip_unprivileged_port_start", "0") != 0) return sg_fail(error, SG_STEP_LOOPBACK, errno, "let programs listen on ports below 1024");
  return 0;
}
