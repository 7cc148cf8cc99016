#include "processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

/* Fields 14 to 17 are the times, 20 the number of threads; they are counted behind the closing bracket of the command's name, which may
 * hold anything. */
static void add_process(const char *pid, struct processes *sum) {
  char path[32], text[512];
  (void)snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
  cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t count = fd < 0 ? -1 : SG_EINTR(read(fd, text, sizeof text - 1));
  if (count <= 0) return;
  text[count] = '\0';
  const char *at = strrchr(text, ')');
  unsigned long long user, system, waited_user, waited_system, threads;
  if (at == NULL || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %llu", &user, &system,
                           &waited_user, &waited_system, &threads) != 5)
    return;
  sum->tasks += (uint32_t)threads;
  sum->cpu_ns += (user + system + waited_user + waited_system) * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

struct processes processes_alive(void) {
  struct processes sum = {.tasks = 0};
  DIR *directory = opendir("/proc");
  if (directory == NULL) return sum;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && strtol(entry->d_name, NULL, 10) != getpid()) add_process(entry->d_name, &sum);
  closedir(directory);
  return sum;
}
