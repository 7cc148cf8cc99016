/* The roots of sandboxes, one mount namespace per image. */
#ifndef SG_TEMPLATE_H
#define SG_TEMPLATE_H

#include "config.h"

/* Where every sandbox has its places; made in each image as empty directories. */
#define PLACE_WORK "/work"
#define PLACE_TMP "/tmp"
#define PLACE_SHM "/dev/shm"
#define PLACE_PTS "/dev/pts"
#define PLACE_PROC "/proc"
/* Empty and read-only until a sandbox mounts its own there; until then it serves to cover other directories. */
#define PLACE_EMPTY PLACE_SHM

struct templates {
  int *namespaces; /* one per image, in the order of the configuration */
  size_t count;
  size_t current; /* which of them the launcher is in */
};

/* Leaves the host's mounts for good: afterwards the launcher lives in the first image, and no mount of the host but the images' read-only
 * binds is in its reach. `procfs` is open on the host's /proc. */
int templates_build(struct templates *templates, const struct config *config, int procfs, struct sg_error *error);

/* Moves the launcher into the namespace of an image, so that a child inherits that one. */
int templates_enter(struct templates *templates, size_t image, struct sg_error *error);

#endif
