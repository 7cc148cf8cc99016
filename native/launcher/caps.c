#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (1u << (capability))

static int set(uint32_t mask, uint32_t inheritable, uint32_t rest) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{.effective = mask, .permitted = mask, .inheritable = inheritable}, {.effective = rest, .permitted = rest}};
  return (int)syscall(SYS_capset, &header, data);
}

static int get(uint32_t *low, uint32_t *high) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{.effective = 0}};
  if (syscall(SYS_capget, &header, data) != 0) return -1;
  *low = data[0].permitted;
  *high = data[1].permitted;
  return 0;
}

int caps_reduce(bool separate_ids, struct sg_error *error) {
  uint32_t kept = separate_ids ? BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_KILL) : 0, low = 0, high = 0;
  /* Inheritable first: once the bounding set is empty nothing can be added to it (capabilities(7)). */
  if (get(&low, &high) != 0 || set(low, kept, high) != 0) return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "set the inheritable set");
  /* The bounding set: no file's capabilities and no set-user-ID program can give any back. */
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "drop %d from the bounding set", capability);
  /* Ambient: how the three survive an exec that the next line keeps from granting anything for being uid 0. */
  for (int capability = 0; capability < 32; capability++)
    if ((kept & BIT(capability)) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "keep %d across exec", capability);
  /* Locked, so that nothing started later can undo it. Setting these needs CAP_SETPCAP, so it comes before the sets shrink. */
  unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                       SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "lock the secure bits");
  if (set(kept, kept, 0) != 0) return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "reduce to 0x%x", kept);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sg_fail(error, SG_STEP_DROP_CAPABILITIES, errno, "set no_new_privs");
  return 0;
}
