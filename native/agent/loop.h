/* The one loop: waits for the stream, the programs' pipes, ended children and time. */
#ifndef SG_LOOP_H
#define SG_LOOP_H

#include "agent.h"

/* Opens what the loop waits for. Returns 0 or -1. */
int loop_open(struct agent *agent, struct sg_error *error);

/* Runs until the stream ends. Returns 0 then, or -1 when the peer broke the protocol or the agent failed, with the error to send as FAULT.
 */
int loop_run(struct agent *agent, struct sg_error *error);

#endif
