/* Places and names inside a microVM's guest, before anything of a sandbox is there. */
#ifndef SG_GUEST_H
#define SG_GUEST_H

/* Of the initial ramdisk, as packages/sandbox/src/drivers/microvm/guest/initramfs.ts packs it. */
#define GUEST_MODULES "/modules"
#define GUEST_LAUNCHER "/sandglass-launcher"
#define GUEST_AGENT "/sandglass-agent"

/* Of the root that guest-init makes. */
#define GUEST_IMAGE "/image"
#define GUEST_SCRATCH "/scratch"
#define GUEST_CONFIG "/launcher.conf"
#define GUEST_SOCKET "/run/launcher.sock"
#define GUEST_STATE "/run/state"
#define GUEST_IMAGE_NAME "guest"

/* The first id of the one sandbox, which is its agent's: the scratch disk is the agent's. */
enum { GUEST_ID_BASE = 0x10000000 };

#endif
