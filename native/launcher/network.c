#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
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

struct route_request {
  struct nlmsghdr head;
  struct rtmsg route;
  struct rtattr destination_head;
  struct in_addr destination;
  struct rtattr device_head;
  int device;
};

/* What `ip route add local ADDRESS/BITS dev lo` sends. Returns 0 or an error number. */
static int route_to_loopback(int netlink, const char *address, unsigned char bits) {
  struct route_request request = {
      .head = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_NEWROUTE, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
      .route = {.rtm_family = AF_INET, .rtm_dst_len = bits, .rtm_table = RT_TABLE_LOCAL, .rtm_protocol = RTPROT_STATIC, .rtm_scope = RT_SCOPE_HOST, .rtm_type = RTN_LOCAL},
      .destination_head = {.rta_len = RTA_LENGTH(sizeof(struct in_addr)), .rta_type = RTA_DST},
      .device_head = {.rta_len = RTA_LENGTH(sizeof(int)), .rta_type = RTA_OIF},
      .device = (int)if_nametoindex("lo"),
  };
  struct {
    struct nlmsghdr head;
    struct nlmsgerr body;
    char request[sizeof request];
  } answer = {0};
  if (inet_pton(AF_INET, address, &request.destination) != 1) return EINVAL;
  if (send(netlink, &request, sizeof request, 0) != (ssize_t)sizeof request) return errno;
  ssize_t length = SG_EINTR(recv(netlink, &answer, sizeof answer, 0));
  if (length < (ssize_t)(sizeof answer.head + sizeof answer.body) || answer.head.nlmsg_type != NLMSG_ERROR) return EPROTO;
  return -answer.body.error;
}

int network_keep_everything(struct sg_error *error) {
  /* All but multicast and what is reserved above it. */
  static const struct {
    const char *address;
    unsigned char bits;
  } UNICAST[] = {{"0.0.0.0", 1}, {"128.0.0.0", 2}, {"192.0.0.0", 3}};
  cleanup_fd int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return sg_fail(error, SG_STEP_LOOPBACK, errno, "open a netlink socket");
  for (size_t i = 0; i < sizeof UNICAST / sizeof *UNICAST; i++) {
    int failure = route_to_loopback(netlink, UNICAST[i].address, UNICAST[i].bits);
    if (failure != 0) return sg_fail(error, SG_STEP_LOOPBACK, failure, "route %s/%d to lo", UNICAST[i].address, UNICAST[i].bits);
  }
  return 0;
}

int network_open_low_ports(int procfs, struct sg_error *error) {
  if (cgroup_write(procfs, "sys/net/ipv4/ip_unprivileged_port_start", "0") != 0) return sg_fail(error, SG_STEP_LOOPBACK, errno, "let programs listen on ports below 1024");
  return 0;
}
