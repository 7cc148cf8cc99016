#include "mechanisms.h"

#include <stdarg.h>
#include <string.h>

#include "json.h"

static const char *const NAMES[] = {
#define SG_MECHANISM_NAME(symbol, name, required) name,
    SG_MECHANISMS(SG_MECHANISM_NAME)
#undef SG_MECHANISM_NAME
};

static const bool REQUIRED[] = {
#define SG_MECHANISM_REQUIRED(symbol, name, required) required,
    SG_MECHANISMS(SG_MECHANISM_REQUIRED)
#undef SG_MECHANISM_REQUIRED
};

/* Part of every sandbox: where one of these cannot be had, creation fails, so they can be stated without a look. */
static const char *const ALWAYS[] = {"user-namespace",   "pid-namespace",  "mount-namespace",   "network-namespace", "ipc-namespace",
                                     "uts-namespace",    "cgroup-namespace", "read-only-root",  "private-proc",      "hidden-processes",
                                     "no-capabilities", "no-new-privileges", "seccomp",        "disk"};

const char *mechanism_name(enum mechanism mechanism) { return NAMES[mechanism]; }

int mechanism_by_name(const char *name, size_t length) {
  for (int i = 0; i < MECHANISM_COUNT; i++)
    if (strlen(NAMES[i]) == length && memcmp(NAMES[i], name, length) == 0) return i;
  return -1;
}

void mechanism_missing(struct mechanisms *mechanisms, enum mechanism mechanism, const char *remedy, const char *reason, ...) {
  struct weakness *weakness = &mechanisms->of[mechanism];
  if (weakness->missing) return;
  weakness->missing = true;
  (void)snprintf(weakness->remedy, sizeof weakness->remedy, "%s", remedy);
  va_list arguments;
  va_start(arguments, reason);
  (void)vsnprintf(weakness->reason, sizeof weakness->reason, reason, arguments);
  va_end(arguments);
}

int mechanisms_refused(const struct mechanisms *mechanisms, uint32_t accepted) {
  for (int i = 0; i < MECHANISM_COUNT; i++)
    if (mechanisms->of[i].missing && REQUIRED[i] && (accepted & 1u << i) == 0) return i;
  return -1;
}

void mechanisms_print(const struct mechanisms *mechanisms, FILE *out) {
  fputs("\"enforced\":[", out);
  for (size_t i = 0; i < sizeof ALWAYS / sizeof *ALWAYS; i++) fprintf(out, "%s\"%s\"", i == 0 ? "" : ",", ALWAYS[i]);
  for (int i = 0; i < MECHANISM_COUNT; i++)
    if (!mechanisms->of[i].missing) fprintf(out, ",\"%s\"", NAMES[i]);
  fputs("],\"weaker\":[", out);
  const char *separator = "";
  for (int i = 0; i < MECHANISM_COUNT; i++) {
    if (!mechanisms->of[i].missing) continue;
    fprintf(out, "%s{\"mechanism\":\"%s\",\"reason\":", separator, NAMES[i]);
    json_string(out, mechanisms->of[i].reason);
    fputs(",\"remedy\":", out);
    json_string(out, mechanisms->of[i].remedy);
    fputs("}", out);
    separator = ",";
  }
  fputs("]", out);
}
