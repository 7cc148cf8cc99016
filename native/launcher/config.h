/* What the operator (or the worker) asks of the launcher; constant after start. Format: docs/launcher.md. */
#ifndef SG_CONFIG_H
#define SG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

enum { MAX_INSTANCE_NAME = 32, MAX_IMAGE_NAME = 64 };

enum entry_kind { ENTRY_DIRECTORY, ENTRY_BIND, ENTRY_LINK, ENTRY_FILE, ENTRY_HIDE };

/* One line of an image. */
struct entry {
  enum entry_kind kind;
  char *path;           /* inside the image */
  char *source;         /* ENTRY_BIND: host path; ENTRY_LINK: destination */
  mode_t mode;          /* ENTRY_DIRECTORY, ENTRY_FILE */
  char *content;        /* ENTRY_FILE */
  size_t content_bytes; /* ENTRY_FILE */
};

struct image {
  char *name;
  struct entry *entries;
  size_t count;
};

struct config {
  char *socket_path;
  char *agent_path;
  char *state_path;
  char *disk_path; /* NULL: the writable space is memory */
  char instance[MAX_INSTANCE_NAME + 1];
  uint32_t uid_base;     /* 0, or not mapped here (rootless): chosen by the launcher */
  uint32_t uid_range;    /* host ids set aside for each sandbox */
  uint32_t max_sandboxes;
  uint64_t agents_memory_bytes; /* 0: chosen from max_sandboxes */
  uint64_t agents_processes;    /* 0: chosen from max_sandboxes */
  int64_t allow_uid;     /* one more user that may connect, -1: none */
  uint32_t accepted;     /* bit set of enum mechanism */
  struct image *images;
  size_t image_count;
};

/* Reads and checks the whole file. The caller owns what `config` points to until config_free. The error's detail names the line. */
int config_read(const char *path, struct config *config, struct sg_error *error);
void config_free(struct config *config);

#endif
