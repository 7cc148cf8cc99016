/* The end of processes: killing all of them, reaping each. As PID 1 the agent inherits every orphan. */
#ifndef SG_CHILDREN_H
#define SG_CHILDREN_H

#include "execution.h"

struct agent;

/* SIGKILL to every process but the agent. What was running without a reason to end has STOP_ASKED from now on. agent->is_sweeping until all
 * are gone. */
void kill_everything(struct agent *agent);

/* Ends an execution at a limit, with everything else, and remembers the first reason. */
void stop_execution(struct agent *agent, struct execution *execution, enum stop_reason reason);

/* Takes in what ended; not all of it at once when there is very much. */
void reap_children(struct agent *agent);

#endif
