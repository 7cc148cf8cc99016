/* Moving a process between control groups takes a lock that waits for an RCU grace period when nobody held it lately: 4 to 10 ms, on the path
 * of every program start. The kernel's option for hosts that move often, `favordynmods` (Linux 6.0), removes that wait for all hierarchies
 * as long as one has it. Rather than remounting the host's hierarchies, a named one without controllers is mounted, visible to nobody. */
#include "cgroup_moves.h"

#include "cleanup.h"
#include "mount_api.h"

int cgroup_make_moves_fast(void) {
  cleanup_fd int fs = sg_fsopen("cgroup");
  if (fs < 0 || sg_fs_flag(fs, "none") != 0 || sg_fs_string(fs, "name", "sandglass") != 0 || sg_fs_flag(fs, "favordynmods") != 0) return -1;
  return sg_fs_create(fs) != 0 ? -1 : sg_fsmount(fs, 0);
}
