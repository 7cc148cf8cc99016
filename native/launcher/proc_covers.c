/* Nobody in a sandbox is the host's root, so files that only root may read or write need no cover; this list is about the others. What programs
 * ask for stays: cpuinfo, meminfo, stat, uptime, loadavg, version, filesystems, sys (read-only for ordinary users), net (the sandbox's own). */
#include "proc_covers.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "mount_api.h"
#include "template.h"

static const char *const WORTH_COVERING[] = {
    /* Hardware and its drivers, with files that change things: wakeup sources, interrupt affinity, SCSI commands, sound cards. */
    "acpi", "asound", "bus", "driver", "fs", "irq", "scsi", "mtrr", "dynamic_debug", "sysrq-trigger",
    /* The boot command line and build configuration: may hold secrets, help to aim an exploit. */
    "cmdline", "config.gz", "kallsyms", "modules", "kcore", "iomem", "ioports", "vmallocinfo",
    /* Other users' activity, fine enough to time their keystrokes or requests. */
    "interrupts", "softirqs", "timer_list", "timer_stats", "latency_stats", "sched_debug", "schedstat", "diskstats", "locks",
    /* Key rings are not namespaced by process. */
    "keys", "key-users",
    /* Names of the host's disks. */
    "partitions", "mdstat"};

_Static_assert(sizeof WORTH_COVERING / sizeof *WORTH_COVERING <= MAX_PROC_COVERS, "room for every cover");

void proc_covers_choose(struct proc_covers *covers, int procfs) {
  covers->count = 0;
  for (size_t i = 0; i < sizeof WORTH_COVERING / sizeof *WORTH_COVERING; i++) {
    struct stat status;
    if (fstatat(procfs, WORTH_COVERING[i], &status, AT_SYMLINK_NOFOLLOW) != 0 || (status.st_mode & 07) == 0) continue;
    covers->of[covers->count++] = (struct proc_cover){.path = WORTH_COVERING[i], .directory = S_ISDIR(status.st_mode)};
  }
}

int proc_covers_apply(const struct proc_covers *covers, struct sg_error *error) {
  for (size_t i = 0; i < covers->count; i++) {
    char target[64];
    (void)snprintf(target, sizeof target, PLACE_PROC "/%s", covers->of[i].path);
    if (sg_mount(covers->of[i].directory ? PLACE_EMPTY : "/dev/null", target, NULL, MS_BIND, NULL) != 0)
      return sg_fail(error, SG_STEP_COVER_PROC, errno, "cover %s", target);
  }
  return 0;
}
