/* Entries of /proc that tell or change something about the host. */
#ifndef SG_PROC_COVERS_H
#define SG_PROC_COVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum { MAX_PROC_COVERS = 32 };

struct proc_cover {
  const char *path;
  bool directory;
};

struct proc_covers {
  struct proc_cover of[MAX_PROC_COVERS];
  size_t count;
};

/* Picks from the entries worth covering those that this kernel has and would show to an ordinary user. `procfs` is open on /proc. */
void proc_covers_choose(struct proc_covers *covers, int procfs);

/* Covers them in the /proc of this mount namespace. */
int proc_covers_apply(const struct proc_covers *covers, struct sg_error *error);

#endif
