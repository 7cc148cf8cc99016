/* The launcher's place on the host: its lock, and the socket it listens on. */
#ifndef SG_INSTANCE_H
#define SG_INSTANCE_H

#include "config.h"

struct instance {
  int state;          /* the state directory */
  int lock;           /* locked while this process lives */
  char lock_path[4096];
  int socket_directory;
  char socket_name[108];
  int listener;
};

/* Makes the state directory (0700) and takes the lock of this instance; fails with EWOULDBLOCK when another launcher has it. */
int instance_lock(struct instance *instance, const struct config *config, struct sg_error *error);

/* Listens on the socket (mode 0600 from its first moment). A dead predecessor's socket is replaced, a live one's is not. */
int instance_listen(struct instance *instance, const struct config *config, struct sg_error *error);

/* Removes socket and lock file. */
void instance_close(struct instance *instance, const struct config *config);

#endif
