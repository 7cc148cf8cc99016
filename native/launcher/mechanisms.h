/* The isolation mechanisms that a host can lack, which of them the operator accepts to miss, and what is missing here. */
#ifndef SG_MECHANISMS_H
#define SG_MECHANISMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* number, name, whether the launcher refuses to start without it (unless accepted) */
#define SG_MECHANISMS(X)             \
  X(MEMORY, "memory", true)          \
  X(PIDS, "pids", true)              \
  X(CPU, "cpu", true)                \
  X(SEPARATE_UID, "separate-uid", true) \
  X(IO, "io", false)                 \
  X(NO_SWAP, "no-swap", false)       \
  X(AGENT_BOUND, "agent-bound", false)

enum mechanism {
#define SG_MECHANISM_ENUM(symbol, name, required) MECHANISM_##symbol,
  SG_MECHANISMS(SG_MECHANISM_ENUM)
#undef SG_MECHANISM_ENUM
  MECHANISM_COUNT
};

struct weakness {
  bool missing;
  char reason[200];
  char remedy[240];
};

struct mechanisms {
  struct weakness of[MECHANISM_COUNT];
};

const char *mechanism_name(enum mechanism mechanism);
/* The mechanism of that name, or -1. */
int mechanism_by_name(const char *name, size_t length);
/* Notes that `mechanism` is missing. The first reason is kept: later ones follow from it. */
void mechanism_missing(struct mechanisms *mechanisms, enum mechanism mechanism, const char *remedy, const char *reason, ...)
    __attribute__((format(printf, 4, 5)));
/* The first mechanism that is missing, required and not in the bit set `accepted`; -1 when there is none. */
int mechanisms_refused(const struct mechanisms *mechanisms, uint32_t accepted);
/* Writes `"enforced":[...],"weaker":[...]`. */
void mechanisms_print(const struct mechanisms *mechanisms, FILE *out);

#endif
