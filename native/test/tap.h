/* Test Anything Protocol in a few macros: a failing check is printed with its place and the program goes on. */
#ifndef SG_TAP_H
#define SG_TAP_H

#include <stdio.h>

static int tap_count;
static int tap_failed;

#define CHECK(condition, title)                                                                                        \
  do {                                                                                                                 \
    int tap_passed = (condition) ? 1 : 0;                                                                              \
    printf("%sok %d - %s\n", tap_passed ? "" : "not ", ++tap_count, title);                                            \
    if (!tap_passed) tap_failed++, printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                             \
  } while (0)

#define TAP_END() (printf("1..%d\n", tap_count), fflush(stdout), tap_failed == 0 ? 0 : 1)

#endif
