/* A loop like those in which programs spend their time: an interpreter's, with a branch that depends on what was read, a store for every turn, and a system
 * call now and then. How many times longer it takes in a guest is how many times longer programs take there. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"

enum { TURNS = 6000000, CODE = 4096, CELLS = 65536, TURNS_PER_CALL = 2000 };
static const uint64_t US_PER_S = 1000000u, NS_PER_US = 1000u;

typedef uint32_t (*operation)(uint32_t *cells, uint32_t at, uint32_t value);

static uint32_t add(uint32_t *cells, uint32_t at, uint32_t value) { return cells[at] += value; }
static uint32_t mix(uint32_t *cells, uint32_t at, uint32_t value) { return cells[at] ^= value << 3 | value >> 29; }
static uint32_t follow(uint32_t *cells, uint32_t at, uint32_t value) { return cells[(at + value) % CELLS]; }
static uint32_t choose(uint32_t *cells, uint32_t at, uint32_t value) { return value % 3 == 0 ? cells[at]++ : (value & 1) != 0 ? cells[at ^ 1] : value + at; }

int machine_calibrate(struct sg_error *error) {
  static const operation OPERATIONS[] = {add, mix, follow, choose};
  static uint32_t cells[CELLS];
  static uint8_t code[CODE];
  uint32_t value = 1;
  for (int i = 0; i < CODE; i++) {
    value = value * 1664525u + 1013904223u;
    code[i] = (uint8_t)(value >> 24);
  }
  for (uint32_t turn = 0; turn < TURNS; turn++) {
    uint8_t byte = code[turn % CODE];
    value = OPERATIONS[byte & 3](cells, (turn * 31u + byte) % CELLS, value + byte);
    if (turn % TURNS_PER_CALL == 0) (void)syscall(SYS_getppid);
  }
  struct timespec used;
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return sg_fail(error, SG_STEP_READ_COUNTER, errno, "read the processor time");
  /* The last figure is of no meaning: a loop whose outcome nobody sees might be left out. */
  (void)printf("%" PRIu64 " %" PRIu32 "\n", (uint64_t)used.tv_sec * US_PER_S + (uint64_t)used.tv_nsec / NS_PER_US, value);
  return 0;
}
