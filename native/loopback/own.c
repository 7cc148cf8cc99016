#include "own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

struct address_request {
  struct nlmsghdr head;
  struct ifaddrmsg message;
  struct rtattr local_head;
  struct in_addr local;
};

/* What `ip address add ADDRESS/BITS dev lo scope host` sends. Returns 0, or -1 with errno. */
static int add_address(int netlink, const char *address, unsigned char bits) {
  struct address_request request = {
      .head = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_NEWADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
      .message = {.ifa_family = AF_INET, .ifa_prefixlen = bits, .ifa_scope = RT_SCOPE_HOST, .ifa_index = if_nametoindex("lo")},
      .local_head = {.rta_len = RTA_LENGTH(sizeof(struct in_addr)), .rta_type = IFA_LOCAL},
  };
  struct {
    struct nlmsghdr head;
    struct nlmsgerr body;
    char request[sizeof request];
  } answer = {0};
  if (inet_pton(AF_INET, address, &request.local) != 1) return errno = EINVAL, -1;
  if (send(netlink, &request, sizeof request, 0) != (ssize_t)sizeof request) return -1;
  ssize_t length = SG_EINTR(recv(netlink, &answer, sizeof answer, 0));
  if (length < (ssize_t)(sizeof answer.head + sizeof answer.body) || answer.head.nlmsg_type != NLMSG_ERROR) return errno = EPROTO, -1;
  errno = -answer.body.error;
  return errno == 0 ? 0 : -1;
}

static int bring_loopback_up(void) {
  cleanup_fd int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
  memcpy(request.ifr_name, "lo", sizeof "lo");
  return any < 0 ? -1 : ioctl(any, SIOCSIFFLAGS, &request);
}

/* All unicast addresses, with their networks, as 127.0.0.1/8 stands for all of 127.0.0.0/8: runsc does not take over local routes. The one of 127.0.0.0/8 comes with the interface, and first, so that it stays the one that connections to it come from. */
static int add_every_address(void) {
  cleanup_fd int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return -1;
  return add_address(netlink, "1.0.0.1", 1) == 0 && add_address(netlink, "128.0.0.1", 2) == 0 && add_address(netlink, "192.0.0.1", 3) == 0 ? 0 : -1;
}

/* runsc refuses the host's own network namespace, and takes one for that in which this folder has sizes of socket buffers: a sign that holds no longer since Linux
 * 6.9, which shows them everywhere. Nothing that runsc needs is in it. The cover is of a mount namespace that ends with what is started here. */
static int cover_sign_of_host(void) {
  static const char SIGN[] = "/proc/sys/net/core";
  if (access("/proc/sys/net/core/rmem_default", F_OK) != 0) return errno == ENOENT ? 0 : -1;
  if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return -1;
  return mount("none", SIGN, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4096");
}

int make_own_network(void) {
  return unshare(CLONE_NEWNET) == 0 && bring_loopback_up() == 0 && add_every_address() == 0 && cover_sign_of_host() == 0 ? 0 : -1;
}
