#include "cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

int cgroup_write(int directory, const char *path, const char *value) {
  cleanup_fd int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  /* A control file takes its value in one write or refuses it (cgroups(7)). */
  return SG_EINTR(write(fd, value, strlen(value))) < 0 ? -1 : 0;
}

int cgroup_write_number(int directory, const char *path, uint64_t value) {
  char text[24];
  (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  return cgroup_write(directory, path, text);
}

int cgroup_set(int directory, const char *path, uint64_t value, struct sg_error *error) {
  if (cgroup_write_number(directory, path, value) == 0) return 0;
  return sg_fail(error, SG_STEP_CGROUP_LIMIT, errno, "write %llu to %s", (unsigned long long)value, path);
}

long cgroup_read(int directory, const char *path, char *text, size_t size) {
  cleanup_fd int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = SG_EINTR(read(fd, text, size - 1));
  if (length < 0) return -1;
  text[length] = '\0';
  return length;
}

uint64_t cgroup_read_number(int directory, const char *path) {
  char text[32];
  return cgroup_read(directory, path, text, sizeof text) > 0 ? strtoull(text, NULL, 10) : 0;
}

uint64_t cgroup_read_key(int directory, const char *path, const char *key) {
  char text[4096];
  if (cgroup_read(directory, path, text, sizeof text) <= 0) return 0;
  size_t length = strlen(key);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, key, length) == 0 && line[length] == ' ') return strtoull(line + length + 1, NULL, 10);
  }
  return 0;
}

bool cgroup_list_has(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *at = list; *at != '\0'; at += strspn(at, " \n,")) {
    size_t span = strcspn(at, " \n,");
    if (span == length && memcmp(at, word, length) == 0) return true;
    at += span;
  }
  return false;
}
