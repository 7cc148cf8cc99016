#include "usage.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cleanup.h"
#include "processes.h"

enum { FACT_CPU = 1, FACT_MEMORY = 2, FACT_PIDS = 4, FACT_OTHER_UID = 8 };

/* cpu.stat and memory.events are the longest: some ten short lines, and the wanted one is among the first six. */
enum { COUNTER_BYTES = 1024 };

uint32_t usage_facts(const struct options *options) {
  uint32_t facts = 0;
  if (options->cpu >= 0) facts |= FACT_CPU;
  if (options->memory_peak >= 0 && options->memory_events >= 0) facts |= FACT_MEMORY;
  if (options->pids_peak >= 0) facts |= FACT_PIDS;
  if (options->uid != getuid()) facts |= FACT_OTHER_UID;
  return facts;
}

/* One read gives a consistent view. */
static int read_counter(int fd, const char *name, char text[COUNTER_BYTES], struct sg_error *error) {
  ssize_t count = SG_EINTR(pread(fd, text, COUNTER_BYTES - 1, 0));
  if (count <= 0) return sg_fail(error, SG_STEP_READ_COUNTER, count < 0 ? errno : ENODATA, "%s", name);
  text[count] = '\0';
  return 0;
}

/* The number behind `name` at the start of a line, as in "oom_kill 3". */
static int named_value(const char *text, const char *name, uint64_t *value, struct sg_error *error) {
  size_t length = strlen(name);
  for (const char *line = text; line != NULL && *line != '\0';) {
    if (strncmp(line, name, length) == 0 && line[length] == ' ') {
      *value = strtoull(line + length + 1, NULL, 10);
      return 0;
    }
    line = strchr(line, '\n');
    if (line != NULL) line++;
  }
  return sg_fail(error, SG_STEP_READ_COUNTER, ENODATA, "there is no line \"%s\" in its file", name);
}

static int plain_value(int fd, const char *name, uint64_t *value, struct sg_error *error) {
  char text[COUNTER_BYTES];
  if (read_counter(fd, name, text, error) != 0) return -1;
  *value = strtoull(text, NULL, 10);
  return 0;
}

/* cpuacct.usage (v1) is a bare number of nanoseconds, cpu.stat (v2) has lines. */
static int cpu_from_counter(int fd, uint64_t *ns, struct sg_error *error) {
  char text[COUNTER_BYTES];
  if (read_counter(fd, "cpu", text, error) != 0) return -1;
  if (text[0] >= '0' && text[0] <= '9') {
    *ns = strtoull(text, NULL, 10);
    return 0;
  }
  if (named_value(text, "usage_usec", ns, error) != 0) return -1;
  *ns *= 1000;
  return 0;
}

static uint64_t to_ns(struct timeval time) { return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u; }

static uint64_t cpu_from_proc(void) {
  struct rusage reaped;
  getrusage(RUSAGE_CHILDREN, &reaped);
  return to_ns(reaped.ru_utime) + to_ns(reaped.ru_stime) + processes_alive().cpu_ns;
}

int usage_cpu_ns(const struct options *options, uint64_t *ns, struct sg_error *error) {
  if (options->cpu >= 0) return cpu_from_counter(options->cpu, ns, error);
  *ns = cpu_from_proc();
  return 0;
}

int usage_oom_kills(const struct options *options, uint32_t *kills, struct sg_error *error) {
  char text[COUNTER_BYTES];
  uint64_t value = 0;
  if (options->memory_events >= 0 &&
      (read_counter(options->memory_events, "memory events", text, error) != 0 || named_value(text, "oom_kill", &value, error) != 0))
    return -1;
  *kills = (uint32_t)value;
  return 0;
}

uint64_t usage_largest_resident_bytes(void) {
  struct rusage reaped;
  getrusage(RUSAGE_CHILDREN, &reaped);
  return (uint64_t)reaped.ru_maxrss * 1024;
}

static int read_memory_peak(const struct options *options, uint64_t *bytes, struct sg_error *error) {
  if (options->memory_peak >= 0) return plain_value(options->memory_peak, "memory peak", bytes, error);
  *bytes = usage_largest_resident_bytes();
  return 0;
}

static int read_processes_peak(const struct options *options, uint32_t *count, struct sg_error *error) {
  uint64_t value = 0;
  if (options->pids_peak >= 0) {
    if (plain_value(options->pids_peak, "pids peak", &value, error) != 0) return -1;
  } else {
    value = processes_alive().tasks;
  }
  *count = (uint32_t)value;
  return 0;
}

static int read_forks_refused(const struct options *options, uint32_t *count, struct sg_error *error) {
  char text[COUNTER_BYTES];
  uint64_t value = 0;
  if (options->pids_events >= 0 &&
      (read_counter(options->pids_events, "pids events", text, error) != 0 || named_value(text, "max", &value, error) != 0))
    return -1;
  *count = (uint32_t)value;
  return 0;
}

int usage_read(const struct options *options, struct usage *usage, struct sg_error *error) {
  bool is_read = usage_cpu_ns(options, &usage->cpu_ns, error) == 0 && read_memory_peak(options, &usage->memory_peak_bytes, error) == 0 &&
                 read_processes_peak(options, &usage->processes_peak, error) == 0 &&
                 usage_oom_kills(options, &usage->oom_kills, error) == 0 && read_forks_refused(options, &usage->forks_refused, error) == 0;
  return is_read ? 0 : -1;
}

void usage_reset_peak(const struct options *options) {
  if (options->memory_peak < 0) return;
  ssize_t written = pwrite(options->memory_peak, "0", 1, 0);
  (void)written; /* a read-only counter or an older kernel: said in the header */
}
