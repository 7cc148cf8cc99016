/* Visits what is below a directory, bounded in depth and by its visitor. The tree may change meanwhile: what vanishes or cannot be opened
 * is passed over. */
#ifndef SG_WALK_H
#define SG_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

/* Deeper levels are left out: each open level costs a descriptor and a buffer. */
enum { SG_WALK_DEPTH = 32 };

/* `path` is relative to where the walk began. Returns false to end the walk. */
typedef bool (*walk_visitor)(void *context, const char *path, const struct stat *status);

/* Takes `fd`, an open directory, over. `depth` 1 visits its own entries only. Returns true when everything down
 * to there was visited, false when the visitor ended it or something was left out. */
bool walk_directory(int fd, unsigned depth, walk_visitor visit, void *context);

#endif
