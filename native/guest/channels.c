#include "channels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

enum { PORT_TRIES = 500, PORT_PAUSE_US = 10 * 1000 };

/* The port shows once the host's control messages have been handled, a moment after the driver was loaded. */
static int open_serial(int port, struct sg_error *error) {
  char path[32];
  (void)snprintf(path, sizeof path, "/dev/vport0p%d", port);
  for (int i = 0; i < PORT_TRIES; i++) {
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 || (errno != ENOENT && errno != ENXIO && errno != ENODEV)) return fd >= 0 ? fd : sg_fail(error, SG_STEP_LISTEN, errno, "open %s", path);
    usleep(PORT_PAUSE_US);
  }
  return sg_fail(error, SG_STEP_LISTEN, ENOENT, "%s did not appear", path);
}

static int listen_vsock(int port, struct sg_error *error) {
  struct sockaddr_vm name = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = (unsigned)port};
  int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, 4) != 0)
    return sg_fail(error, SG_STEP_LISTEN, errno, "listen on vsock port %d", port);
  return fd;
}

int channels_open(struct channels *channels, const char *kind, struct sg_error *error) {
  channels->is_vsock = strcmp(kind, "vsock") == 0;
  for (int i = 0; i < CHANNELS; i++) {
    channels->ports[i] = channels->is_vsock ? -1 : open_serial(i + 1, error);
    channels->listeners[i] = channels->is_vsock ? listen_vsock(i + 1, error) : -1;
    if (channels->ports[i] < 0 && channels->listeners[i] < 0) return -1;
  }
  return 0;
}
