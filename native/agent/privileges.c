#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (1u << (capability))

/* To change ids in the child, and to signal processes of another user id. All are below 32. */
static const uint32_t AGENT_CAPABILITIES = BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_KILL);

static int set_capabilities(uint32_t mask) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{.effective = mask, .permitted = mask}, {.effective = 0}};
  return (int)syscall(SYS_capset, &header, data);
}

static int get_capabilities(struct __user_cap_data_struct data[2]) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  return (int)syscall(SYS_capget, &header, data);
}

/* The bounding set limits what a later exec could gain. A launcher that leaves the agent without CAP_SETPCAP has emptied it but for the
 * agent's own three; an agent without any capability (one mapped id) relies on no_new_privs alone, which forbids gaining anything at exec.
 */
static int empty_bounding_set(const struct options *options, struct sg_error *error) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0 || prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    bool is_own = capability < 32 && BIT(capability) & AGENT_CAPABILITIES;
    if (!is_own && options->uid != getuid())
      return sg_fail(error, SG_STEP_CAPABILITIES, errno, "capability %d cannot be taken out of the bounding set", capability);
  }
  return 0;
}

/* Both calls report no failure; asking for an impossible id returns the present one (setfsuid(2)). */
static int use_files_as_program(const struct options *options, struct sg_error *error) {
  setfsgid(options->gid);
  setfsuid(options->uid);
  if ((uid_t)setfsuid((uid_t)-1) == options->uid && (gid_t)setfsgid((gid_t)-1) == options->gid) return 0;
  /* gVisor has no file system ids of their own. The effective ids decide about files just as well; real and saved ones stay, so that
   * programs can still not signal or trace the agent. */
  bool is_missing = setfsuid((uid_t)-1) == -1 && errno == ENOSYS;
  if (is_missing && syscall(SYS_setresgid, -1, options->gid, -1) == 0 && syscall(SYS_setresuid, -1, options->uid, -1) == 0) return 0;
  return sg_fail(error, SG_STEP_USER, EPERM, "file access as %u:%u", options->uid, options->gid);
}

int privileges_reduce_agent(const struct options *options, struct sg_error *error) {
  int death_signal = 0;
  if (prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_PARENT_DEATH, errno, "PR_GET_PDEATHSIG");
  /* Undumpable: no process of the same id can trace the agent or open its /proc files (needed where only one id can be mapped). */
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_CAPABILITIES, errno, "PR_SET_DUMPABLE");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_NO_NEW_PRIVILEGES, errno, "PR_SET_NO_NEW_PRIVS");
  /* EINVAL: a kernel without ambient capabilities (gVisor) has none to clear. */
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) return sg_fail(error, SG_STEP_CAPABILITIES, errno, "ambient set");
  if (empty_bounding_set(options, error) != 0 || use_files_as_program(options, error) != 0) return -1;
  /* After the change of file ids, which takes only file capabilities along, so that exactly these three are left and in force. */
  struct __user_cap_data_struct data[2];
  if (get_capabilities(data) != 0) return sg_fail(error, SG_STEP_CAPABILITIES, errno, "capget");
  uint32_t keep = data[0].permitted & AGENT_CAPABILITIES;
  if (options->uid != getuid() && keep != AGENT_CAPABILITIES)
    return sg_fail(error, SG_STEP_CAPABILITIES, EPERM, "programs of uid %u need capabilities 0x%x, the agent has 0x%x", options->uid,
                   AGENT_CAPABILITIES, keep);
  if (set_capabilities(keep) != 0) return sg_fail(error, SG_STEP_CAPABILITIES, errno, "reduce to 0x%x", keep);
  /* Changing ids clears the parent-death signal that the launcher set (prctl(2)). */
  if (prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_PARENT_DEATH, errno, "PR_SET_PDEATHSIG");
  return 0;
}

static int verify_no_capability(struct sg_error *error) {
  struct __user_cap_data_struct data[2];
  memset(data, 0xff, sizeof data);
  if (get_capabilities(data) != 0) return sg_fail(error, SG_STEP_CAPABILITIES, errno, "capget");
  for (int i = 0; i < 2; i++)
    if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0)
      return sg_fail(error, SG_STEP_CAPABILITIES, EPERM, "some are left");
  return 0;
}

int privileges_become_program(const struct options *options, struct sg_error *error) {
  /* With a single mapped id there is nothing to change to, and no right to. */
  if (options->uid != getuid()) {
    /* Groups first: the right to change them goes with the user id. */
    if (syscall(SYS_setgroups, 0, NULL) != 0) return sg_fail(error, SG_STEP_GROUPS, errno, "setgroups");
    if (syscall(SYS_setresgid, options->gid, options->gid, options->gid) != 0) return sg_fail(error, SG_STEP_USER, errno, "setresgid");
    if (syscall(SYS_setresuid, options->uid, options->uid, options->uid) != 0) return sg_fail(error, SG_STEP_USER, errno, "setresuid");
  }
  if (set_capabilities(0) != 0) return sg_fail(error, SG_STEP_CAPABILITIES, errno, "drop all");
  if (verify_no_capability(error) != 0) return -1;
  /* no_new_privs is inherited from the agent; PID 1's end kills everything anyway, this covers a program that the agent started a moment
   * before. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_PARENT_DEATH, errno, "PR_SET_PDEATHSIG");
  return 0;
}
