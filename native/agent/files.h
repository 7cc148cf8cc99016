/* Single files and folders below the working directory. Everything here runs under the program's file system user id (set once at start),
 * follows no symbolic link and blocks on nothing, so the program can plant whatever it likes. */
#ifndef SG_FILES_H
#define SG_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/* A new, empty file. A regular file of that name is replaced, not overwritten: it may be read-only, running or linked elsewhere. Anything
 * else in the way is an error. The caller owns *fd. */
int file_create(int work, const char *path, mode_t mode, int *fd, struct sg_error *error);

int file_write_all(int fd, const uint8_t *bytes, size_t count, struct sg_error *error);

/* A folder and its parents; an existing one gets the mode. */
int folder_create(int work, const char *path, mode_t mode, struct sg_error *error);

/* A regular file for reading. The caller owns *fd. */
int file_open(int work, const char *path, int *fd, struct sg_error *error);

#endif
