/* The stdin of a program: buffered up to what the worker was granted. */
#ifndef SG_PROGRAM_INPUT_H
#define SG_PROGRAM_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watch.h"

/* The credit a program begins with (section 2.2 of the protocol), and when to give some back: rarely, so that little input causes no
 * message. */
enum { SG_STDIN_WINDOW = 256 * 1024, SG_STDIN_GRANT = 64 * 1024 };

struct program_input {
  struct watch sink; /* the pipe; a terminal's input goes to its master, which belongs to the output */
  bool has_ended;    /* end of file is asked for, once everything before it is written */
  bool is_line_empty;
  uint8_t *bytes;
  size_t start, end, capacity;
  size_t own_bytes;     /* of what is buffered: typed by the agent, not paid for by the worker */
  uint32_t credit_left; /* what the worker may still send */
  uint32_t owed;        /* taken by the program, not granted again yet */
};

/* Keeps what the worker sent. `terminal` is the master or -1. Returns -1 when it is more than was granted or comes after the end. */
int input_feed(struct program_input *input, int terminal, const uint8_t *bytes, size_t count, bool is_last);

/* Writes what the program takes now to the pipe, or to the terminal when that is not -1. What a program no longer reads is dropped quietly.
 */
void input_write(struct program_input *input, int epoll, int terminal);

/* Bytes to grant the worker now, 0 for none yet. */
uint32_t input_take_grant(struct program_input *input);

/* Whether something waits for the program to read. */
bool input_is_waiting(const struct program_input *input);

void input_close(struct program_input *input, int epoll);

#endif
