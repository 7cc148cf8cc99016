/* The launcher: makes sandboxes on request, bounds them, ends them, and owns everything on the host that they consist of.
 *
 *   worker ── control ──▶ launcher ── clone ──▶ first process of a sandbox ── exec ──▶ agent (PID 1 inside)
 *      └───── one connection per sandbox ─────────────────────────────────────────────────┘
 *
 * Theory of operation. All that can be done once is done at start, in the order of `start` below: what needs the host (lock, leftovers, control
 * groups, socket, the agent's program), then, for an ordinary user, a user namespace in which the launcher is root, then the images (template.c).
 * From there root and ordinary user run the same code. Serving (server.c) never waits: a new sandbox prepares itself (inside.c).
 *
 * Whatever dies, nothing stays: the worker's end closes the streams, which ends the agents, each of which takes its sandbox along; the launcher's
 * end kills the agents (PR_SET_PDEATHSIG); what only a living launcher can remove is removed by the next one (leftovers.c).
 *
 * Exit codes: 0 ended as asked, 1 failed while serving, 2 wrong use or configuration, 3 a mechanism that must not be missing is missing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cgroup_instance.h"
#include "cgroup_layout.h"
#include "cleanup.h"
#include "json.h"
#include "launcher.h"
#include "leftovers.h"
#include "probe.h"
#include "rootless.h"
#include "self.h"
#include "server.h"
#include "spawn.h"

enum { EXIT_ENDED = 0, EXIT_SERVING = 1, EXIT_USAGE = 2, EXIT_MECHANISM = 3 };

struct options {
  const char *config;
  bool exit_with_parent, probe;
};

static int parse_options(int argc, char **argv, struct options *options) {
  *options = (struct options){.config = NULL};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
      options->config = argv[++i];
    else if (strcmp(argv[i], "--exit-with-parent") == 0)
      options->exit_with_parent = true;
    else if (strcmp(argv[i], "--probe") == 0)
      options->probe = true;
    else
      return -1;
  }
  return options->config != NULL || options->probe ? 0 : -1;
}

/* What needs the host as it is. */
static int prepare_host(struct launcher *launcher, struct sg_error *error) {
  const struct config *config = &launcher->config;
  bool privileged = !launcher->rootless;
  launcher->procfs = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (launcher->procfs < 0) return sg_fail(error, SG_STEP_MOUNT_PROC, errno, "open /proc");
  if (instance_lock(&launcher->instance, config, error) != 0) return -1;
  if (cgroup_find_hierarchies(&launcher->cgroups, privileged, error) != 0) return -1;
  leftovers_remove_groups(&launcher->cgroups);
  leftovers_remove_state(launcher->instance.state, config->instance);
  if (cgroup_begin(&launcher->cgroups, config, privileged, &launcher->cpusets, &launcher->mechanisms, error) != 0) return -1;
  if (config->disk_path != NULL && writable_disk_open(&launcher->disk, config->disk_path, error) != 0) return -1;
  launcher->agent = self_copy_program(config->agent_path, error);
  if (launcher->agent < 0) return -1;
  return instance_listen(&launcher->instance, config, error);
}

static int refuse_if_weaker(const struct launcher *launcher, struct sg_error *error, const char **remedy) {
  int missing = mechanisms_refused(&launcher->mechanisms, launcher->config.accepted);
  if (missing < 0) return 0;
  const struct weakness *weakness = &launcher->mechanisms.of[missing];
  *remedy = weakness->remedy;
  return sg_fail(error, SG_STEP_NOT_ALLOWED, 0, "%s cannot be enforced: %s (or accept it: allow-weaker %s)", mechanism_name((enum mechanism)missing),
                 weakness->reason, mechanism_name((enum mechanism)missing));
}

static int start(struct launcher *launcher, struct sg_error *error, const char **remedy) {
  launcher->rootless = !rootless_is_privileged();
  if (prepare_host(launcher, error) != 0) return -1;
  if (launcher->rootless && rootless_enter(error) != 0) {
    *remedy = "Allow unprivileged user namespaces: sysctl user.max_user_namespaces=65536, and where they exist kernel.unprivileged_userns_clone=1 "
              "and kernel.apparmor_restrict_unprivileged_userns=0; or run the launcher as root.";
    return -1;
  }
  if (ids_choose(&launcher->ids, launcher->procfs, &launcher->config, &launcher->mechanisms, error) != 0) return -1;
  if (refuse_if_weaker(launcher, error, remedy) != 0) return -1;
  proc_covers_choose(&launcher->covers, launcher->procfs);
  if (templates_build(&launcher->templates, &launcher->config, launcher->procfs, error) != 0) return -1;
  networks_init(&launcher->networks, launcher->procfs);
  if (self_reduce(launcher->ids.separate, error) != 0) return -1;
  /* One sandbox of each image now, so that what cannot work is known before anybody asks. */
  for (size_t i = 0; i < launcher->config.image_count; i++)
    if (spawn_trial(launcher, i, error) != 0) return -1;
  return 0;
}

static void end(struct launcher *launcher) {
  cgroup_end(&launcher->cgroups, launcher->config.instance);
  instance_close(&launcher->instance, &launcher->config);
  config_free(&launcher->config);
}

static int serve(struct launcher *launcher, const struct options *options, const sigset_t *signals, struct sg_error *error) {
  cleanup_fd int parent = options->exit_with_parent ? self_watch_parent(error) : -1;
  if (options->exit_with_parent && parent < 0) return EXIT_USAGE;
  const char *remedy = NULL;
  if (start(launcher, error, &remedy) != 0) {
    log_failure(error, remedy);
    return EXIT_MECHANISM;
  }
  if (server_run(launcher, parent, signals, error) == 0) return EXIT_ENDED;
  log_failure(error, NULL);
  return EXIT_SERVING;
}

int main(int argc, char **argv) {
  static struct launcher launcher = {
      .procfs = -1, .agent = -1, .instance = {.state = -1, .lock = -1, .socket_directory = -1, .listener = -1}, .cgroups = {.fast_moves = -1}, .networks = {.own = -1}, .disk = {.reserved = -1}};
  struct options options;
  struct sg_error error;
  sigset_t signals;
  if (parse_options(argc, argv, &options) != 0) {
    fputs("usage: sandglass-launcher --config FILE [--exit-with-parent] | --probe\n", stderr);
    return EXIT_USAGE;
  }
  if (self_begin(&signals, &error) != 0 || (!options.probe && config_read(options.config, &launcher.config, &error) != 0)) {
    log_failure(&error, NULL);
    return EXIT_USAGE;
  }
  if (options.probe) {
    if (probe(&error) == 0) return EXIT_ENDED;
    log_failure(&error, NULL);
    return EXIT_SERVING;
  }
  int code = serve(&launcher, &options, &signals, &error);
  end(&launcher);
  return code;
}
