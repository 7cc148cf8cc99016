/* Every step that can fail, in either program: number, symbol, name. Numbers are part of the protocol and never reused.
 * Mirrored by packages/protocol/src/agent/steps.ts; a test compares the two. */
#ifndef SG_STEPS_H
#define SG_STEPS_H

#define SG_STEPS(X)                                     \
  X(0, DONE, "done")                                    \
  X(1, PROTOCOL, "protocol")                            \
  X(2, OUT_OF_MEMORY, "out-of-memory")                  \
  X(3, PATH, "path")                                    \
  X(4, WRITE_OPEN, "write-open")                        \
  X(5, WRITE_DATA, "write-data")                        \
  X(6, MAKE_DIRECTORY, "make-directory")                \
  X(7, READ_OPEN, "read-open")                          \
  X(8, READ_DATA, "read-data")                          \
  X(9, LIST, "list")                                    \
  X(10, TOO_MANY_EXECS, "too-many-execs")               \
  X(11, PIPE, "pipe")                                   \
  X(12, TERMINAL, "terminal")                           \
  X(13, FORK, "fork")                                   \
  X(14, JOIN_CGROUP, "join-cgroup")                     \
  X(15, SESSION, "session")                             \
  X(16, STDIO, "stdio")                                 \
  X(17, WORKING_DIRECTORY, "working-directory")         \
  X(18, RLIMIT, "rlimit")                               \
  X(19, GROUPS, "groups")                               \
  X(20, USER, "user")                                   \
  X(21, CAPABILITIES, "capabilities")                   \
  X(22, NO_NEW_PRIVILEGES, "no-new-privileges")         \
  X(23, SECCOMP, "seccomp")                             \
  X(24, EXEC, "exec")                                   \
  X(25, UNKNOWN_EXEC, "unknown-exec")                   \
  X(26, SIGNAL, "signal")                               \
  X(27, OPTIONS, "options")                             \
  X(28, EVENT_LOOP, "event-loop")                       \
  X(29, CLOSE_DESCRIPTORS, "close-descriptors")         \
  X(30, SIGNAL_STATE, "signal-state")                   \
  X(31, FIRST_PROCESS, "first-process")                 \
  X(32, READ_COUNTER, "read-counter")                   \
  X(33, PARENT_DEATH, "parent-death")                   \
  X(34, PRIME, "prime")                                 \
  X(100, CONFIG, "config")                              \
  X(101, ROOTLESS, "rootless")                          \
  X(102, MOUNT_NAMESPACE, "mount-namespace")            \
  X(103, IMAGE, "image")                                \
  X(104, CGROUP_LAYOUT, "cgroup-layout")                \
  X(105, CGROUP_CREATE, "cgroup-create")                \
  X(106, CGROUP_LIMIT, "cgroup-limit")                  \
  X(107, CGROUP_OPEN, "cgroup-open")                    \
  X(108, CGROUP_REMOVE, "cgroup-remove")                \
  X(109, LISTEN, "listen")                              \
  X(110, TOO_MANY_SANDBOXES, "too-many-sandboxes")      \
  X(111, UNKNOWN_IMAGE, "unknown-image")                \
  X(112, CLONE, "clone")                                \
  X(113, ID_MAP, "id-map")                              \
  X(114, NAMESPACES, "namespaces")                      \
  X(115, LOOPBACK, "loopback")                          \
  X(116, HOSTNAME, "hostname")                          \
  X(117, MOUNT_ROOT, "mount-root")                      \
  X(118, MOUNT_WRITABLE, "mount-writable")              \
  X(119, MOUNT_PROC, "mount-proc")                      \
  X(120, MOUNT_PTS, "mount-pts")                        \
  X(121, COVER_PROC, "cover-proc")                      \
  X(122, PIVOT_ROOT, "pivot-root")                      \
  X(123, DROP_CAPABILITIES, "drop-capabilities")        \
  X(124, PASS_DESCRIPTORS, "pass-descriptors")          \
  X(125, EXEC_AGENT, "exec-agent")                      \
  X(126, UNKNOWN_SANDBOX, "unknown-sandbox")            \
  X(127, RESIZE_WRITABLE, "resize-writable")            \
  X(128, NOT_ALLOWED, "not-allowed")                    \
  X(129, STATE_DIRECTORY, "state-directory")            \
  X(130, PARENT_GONE, "parent-gone")                    \
  X(160, GUEST_MODULE, "guest-module")                  \
  X(161, GUEST_RENEW, "guest-renew")

enum sg_step {
#define SG_STEP_ENUM(number, symbol, name) SG_STEP_##symbol = number,
  SG_STEPS(SG_STEP_ENUM)
#undef SG_STEP_ENUM
};

#endif
