/* One output of a program: read under the worker's credit, cut at the limit. */
#ifndef SG_OUTPUT_H
#define SG_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "stream.h"
#include "watch.h"

/* The numbers of OUTPUT's flags. */
enum output_kind { OUTPUT_STDOUT = 1, OUTPUT_STDERR = 2, OUTPUT_TERMINAL = 3 };

struct output {
  struct watch source;
  uint8_t kind;
  bool is_truncated;    /* there was more than the limit */
  bool is_hung_up;      /* a terminal that nobody has open now, though the program runs */
  bool is_program_over; /* what is there is all there will be */
  uint64_t credit;      /* bytes that the worker still takes */
  uint64_t bytes;       /* read, delivered or not */
  uint64_t limit_bytes; /* UINT64_MAX for none */
  uint64_t left_at_end; /* once the program ended: how much more to read at most; UINT64_MAX before */
};

/* True when it is open and reading it would bring something to deliver or to discard. */
bool output_wants(const struct output *output);

/* Reads once and queues OUTPUT for `id`, or discards what is past the limit. Closes it at its end, a terminal not before its program's: closing
 * the master hangs up whoever has the terminal, and a program that closes its descriptors on its way out would die of SIGHUP. Returns false when
 * there was nothing to read now. */
bool output_read(struct output *output, int epoll, uint16_t id, struct stream *stream);

/* The program has ended: reads what it left, as far as credit and queue allow, and closes it once that is done. */
void output_drain(struct output *output, int epoll, uint16_t id, struct stream *stream);

/* Limits what output_drain takes to what is there now: for the case that others go on writing. */
void output_end_here(struct output *output);

#endif
