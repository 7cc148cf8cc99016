/* Pseudo-terminals (pty(7)): the agent holds the master, only the program ever holds the other end. */
#ifndef SG_TERMINAL_H
#define SG_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/* A non-blocking, unlocked master of the sandbox's own devpts, owned by the program's user. The caller owns *master. */
int terminal_open(uint16_t columns, uint16_t rows, int *master, struct sg_error *error);

/* In the child, after setsid: opens the other end and makes it the controlling terminal. Returns it, or -1 with errno. Async-signal-safe.
 */
int terminal_enter(int master);

/* Returns 0, or -1 with errno; the foreground processes get SIGWINCH. */
int terminal_resize(int master, uint16_t columns, uint16_t rows);

/* The process group that has the terminal, -1 for none. */
pid_t terminal_foreground_group(int master);

/* What to type for an end of file: the EOF character, twice when the present line is not empty, since the first one then only hands over
 * the line (termios(3)). Returns how many were put into `characters`. */
int terminal_eof(int master, bool is_line_empty, uint8_t characters[2]);

#endif
