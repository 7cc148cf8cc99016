/* The kernel's mount interfaces by system call: <sys/mount.h> has the newer ones only from glibc 2.36 on, and cannot be included together
 * with <linux/mount.h> there. All of them return -1 with errno, like mount(2), fsopen(2), open_tree(2), move_mount(2), mount_setattr(2). */
#ifndef SG_MOUNT_API_H
#define SG_MOUNT_API_H

#include <fcntl.h>
#include <linux/mount.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

static inline int sg_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options) {
  return (int)syscall(SYS_mount, source, target, type, flags, options);
}
/* Takes the mount out of sight at once and releases it when nobody uses it any more (umount2(2), MNT_DETACH). */
static inline int sg_detach(const char *target) { return (int)syscall(SYS_umount2, target, 2); }
static inline int sg_pivot_root(const char *new_root, const char *put_old) { return (int)syscall(SYS_pivot_root, new_root, put_old); }
static inline int sg_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC); }
static inline int sg_fspick(int directory, const char *path) { return (int)syscall(SYS_fspick, directory, path, FSPICK_CLOEXEC); }
static inline int sg_fs_string(int fs, const char *key, const char *value) {
  return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}
static inline int sg_fs_flag(int fs, const char *key) { return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0); }
static inline int sg_fs_create(int fs) { return (int)syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0); }
static inline int sg_fs_reconfigure(int fs) { return (int)syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0); }
static inline int sg_fsmount(int fs, unsigned attributes) { return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes); }
/* A detached copy of the mount at `path`. */
static inline int sg_clone_tree(int directory, const char *path, unsigned flags) {
  return (int)syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}
/* Attaches a detached mount onto the file or directory that `target` is open on. */
static inline int sg_attach(int mount, int target) {
  return (int)syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}
/* Adds attributes (MOUNT_ATTR_*) to the mount that `mount` is open on, with AT_RECURSIVE also to those below; others, locked ones included, stay. */
static inline int sg_restrict(int mount, unsigned long attributes, unsigned flags) {
  struct mount_attr change = {.attr_set = attributes};
  return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | flags, &change, sizeof change);
}

#endif
