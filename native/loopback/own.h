#ifndef SG_OWN_H
#define SG_OWN_H

/* Moves this process into a new network namespace, in which every IPv4 address of a host is one of the loopback interface. Returns 0, or -1 with errno. */
int make_own_network(void);

#endif
