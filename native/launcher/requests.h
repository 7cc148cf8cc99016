/* What the worker's frames ask for (docs/agent-protocol.md, section 5). */
#ifndef SG_REQUESTS_H
#define SG_REQUESTS_H

#include "server.h"

/* Acts on the first frame of a connection. True when the connection was taken over, by a sandbox or as control; else `error` is to be answered. */
bool request_first(struct server *server, struct connection *connection, const struct sg_frame *frame, struct sg_error *error);

/* Acts on a frame of the control connection. False when it breaks the protocol. */
bool request_control(struct server *server, const struct sg_frame *frame, struct sg_error *error);

/* Tells the control connection that a sandbox is gone, if it is owed that. */
void request_report_gone(struct server *server, const struct sandbox *sandbox);

#endif
