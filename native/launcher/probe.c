/* Each trial does the real thing in a process of its own, which takes whatever it made along when it ends. Like a sandbox's first process it starts
 * from a fresh user namespace, so a trial needs the same rights of the host as a sandbox does. Findings travel over shared memory. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup_file.h"
#include "cgroup_instance.h"
#include "cgroup_layout.h"
#include "cleanup.h"
#include "ids.h"
#include "json.h"
#include "mount_api.h"
#include "network.h"
#include "rootless.h"

struct finding {
  bool available;
  char reason[200];
};

struct trial {
  const char *name;
  unsigned long namespaces; /* to be unshared first, besides the user namespace */
  int (*attempt)(void);     /* -1 with errno */
  const char *remedy;
};

static int nothing_more(void) { return 0; }

static int mount_tmpfs(void) { return sg_mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, "size=65536,nr_inodes=8"); }

static int mount_devpts(void) { return sg_mount("devpts", "/proc", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,max=64"); }

static int mount_proc(void) { return sg_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=invisible"); }

static int bind_read_only(void) {
  cleanup_fd int copy = sg_clone_tree(AT_FDCWD, "/usr", AT_RECURSIVE);
  return copy < 0 ? -1 : sg_restrict(copy, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, AT_RECURSIVE);
}

static int bring_loopback_up(void) {
  struct sg_error error;
  if (network_loopback_up(&error) == 0) return 0;
  errno = error.err;
  return -1;
}

static int forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

static int install_filter(void) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog filter = {.len = 1, .filter = &allow};
  return forbid_new_privileges() != 0 ? -1 : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

static int make_executable_memory_file(void) {
  cleanup_fd int file = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return file < 0 || fchmod(file, 0555) != 0 ? -1 : fcntl(file, F_ADD_SEALS, F_SEAL_WRITE);
}

#define USER_REMEDY \
  "sysctl -w user.max_user_namespaces=65536; where they exist also kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0"
#define KERNEL_REMEDY "Use a kernel with this namespace (every distribution kernel has it), and raise its limit in /proc/sys/user."
#define MOUNT_REMEDY "In a container allow mounts: docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"

static const struct trial TRIALS[] = {
    {"user-namespace", 0, nothing_more, USER_REMEDY},
    {"pid-namespace", CLONE_NEWPID, nothing_more, KERNEL_REMEDY},
    {"mount-namespace", CLONE_NEWNS, nothing_more, KERNEL_REMEDY},
    {"network-namespace", CLONE_NEWNET, bring_loopback_up, KERNEL_REMEDY},
    {"ipc-namespace", CLONE_NEWIPC, nothing_more, KERNEL_REMEDY},
    {"uts-namespace", CLONE_NEWUTS, nothing_more, KERNEL_REMEDY},
    {"cgroup-namespace", CLONE_NEWCGROUP, nothing_more, KERNEL_REMEDY},
    {"read-only-binds", CLONE_NEWNS, bind_read_only, "Use Linux 5.12 or later. " MOUNT_REMEDY},
    {"tmpfs", CLONE_NEWNS, mount_tmpfs, MOUNT_REMEDY},
    {"terminals", CLONE_NEWNS, mount_devpts, MOUNT_REMEDY},
    {"private-proc", CLONE_NEWNS | CLONE_NEWPID, mount_proc, MOUNT_REMEDY},
    {"no-new-privileges", 0, forbid_new_privileges, "Use Linux 3.5 or later."},
    {"seccomp", 0, install_filter, "Use a kernel with CONFIG_SECCOMP_FILTER."},
    {"sealed-agent", 0, make_executable_memory_file, "sysctl -w vm.memfd_noexec=0"},
};

enum { TRIAL_COUNT = sizeof TRIALS / sizeof *TRIALS };

struct findings {
  struct finding trials[TRIAL_COUNT];
  struct mechanisms mechanisms;
  bool looked; /* at the mechanisms */
};

/* Root of a new namespace with just the own id, which every process may map (user_namespaces(7)). */
static int enter_user_namespace(void) {
  char users[32], groups[32];
  (void)snprintf(users, sizeof users, "0 %u 1\n", (unsigned)geteuid());
  (void)snprintf(groups, sizeof groups, "0 %u 1\n", (unsigned)getegid());
  if (unshare(CLONE_NEWUSER) != 0) return -1;
  (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (cgroup_write(AT_FDCWD, "/proc/self/setgroups", "deny") != 0 || cgroup_write(AT_FDCWD, "/proc/self/uid_map", users) != 0) return -1;
  return cgroup_write(AT_FDCWD, "/proc/self/gid_map", groups);
}

static void note(struct finding *finding, const char *act) { (void)snprintf(finding->reason, sizeof finding->reason, "%s: %s", act, strerror(errno)); }

static void attempt(const struct trial *trial, struct finding *finding) {
  if (trial->attempt() == 0)
    finding->available = true;
  else
    note(finding, "it was refused");
}

static void wait_for(pid_t pid) {
  int status;
  (void)SG_EINTR(waitpid(pid, &status, 0));
}

static void run_trial(const struct trial *trial, struct finding *finding) {
  if (enter_user_namespace() != 0) {
    note(finding, "no user namespace can be made");
    return;
  }
  if (unshare((int)trial->namespaces) != 0) {
    note(finding, "no such namespace can be made");
    return;
  }
  if ((trial->namespaces & CLONE_NEWNS) != 0 && sg_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
    note(finding, "mounts cannot be made private");
    return;
  }
  /* A new PID namespace begins with the next child. */
  pid_t pid = (trial->namespaces & CLONE_NEWPID) != 0 ? fork() : 0;
  if (pid == 0) {
    attempt(trial, finding);
    _exit(0);
  }
  if (pid < 0)
    note(finding, "no process can be made in it");
  else
    wait_for(pid);
}

/* What depends on the host's set-up rather than its kernel, by the very code that serves. */
static void look_at_mechanisms(struct findings *findings) {
  /* An image as most are: it tells which disk a rate would be for. */
  static char usr[] = "/usr";
  struct entry programs = {.kind = ENTRY_BIND, .source = usr, .path = usr};
  struct image image = {.entries = &programs, .count = 1};
  struct config config = {.uid_range = 1024, .max_sandboxes = 1, .allow_uid = -1, .images = &image, .image_count = 1};
  struct cgroups cgroups = {.count = 0};
  struct cpusets cpusets;
  struct cgroup_handles handles;
  struct sg_error error;
  struct ids ids;
  const struct limits limits = {.memory_bytes = 16 << 20, .processes = 8, .cpu_milli = 1000, .disk_bytes = 1 << 20, .inodes = 64};
  struct mechanisms *mechanisms = &findings->mechanisms;
  bool privileged = rootless_is_privileged();
  (void)snprintf(config.instance, sizeof config.instance, "probe-%d", (int)getpid());
  if (cgroup_find_hierarchies(&cgroups, privileged, &error) != 0 || cgroup_begin(&cgroups, &config, privileged, &cpusets, mechanisms, &error) != 0 ||
      cgroup_create(&cgroups, 1, &limits, &handles, &error) != 0)
    for (int i = 0; i < MECHANISM_COUNT; i++)
      if (i != MECHANISM_SEPARATE_UID)
        mechanism_missing(mechanisms, (enum mechanism)i, "Make /sys/fs/cgroup writable for the launcher.", "%s: %s", error.detail, strerror(error.err));
  (void)cgroup_remove(&cgroups, 1);
  cgroup_end(&cgroups, config.instance);
  cleanup_fd int procfs = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if ((!privileged && rootless_enter(&error) != 0) || ids_choose(&ids, procfs, &config, mechanisms, &error) != 0)
    mechanism_missing(mechanisms, MECHANISM_SEPARATE_UID, USER_REMEDY, "%s: %s", error.detail, strerror(error.err));
  findings->looked = true;
}

static void print(const char *separator, const char *name, bool available, const char *reason, const char *remedy) {
  printf("%s{\"name\":\"%s\",\"available\":%s,\"reason\":", separator, name, available ? "true" : "false");
  json_string(stdout, available ? "" : reason);
  fputs(",\"remedy\":", stdout);
  json_string(stdout, available ? "" : remedy);
  fputs("}", stdout);
}

static void print_all(const struct findings *findings) {
  fputs("{\"mechanisms\":[", stdout);
  for (int i = 0; i < TRIAL_COUNT; i++) {
    const struct finding *finding = &findings->trials[i];
    print(i == 0 ? "" : ",", TRIALS[i].name, finding->available, finding->reason, TRIALS[i].remedy);
  }
  for (int i = 0; i < MECHANISM_COUNT; i++) {
    const struct weakness *weakness = &findings->mechanisms.of[i];
    print(",", mechanism_name((enum mechanism)i), !weakness->missing && findings->looked, weakness->missing ? weakness->reason : "the probe ended early",
          weakness->remedy);
  }
  puts("]}");
}

int probe(struct sg_error *error) {
  struct findings *findings = mmap(NULL, sizeof *findings, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (findings == MAP_FAILED) return sg_fail(error, SG_STEP_OUT_OF_MEMORY, errno, "share findings");
  for (int i = 0; i <= TRIAL_COUNT; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      if (i < TRIAL_COUNT)
        run_trial(&TRIALS[i], &findings->trials[i]);
      else
        look_at_mechanisms(findings);
      _exit(0);
    }
    if (pid < 0) return sg_fail(error, SG_STEP_FORK, errno, "start a trial");
    wait_for(pid);
  }
  print_all(findings);
  return 0;
}
