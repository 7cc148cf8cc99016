#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mechanisms.h"
#include "tokens.h"

/* State of reading: where we are, and the image whose lines follow (NULL outside of one). */
struct reading {
  struct config *config;
  struct image *image;
  unsigned line;
  struct sg_error *error;
};

static int refuse(struct reading *reading, const char *rule, const char *value) {
  return sg_fail(reading->error, SG_STEP_CONFIG, 0, "line %u: %s, got \"%.60s\"", reading->line, rule, value);
}

static int out_of_memory(struct reading *reading) {
  return sg_fail(reading->error, SG_STEP_OUT_OF_MEMORY, ENOMEM, "line %u", reading->line);
}

static int keep(struct reading *reading, char **slot, const char *value) {
  if (*slot != NULL) return refuse(reading, "given twice", value);
  *slot = strdup(value);
  return *slot != NULL ? 0 : out_of_memory(reading);
}

static int keep_path(struct reading *reading, char **slot, const char *value) {
  if (!token_is_normal_path(value)) return refuse(reading, "needs an absolute path without . and .. and trailing slash", value);
  return keep(reading, slot, value);
}

static bool is_name(const char *text, size_t max) {
  size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return length > 0 && length <= max && text[length] == '\0';
}

static int read_number(struct reading *reading, const char *token, uint64_t min, uint64_t max, uint64_t *value) {
  if (token_number(token, 10, min, max, value)) return 0;
  char rule[80];
  (void)snprintf(rule, sizeof rule, "needs a number from %llu to %llu", (unsigned long long)min, (unsigned long long)max);
  return refuse(reading, rule, token);
}

static int read_accepted(struct reading *reading, const char *list) {
  for (const char *at = list; *at != '\0';) {
    size_t length = strcspn(at, ",");
    int mechanism = mechanism_by_name(at, length);
    if (mechanism < 0) return refuse(reading, "allow-weaker takes memory, pids, cpu, io, separate-uid, no-swap, agent-bound", at);
    reading->config->accepted |= 1u << mechanism;
    at += length + (at[length] == ',');
  }
  return 0;
}

static int begin_image(struct reading *reading, const char *name) {
  struct config *config = reading->config;
  if (!is_name(name, MAX_IMAGE_NAME)) return refuse(reading, "an image name is made of a-z, 0-9 and -", name);
  for (size_t i = 0; i < config->image_count; i++)
    if (strcmp(config->images[i].name, name) == 0) return refuse(reading, "image given twice", name);
  struct image *grown = realloc(config->images, (config->image_count + 1) * sizeof *grown);
  if (grown == NULL) return out_of_memory(reading);
  config->images = grown;
  reading->image = &grown[config->image_count];
  *reading->image = (struct image){.name = strdup(name)};
  if (reading->image->name == NULL) return out_of_memory(reading);
  config->image_count++;
  return 0;
}

/* Places that every sandbox gets from the launcher; an image has no say in them. */
static bool is_ours(const char *path) {
  static const char *const OURS[] = {"/proc", "/sys", "/dev", "/work", "/tmp"};
  for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++) {
    size_t length = strlen(OURS[i]);
    if (strncmp(path, OURS[i], length) == 0 && (path[length] == '\0' || path[length] == '/')) return true;
  }
  return false;
}

/* Appends an entry; NULL after a refusal. */
static struct entry *add_entry(struct reading *reading, enum entry_kind kind, const char *path) {
  struct image *image = reading->image;
  if (!token_is_normal_path(path)) {
    refuse(reading, "an image path is absolute and normal", path);
    return NULL;
  }
  if (is_ours(path)) {
    refuse(reading, "/proc, /sys, /dev, /work and /tmp are made by the launcher", path);
    return NULL;
  }
  struct entry *grown = realloc(image->entries, (image->count + 1) * sizeof *grown);
  if (grown == NULL) {
    out_of_memory(reading);
    return NULL;
  }
  image->entries = grown;
  struct entry *added = &grown[image->count++];
  *added = (struct entry){.kind = kind};
  return keep(reading, &added->path, path) == 0 ? added : NULL;
}

static int read_mode(struct reading *reading, const char *token, mode_t *mode) {
  uint64_t number = 0;
  if (!token_number(token, 8, 0, 01777, &number)) return refuse(reading, "a mode is octal, at most 1777", token);
  *mode = (mode_t)number;
  return 0;
}

static int add_directory(struct reading *reading, const char *path, const char *mode) {
  struct entry *entry = add_entry(reading, ENTRY_DIRECTORY, path);
  return entry == NULL ? -1 : read_mode(reading, mode, &entry->mode);
}

static int add_file(struct reading *reading, const char *path, const char *mode, char *content) {
  struct entry *entry = add_entry(reading, ENTRY_FILE, path);
  if (entry == NULL || read_mode(reading, mode, &entry->mode) != 0) return -1;
  if (!token_base64(content, &entry->content_bytes)) return refuse(reading, "file content must be base64", content);
  entry->content = malloc(entry->content_bytes + 1);
  if (entry->content == NULL) return out_of_memory(reading);
  memcpy(entry->content, content, entry->content_bytes);
  return 0;
}

static int add_with_source(struct reading *reading, enum entry_kind kind, const char *source, const char *path) {
  if (kind == ENTRY_BIND && !token_is_normal_path(source)) return refuse(reading, "a bind source is absolute and normal", source);
  struct entry *entry = add_entry(reading, kind, path);
  return entry == NULL ? -1 : keep(reading, &entry->source, source);
}

static int read_image_line(struct reading *reading, char **tokens, int count) {
  const char *word = tokens[0];
  if (strcmp(word, "dir") == 0 && count == 3) return add_directory(reading, tokens[1], tokens[2]);
  if (strcmp(word, "bind") == 0 && count == 3) return add_with_source(reading, ENTRY_BIND, tokens[1], tokens[2]);
  if (strcmp(word, "link") == 0 && count == 3) return add_with_source(reading, ENTRY_LINK, tokens[1], tokens[2]);
  if (strcmp(word, "file") == 0 && count == 4) return add_file(reading, tokens[1], tokens[2], tokens[3]);
  if (strcmp(word, "hide") == 0 && count == 2) return add_entry(reading, ENTRY_HIDE, tokens[1]) != NULL ? 0 : -1;
  if (strcmp(word, "end") == 0 && count == 1) {
    reading->image = NULL;
    return 0;
  }
  return refuse(reading, "an image has lines dir, bind, link, file, hide and end", word);
}

static int read_setting(struct reading *reading, const char *word, const char *value) {
  struct config *config = reading->config;
  uint64_t number = 0;
  if (strcmp(word, "socket") == 0) return keep_path(reading, &config->socket_path, value);
  if (strcmp(word, "agent") == 0) return keep_path(reading, &config->agent_path, value);
  if (strcmp(word, "state") == 0) return keep_path(reading, &config->state_path, value);
  if (strcmp(word, "disk") == 0) return keep_path(reading, &config->disk_path, value);
  if (strcmp(word, "allow-weaker") == 0) return read_accepted(reading, value);
  if (strcmp(word, "image") == 0) return begin_image(reading, value);
  if (strcmp(word, "instance") == 0) {
    if (!is_name(value, MAX_INSTANCE_NAME)) return refuse(reading, "an instance name is 1 to 32 of a-z, 0-9 and -", value);
    (void)snprintf(config->instance, sizeof config->instance, "%s", value);
    return 0;
  }
  if (strcmp(word, "uid-base") == 0) {
    if (read_number(reading, value, 1, UINT32_MAX - 1, &number) != 0) return -1;
    config->uid_base = (uint32_t)number;
    return 0;
  }
  if (strcmp(word, "uid-range") == 0) {
    if (read_number(reading, value, 3, 65536, &number) != 0) return -1;
    config->uid_range = (uint32_t)number;
    return 0;
  }
  if (strcmp(word, "max-sandboxes") == 0) {
    if (read_number(reading, value, 1, 16384, &number) != 0) return -1;
    config->max_sandboxes = (uint32_t)number;
    return 0;
  }
  if (strcmp(word, "agents-memory") == 0) return read_number(reading, value, 1 << 20, UINT64_MAX >> 1, &config->agents_memory_bytes);
  if (strcmp(word, "agents-processes") == 0) return read_number(reading, value, 16, 1 << 22, &config->agents_processes);
  if (strcmp(word, "allow-uid") == 0) {
    if (read_number(reading, value, 0, UINT32_MAX - 1, &number) != 0) return -1;
    config->allow_uid = (int64_t)number;
    return 0;
  }
  return refuse(reading, "unknown setting", word);
}

static int read_line(struct reading *reading, char *line) {
  char *tokens[MAX_TOKENS];
  int count = tokens_split(line, tokens);
  if (count <= 0) return refuse(reading, "words are separated by one space and percent-encoded", line);
  if (reading->image != NULL) return read_image_line(reading, tokens, count);
  if (count != 2) return refuse(reading, "a setting has one value", tokens[0]);
  return read_setting(reading, tokens[0], tokens[1]);
}

static int check_whole(const struct config *config, struct sg_error *error) {
  const char *missing = config->socket_path == NULL   ? "socket"
                        : config->agent_path == NULL  ? "agent"
                        : config->state_path == NULL  ? "state"
                        : config->instance[0] == '\0' ? "instance"
                        : config->image_count == 0    ? "image"
                                                      : NULL;
  if (missing != NULL) return sg_fail(error, SG_STEP_CONFIG, 0, "the setting \"%s\" is missing", missing);
  if (config->disk_path != NULL && config->max_sandboxes != 1)
    return sg_fail(error, SG_STEP_CONFIG, 0, "a disk is for one sandbox: set max-sandboxes to 1");
  if ((uint64_t)config->uid_base + (uint64_t)config->uid_range * config->max_sandboxes > UINT32_MAX)
    return sg_fail(error, SG_STEP_CONFIG, 0, "uid-base + uid-range * max-sandboxes passes 4294967295");
  return 0;
}

int config_read(const char *path, struct config *config, struct sg_error *error) {
  *config = (struct config){.uid_range = 1024, .max_sandboxes = 256, .allow_uid = -1};
  FILE *file = fopen(path, "re");
  if (file == NULL) return sg_fail(error, SG_STEP_CONFIG, errno, "open %s", path);
  struct reading reading = {.config = config, .error = error};
  char *line = NULL;
  size_t capacity = 0;
  int result = 0;
  for (ssize_t length; result == 0 && (length = getline(&line, &capacity, file)) >= 0;) {
    reading.line++;
    if (length > 0 && line[length - 1] == '\n') line[--length] = '\0';
    if (memchr(line, '\0', (size_t)length) != NULL)
      result = refuse(&reading, "holds a NUL byte", line);
    else if (length > 0 && line[0] != '#')
      result = read_line(&reading, line);
  }
  if (result == 0 && ferror(file)) result = sg_fail(error, SG_STEP_CONFIG, errno, "read %s", path);
  if (result == 0 && reading.image != NULL) result = sg_fail(error, SG_STEP_CONFIG, 0, "image \"%s\" has no line \"end\"", reading.image->name);
  free(line);
  (void)fclose(file);
  return result == 0 ? check_whole(config, error) : -1;
}

void config_free(struct config *config) {
  for (size_t i = 0; i < config->image_count; i++) {
    struct image *image = &config->images[i];
    for (size_t j = 0; j < image->count; j++) {
      free(image->entries[j].path);
      free(image->entries[j].source);
      free(image->entries[j].content);
    }
    free(image->entries);
    free(image->name);
  }
  free(config->images);
  free(config->socket_path);
  free(config->agent_path);
  free(config->state_path);
  free(config->disk_path);
  *config = (struct config){.allow_uid = -1};
}
