#include "image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

enum { AGENTS_MEMORY_BYTES = 48 << 20 };

/* What the launcher makes itself, and what no program needs of an image: other systems' state. */
static bool is_left_out(const char *name) {
  static const char *const NAMES[] = {"dev", "proc", "sys", "work", "tmp", "run", "var", "boot", "home", "root", "mnt", "media", "srv", "lost+found"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (strcmp(name, NAMES[i]) == 0) return true;
  /* A name that the configuration would need to escape is none of a root's; hidden ones are left-overs. */
  return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(name);
}

static int write_entry(FILE *config, int directory, const char *name, struct sg_error *error) {
  struct stat status;
  char target[PATH_MAX];
  if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return sg_fail(error, SG_STEP_IMAGE, errno, "look at /%.100s", name);
  if (S_ISDIR(status.st_mode)) {
    (void)fprintf(config, "bind " GUEST_IMAGE "/%s /%s\n", name, name);
  } else if (S_ISLNK(status.st_mode)) {
    ssize_t length = readlinkat(directory, name, target, sizeof target - 1);
    if (length < 0) return sg_fail(error, SG_STEP_IMAGE, errno, "read the link /%.100s", name);
    target[length] = '\0';
    if (strpbrk(target, " \t\n%#") == NULL) (void)fprintf(config, "link %s /%s\n", target, name);
  }
  return 0;
}

static int write_entries(FILE *config, struct sg_error *error) {
  DIR *root = opendir(GUEST_IMAGE);
  if (root == NULL) return sg_fail(error, SG_STEP_IMAGE, errno, "list " GUEST_IMAGE);
  int result = 0;
  for (struct dirent *entry; result == 0 && (entry = readdir(root)) != NULL;)
    if (!is_left_out(entry->d_name)) result = write_entry(config, dirfd(root), entry->d_name, error);
  closedir(root);
  return result;
}

int image_configure(struct sg_error *error) {
  FILE *config = fopen(GUEST_CONFIG, "wxe");
  if (config == NULL) return sg_fail(error, SG_STEP_IMAGE, errno, "make " GUEST_CONFIG);
  (void)fprintf(config, "socket " GUEST_SOCKET "\nagent " GUEST_AGENT "\nstate " GUEST_STATE "\ninstance guest\nmax-sandboxes 1\nuid-base %d\nagents-memory %d\n",
                GUEST_ID_BASE, AGENTS_MEMORY_BYTES);
  if (access(GUEST_SCRATCH, F_OK) == 0) (void)fprintf(config, "disk " GUEST_SCRATCH "\n");
  (void)fprintf(config, "image " GUEST_IMAGE_NAME "\n");
  int result = write_entries(config, error);
  (void)fprintf(config, "end\n");
  if (fclose(config) != 0 && result == 0) return sg_fail(error, SG_STEP_IMAGE, errno, "write " GUEST_CONFIG);
  return result;
}
