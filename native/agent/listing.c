#include "listing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "paths.h"
#include "walk.h"

struct listing {
  struct sg_writer *out;
  uint16_t id;
  uint32_t entries_left;
  size_t bytes_left;
};

/* The numbers of the protocol. */
enum entry_kind { ENTRY_FILE = 1, ENTRY_FOLDER = 2, ENTRY_SYMLINK = 3, ENTRY_OTHER = 4 };

/* kind, mode, size, mtime and the length of the path */
enum { ENTRY_FIXED_BYTES = 1 + 4 + 8 + 8 + 4 };

static enum entry_kind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return ENTRY_FILE;
  if (S_ISDIR(mode)) return ENTRY_FOLDER;
  return S_ISLNK(mode) ? ENTRY_SYMLINK : ENTRY_OTHER;
}

static void continue_in_new_frame(struct listing *listing) {
  sg_end(listing->out);
  sg_begin(listing->out, SG_ENTRIES, 0, listing->id);
}

static bool append_entry(void *context, const char *path, const struct stat *status) {
  struct listing *listing = context;
  struct sg_writer *out = listing->out;
  size_t bytes = ENTRY_FIXED_BYTES + strlen(path);
  if (listing->entries_left == 0 || listing->bytes_left < bytes || out->failed) return false;
  listing->entries_left--;
  listing->bytes_left -= bytes;
  if (sg_open_bytes(out) + bytes > SG_MAX_DATA) continue_in_new_frame(listing);
  sg_put_u8(out, (uint8_t)kind_of(status->st_mode));
  sg_put_u32(out, status->st_mode & 07777);
  sg_put_u64(out, (uint64_t)status->st_size);
  sg_put_u64(out, (uint64_t)status->st_mtim.tv_sec * 1000000000u + (uint64_t)status->st_mtim.tv_nsec);
  sg_put_str(out, path);
  return true;
}

int listing_append(int work, const char *path, uint32_t max_entries, uint16_t max_depth, uint16_t id, struct sg_writer *out,
                   struct sg_error *error) {
  if (path[0] != '\0' && path_check(path, error) != 0) return -1;
  int fd = path_open(work, path, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return sg_fail(error, SG_STEP_LIST, errno, "\"%.100s\"", path);
  struct listing listing = {
      .out = out,
      .id = id,
      .entries_left = max_entries < SG_LIST_ENTRIES ? max_entries : SG_LIST_ENTRIES,
      .bytes_left = SG_LIST_BYTES,
  };
  sg_begin(out, SG_ENTRIES, 0, id);
  bool is_complete = walk_directory(fd, max_depth, append_entry, &listing);
  sg_set_flags(out, is_complete ? SG_LAST : SG_LAST | SG_TRUNCATED);
  sg_end(out);
  return 0;
}
