/* The processes of the sandbox as /proc shows them (proc_pid_stat(5)): for hosts without a cgroup to ask. */
#ifndef SG_PROCESSES_H
#define SG_PROCESSES_H

#include <stdint.h>

struct processes {
  uint32_t tasks;  /* processes and threads, the agent left out */
  uint64_t cpu_ns; /* theirs and that of the children they waited for, in steps of a clock tick */
};

/* A process that ends meanwhile is left out. */
struct processes processes_alive(void);

#endif
