#include "limits.h"

#include <sched.h>

#include "agent.h"
#include "children.h"
#include "processes.h"

/* Counters are looked at again when the CPU time that is left could be used up, with every processor busy; at least this often, so that an
 * out-of-memory kill of a child is noticed; and not more often than this. */
static const uint64_t CHECK_AT_MOST_EVERY_NS = 1000000u;
static const uint64_t CHECK_AT_LEAST_EVERY_NS = 100000000u;

static uint64_t usable_cpus(void) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : CPU_SETSIZE;
  return (uint64_t)count;
}

static uint64_t time_to_next_check(const struct execution *execution, uint64_t used_ns) {
  uint64_t soonest_ns = (execution->cpu_limit_ns - used_ns) / usable_cpus();
  if (soonest_ns < CHECK_AT_MOST_EVERY_NS) return CHECK_AT_MOST_EVERY_NS;
  return soonest_ns < CHECK_AT_LEAST_EVERY_NS ? soonest_ns : CHECK_AT_LEAST_EVERY_NS;
}

static int check_usage(struct agent *agent, struct execution *execution, uint64_t now_ns, struct sg_error *error) {
  uint32_t oom_kills = 0;
  uint64_t cpu_ns = 0;
  if (usage_oom_kills(agent->options, &oom_kills, error) != 0 || usage_cpu_ns(agent->options, &cpu_ns, error) != 0) return -1;
  uint64_t used_ns = cpu_ns - execution->baseline.cpu_ns;
  if (oom_kills != execution->baseline.oom_kills) {
    /* Cgroup v1 kills one process and leaves the others waiting for it. */
    stop_execution(agent, execution, STOP_OUT_OF_MEMORY);
  } else if (used_ns >= execution->cpu_limit_ns) {
    stop_execution(agent, execution, STOP_CPU_TIME);
  } else {
    execution->next_check_ns = now_ns + time_to_next_check(execution, used_ns);
  }
  if (agent->options->pids_peak >= 0) return 0;
  uint32_t tasks = processes_alive().tasks;
  if (tasks > execution->tasks_seen) execution->tasks_seen = tasks;
  return 0;
}

static int enforce_one(struct agent *agent, struct execution *execution, uint64_t now_ns, struct sg_error *error) {
  /* Nothing can be used up before the first interval is over. */
  if (execution->next_check_ns == execution->spawned_ns) execution->next_check_ns += time_to_next_check(execution, 0);
  if (now_ns >= execution->deadline_ns) {
    stop_execution(agent, execution, STOP_WALL_TIME);
    return 0;
  }
  return now_ns >= execution->next_check_ns ? check_usage(agent, execution, now_ns, error) : 0;
}

static bool is_limited(const struct execution *execution) {
  return (execution->phase == EXECUTION_STARTING || execution->phase == EXECUTION_RUNNING) && execution->reason == STOP_NONE;
}

int limits_enforce(struct agent *agent, uint64_t now_ns, uint64_t *next_ns, struct sg_error *error) {
  *next_ns = UINT64_MAX;
  for (int i = 0; i < SG_MAX_EXECUTIONS; i++) {
    struct execution *execution = &agent->executions[i];
    if (is_limited(execution) && enforce_one(agent, execution, now_ns, error) != 0) return -1;
    if (!is_limited(execution)) continue;
    if (execution->deadline_ns < *next_ns) *next_ns = execution->deadline_ns;
    if (execution->next_check_ns < *next_ns) *next_ns = execution->next_check_ns;
  }
  return 0;
}
