/* Reading and writing the small files of a control group, by a path relative to a directory. */
#ifndef SG_CGROUP_FILE_H
#define SG_CGROUP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Returns 0 or -1 with errno. */
int cgroup_write(int directory, const char *path, const char *value);
int cgroup_write_number(int directory, const char *path, uint64_t value);
/* Like cgroup_write_number, but failing with the path, the value and step CGROUP_LIMIT. */
int cgroup_set(int directory, const char *path, uint64_t value, struct sg_error *error);
/* Reads at most size - 1 bytes as text. Returns the length or -1 with errno. */
long cgroup_read(int directory, const char *path, char *text, size_t size);
uint64_t cgroup_read_number(int directory, const char *path);
/* The number behind `key` in a file of "key number" lines, 0 when there is none. */
uint64_t cgroup_read_key(int directory, const char *path, const char *key);
/* True when the space-separated list in a file holds `word`, with or without a leading '+'. */
bool cgroup_list_has(const char *list, const char *word);

#endif
