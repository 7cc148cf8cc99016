#ifndef SG_NETWORK_H
#define SG_NETWORK_H

#include "error.h"

/* Brings the loopback interface of this network namespace up; it is the only interface there is. */
int network_loopback_up(struct sg_error *error);

/* Makes every IPv4 address of a host one of this network namespace's own (a local route to lo, ip-route(8)): what is sent there stays in the namespace, and
 * the relay can listen on addresses that runs may reach. */
int network_keep_everything(struct sg_error *error);

/* Lets programs without privilege listen on every port of this network namespace, which is theirs alone (ip_unprivileged_port_start, ip-sysctl). */
int network_open_low_ports(int procfs, struct sg_error *error);

#endif
