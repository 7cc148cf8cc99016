#include "walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

struct walk {
  walk_visitor visit;
  void *context;
  bool is_over, is_complete;
  bool is_depth_asked; /* the depth is what the caller wanted, not what the bound left of it */
  char path[SG_MAX_PATH];
};

static void walk_level(struct walk *walk, int fd, size_t prefix, unsigned depth);

static void walk_into(struct walk *walk, int parent, const char *name, size_t prefix, unsigned depth) {
  if (depth == 0 && walk->is_depth_asked) return;
  int fd = depth > 0 ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
  if (fd < 0) {
    walk->is_complete = false;
    return;
  }
  walk->path[prefix] = '/';
  walk_level(walk, fd, prefix + 1, depth);
}

static void visit_entry(struct walk *walk, int parent, const char *name, size_t prefix, unsigned depth) {
  size_t length = strlen(name);
  struct stat status;
  if (prefix + length + 2 > sizeof walk->path || fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    walk->is_complete = false;
    return;
  }
  memcpy(walk->path + prefix, name, length + 1);
  if (!walk->visit(walk->context, walk->path, &status))
    walk->is_over = true;
  else if (S_ISDIR(status.st_mode))
    walk_into(walk, parent, name, prefix + length, depth - 1);
}

static void walk_level(struct walk *walk, int fd, size_t prefix, unsigned depth) {
  DIR *directory = fdopendir(fd);
  if (directory == NULL) {
    close(fd);
    walk->is_complete = false;
    return;
  }
  for (struct dirent *entry; !walk->is_over && (entry = readdir(directory)) != NULL;)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) visit_entry(walk, fd, entry->d_name, prefix, depth);
  closedir(directory);
}

bool walk_directory(int fd, unsigned depth, walk_visitor visit, void *context) {
  struct walk walk = {.visit = visit, .context = context, .is_complete = true, .is_depth_asked = depth <= SG_WALK_DEPTH};
  walk_level(&walk, fd, 0, walk.is_depth_asked ? depth : SG_WALK_DEPTH);
  return walk.is_complete && !walk.is_over;
}
