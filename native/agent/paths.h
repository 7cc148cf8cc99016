/* Paths of the worker's requests, resolved below the working directory so that nothing a program plants there leads elsewhere. */
#ifndef SG_PATHS_H
#define SG_PATHS_H

#include "error.h"

enum { SG_MAX_PATH = 4096 };

/* Refuses "", absolute paths and the components "", "." and "..". */
int path_check(const char *path, struct sg_error *error);

/* openat2(2) with RESOLVE_BENEATH, without following any symbolic link. "" is the working directory itself. Returns a descriptor the caller
 * owns, or -1 with errno. Async-signal-safe. */
int path_open(int work, const char *path, int flags);

/* Opens the directory that holds `path`, creating missing ones (0755), and tells where the last component begins. The caller owns *parent.
 */
int path_open_parent(int work, const char *path, int *parent, const char **name, struct sg_error *error);

#endif
