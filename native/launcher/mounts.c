#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "mount_api.h"
#include "template.h"

static int mount_memory(const struct limits *limits, struct sg_error *error) {
  char options[96];
  (void)snprintf(options, sizeof options, "size=%llu,nr_inodes=%u,mode=0755", (unsigned long long)limits->disk_bytes, limits->inodes);
  if (sg_mount("sandbox", PLACE_WORK, "tmpfs", MS_NOSUID | MS_NODEV, options) == 0) return 0;
  return sg_fail(error, SG_STEP_MOUNT_WRITABLE, errno, "mount tmpfs with %s", options);
}

/* One file system, a tmpfs or a disk that the image has there already, bounds all writable places together; each is a directory of it, bound to its
 * place. Programs are built and run there: no noexec. */
static int mount_writable(const struct limits *limits, const struct ids *ids, bool has_disk, struct sg_error *error) {
  if (!has_disk && mount_memory(limits, error) != 0) return -1;
  static const struct {
    const char *directory, *place;
    mode_t mode;
  } PLACES[] = {
      {PLACE_WORK "/tmp", PLACE_TMP, 01777}, {PLACE_WORK "/shm", PLACE_SHM, 01777}, {PLACE_WORK "/work", PLACE_WORK, 0700}};
  for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
    /* On a disk they stay from the launcher's trial. */
    if (mkdir(PLACES[i].directory, PLACES[i].mode) != 0 && !(has_disk && errno == EEXIST))
      return sg_fail(error, SG_STEP_MOUNT_WRITABLE, errno, "make %s", PLACES[i].directory);
  if (ids->separate && chown(PLACE_WORK "/work", PROGRAM_ID, PROGRAM_ID) != 0)
    return sg_fail(error, SG_STEP_MOUNT_WRITABLE, errno, "give %s to the program", PLACE_WORK);
  /* /work last: it covers the file system's own root, which nobody needs to see. */
  for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
    if (sg_mount(PLACES[i].directory, PLACES[i].place, NULL, MS_BIND, NULL) != 0)
      return sg_fail(error, SG_STEP_MOUNT_WRITABLE, errno, "bind %s", PLACES[i].place);
  return 0;
}

int mounts_complete(const struct limits *limits, const struct ids *ids, const struct proc_covers *covers, bool has_disk, struct sg_error *error) {
  /* hidepid: the program sees its own processes, not the agent. */
  if (sg_mount("proc", PLACE_PROC, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=invisible") != 0)
    return sg_fail(error, SG_STEP_MOUNT_PROC, errno, "mount proc (a container that masks parts of /proc forbids it: run it with --security-opt systempaths=unconfined)");
  /* Before the writable space takes the place that covers are made of. */
  if (proc_covers_apply(covers, error) != 0 || mount_writable(limits, ids, has_disk, error) != 0) return -1;
  if (sg_mount("devpts", PLACE_PTS, "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,max=64") != 0)
    return sg_fail(error, SG_STEP_MOUNT_PTS, errno, "mount devpts");
  return 0;
}

int mounts_resize(int procfs, pid_t pid, const struct limits *limits, struct sg_error *error) {
  char path[48], size[24], inodes[16];
  (void)snprintf(path, sizeof path, "%d/root" PLACE_WORK, (int)pid);
  (void)snprintf(size, sizeof size, "%llu", (unsigned long long)limits->disk_bytes);
  (void)snprintf(inodes, sizeof inodes, "%u", limits->inodes);
  cleanup_fd int fs = sg_fspick(procfs, path);
  if (fs < 0) return sg_fail(error, SG_STEP_RESIZE_WRITABLE, errno, "open the writable space");
  if (sg_fs_string(fs, "size", size) != 0 || sg_fs_string(fs, "nr_inodes", inodes) != 0 || sg_fs_reconfigure(fs) != 0)
    return sg_fail(error, SG_STEP_RESIZE_WRITABLE, errno, "resize it to %s bytes and %s inodes", size, inodes);
  return 0;
}
