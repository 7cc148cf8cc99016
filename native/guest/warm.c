/* A runtime is started and ended without a program: what it opens on the way is just what programs will need. It runs as nobody, in the image, and draws
 * random numbers that no program will see: each copy of the snapshot gets numbers of its own before anything else. */
#include "warm.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "guest.h"

/* All of them together; a template is made once, but somebody waits for it. With translated instructions Node takes two seconds. */
enum { TOGETHER_MS = 12000, PAUSE_US = 2000, NOBODY = 65534, STREAMS = 3, FILE_BYTES = 1 << 20 };

static char *const RUNTIMES[][4] = {
    {"/bin/sh", "-c", ":", NULL},        {"/usr/bin/python3", "-c", "pass", NULL}, {"/usr/bin/perl", "-e", "0", NULL},
    {"/bin/bash", "-c", ":", NULL},      {"/usr/bin/ruby", "-e", "0", NULL},       {"/usr/bin/php", "-r", ";", NULL},
    {"/usr/bin/lua5.4", "-e", "", NULL}, {"/opt/sandglass/node/bin/node", "-e", "0", NULL},
};

static long now_ms(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn static void become_runtime(char *const argv[]) {
  char *const environment[] = {(char[]){"PATH=/usr/local/bin:/usr/bin:/bin"}, (char[]){"LANG=C.UTF-8"}, NULL};
  const struct rlimit files = {FILE_BYTES, FILE_BYTES}, none = {0, 0};
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = 0; stream < STREAMS; stream++)
    if (nothing < 0 || dup2(nothing, stream) != stream) _exit(1);
  if (chroot(GUEST_IMAGE) != 0 || chdir("/") != 0 || setrlimit(RLIMIT_FSIZE, &files) != 0 || setrlimit(RLIMIT_CORE, &none) != 0) _exit(1);
  if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0) _exit(1);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(1);
  (void)execve(argv[0], argv, environment);
  _exit(127);
}

/* Ends every process but this one, which is the first of its kernel, and takes their ends over. */
static void end_others(void) {
  (void)kill(-1, SIGKILL);
  while (SG_EINTR(waitpid(-1, NULL, 0)) > 0) continue;
}

/* Returns whether it ended in time. */
static bool run(char *const argv[], long until_ms) {
  pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) become_runtime(argv);
  bool has_ended = false;
  while (!has_ended && now_ms() < until_ms) {
    has_ended = waitpid(child, NULL, WNOHANG) == child;
    if (!has_ended) (void)usleep(PAUSE_US);
  }
  end_others();
  return has_ended;
}

void warm_runtimes(void) {
  long until_ms = now_ms() + TOGETHER_MS;
  for (size_t i = 0; i < sizeof RUNTIMES / sizeof *RUNTIMES; i++)
    if (!run(RUNTIMES[i], until_ms)) return;
}
