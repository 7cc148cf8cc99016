#include "modules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "guest.h"

static int is_module(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static int load(int directory, const char *name, struct sg_error *error) {
  cleanup_fd int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (file >= 0 && (syscall(SYS_finit_module, file, "", 0) == 0 || errno == EEXIST)) return 0;
  return sg_fail(error, SG_STEP_GUEST_MODULE, errno, "load the kernel module %.80s", name);
}

int modules_load(struct sg_error *error) {
  struct dirent **entries = NULL;
  cleanup_fd int directory = open(GUEST_MODULES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int count = directory < 0 ? -1 : scandir(GUEST_MODULES, &entries, is_module, alphasort);
  if (count < 0) return sg_fail(error, SG_STEP_GUEST_MODULE, errno, "list " GUEST_MODULES);
  int result = 0;
  for (int i = 0; i < count; i++) {
    if (result == 0) result = load(directory, entries[i]->d_name, error);
    free(entries[i]);
  }
  free(entries);
  return result;
}
