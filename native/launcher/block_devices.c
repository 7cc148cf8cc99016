#include "block_devices.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Rates can only be set on whole disks; a partition's directory lies in its disk's (Documentation/ABI, /sys/dev/block). */
static bool whole_disk(dev_t device, struct block_device *disk) {
  char path[96];
  (void)snprintf(path, sizeof path, "/sys/dev/block/%u:%u/partition", major(device), minor(device));
  bool partition = access(path, F_OK) == 0;
  (void)snprintf(path, sizeof path, "/sys/dev/block/%u:%u/%sdev", major(device), minor(device), partition ? "../" : "");
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  bool found = fscanf(file, "%u:%u", &disk->major, &disk->minor) == 2;
  (void)fclose(file);
  return found;
}

static bool is_known(const struct cgroups *cgroups, const struct block_device *disk) {
  for (int i = 0; i < cgroups->device_count; i++)
    if (cgroups->devices[i].major == disk->major && cgroups->devices[i].minor == disk->minor) return true;
  return false;
}

void block_devices_find(struct cgroups *cgroups, const struct config *config) {
  for (size_t i = 0; i < config->image_count; i++) {
    const struct image *image = &config->images[i];
    for (size_t j = 0; j < image->count && cgroups->device_count < MAX_BLOCK_DEVICES; j++) {
      struct stat status;
      struct block_device disk;
      if (image->entries[j].kind != ENTRY_BIND || stat(image->entries[j].source, &status) != 0) continue;
      if (whole_disk(status.st_dev, &disk) && !is_known(cgroups, &disk)) cgroups->devices[cgroups->device_count++] = disk;
    }
  }
}
