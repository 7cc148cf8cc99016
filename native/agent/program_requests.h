/* EXEC and the requests about what runs. Each returns 0, or -1 when the frame breaks the protocol. */
#ifndef SG_PROGRAM_REQUESTS_H
#define SG_PROGRAM_REQUESTS_H

#include "error.h"
#include "wire.h"

struct agent;

int handle_exec(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);
int handle_stdin(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);
int handle_credit(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);
int handle_signal(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);
int handle_resize(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);
int handle_kill(struct agent *agent, const struct sg_frame *frame, struct sg_error *error);

#endif
