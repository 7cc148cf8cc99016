/* Primed runtimes end to end: a shell waits for its script, and everything else about it is as if it had been started with it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_harness.h"
#include "tap.h"

static const char *binary;

enum { PRIMED = 8, FACT_PRIMED = 0x200, REASON_WALL = 1, REASON_CPU = 2, REASON_ASKED = 5, PRIME_ID = 50, WRITE_ID = 60 };

static const char *const SHELL[] = {"sh", "main.sh", NULL};
static const char *const OTHER_SHELL[] = {"sh", "main.sh", "argument", NULL};

static void show(const struct outcome *o) {
  (void)printf("# started %d exited %d lost %d fault %d step %u err %u '%s' kind %u value %u reason %u facts 0x%x out '%.300s' err '%.300s'\n",
               o->is_started, o->is_exited, o->is_lost, o->is_fault, o->step, o->err, o->detail, o->kind, o->value, o->reason, o->facts,
               o->output[1] ? o->output[1] : "", o->output[2] ? o->output[2] : "");
}

#define EXPECT(condition, title)    \
  do {                              \
    bool expected_ = (condition);   \
    CHECK(expected_, title);        \
    if (!expected_) show(&outcome); \
  } while (0)

static bool is_text(const char *text, const char *expected) { return text != NULL && strcmp(text, expected) == 0; }
static bool contains(const char *text, const char *part) { return text != NULL && strstr(text, part) != NULL; }
static bool is_primed(const struct outcome *outcome) { return outcome->is_exited && outcome->facts & FACT_PRIMED; }

/* A fresh agent with a shell in it that waits for main.sh. */
static void start_primed(struct harness *h) {
  harness_start(h, binary);
  harness_prime(h, &(struct run){.id = PRIME_ID, .argv = SHELL}, "main.sh");
  if (harness_await_result(h, PRIME_ID, NULL) != SG_STEP_DONE) (void)printf("# not primed\n");
}

static void run_script(struct harness *h, const char *script, struct run run, struct outcome *outcome) {
  run.id = 1;
  if (run.argv == NULL) run.argv = SHELL;
  harness_write(h, WRITE_ID, "main.sh", script, SG_FIRST | SG_LAST | SG_QUIET);
  harness_run(h, &run, outcome);
}

/* What a script prints that was started the ordinary way, to compare with. */
static char *plainly(const char *script) {
  struct harness h;
  struct outcome outcome;
  harness_start(&h, binary);
  run_script(&h, script, (struct run){.flags = 0}, &outcome);
  char *text = outcome.output[1] == NULL ? strdup("") : strdup(outcome.output[1]);
  outcome_free(&outcome);
  (void)harness_stop(&h);
  return text;
}

static void a_program_finds_what_a_plain_start_gives(void) {
  static const char *const SCRIPTS[] = {
      "echo $0 $# $-; pwd; umask; ulimit -a; env | sort",
      "ls /proc/$$/fd; tr '\\0' '\\n' < /proc/$$/environ | sed '/^$/d'; tr '\\0' ' ' < /proc/$$/cmdline",
      "grep -E '^(Cap|NoNewPrivs|Seccomp:|Sig[BIC]|Uid|Gid|Groups|TracerPid|Threads)' /proc/self/status; cat /proc/$$/oom_score_adj",
      "sh -c 'env; ls /proc/$$/fd; grep -c prime /proc/$$/maps'",
  };
  for (size_t i = 0; i < sizeof SCRIPTS / sizeof *SCRIPTS; i++) {
    struct harness h;
    struct outcome outcome;
    char title[64];
    char *expected = plainly(SCRIPTS[i]);
    start_primed(&h);
    run_script(&h, SCRIPTS[i], (struct run){.flags = PRIMED}, &outcome);
    (void)snprintf(title, sizeof title, "what script %zu sees is what it sees when started plainly", i + 1);
    EXPECT(is_primed(&outcome) && strlen(expected) > 0 && is_text(outcome.output[1], expected), title);
    if (!is_text(outcome.output[1], expected)) (void)printf("# expected '%.600s'\n", expected);
    outcome_free(&outcome);
    free(expected);
    (void)harness_stop(&h);
  }
}

static void streams_and_ends_are_those_of_any_program(void) {
  struct harness h;
  struct outcome outcome;
  start_primed(&h);
  run_script(&h, "cat; echo problem >&2; exit 3", (struct run){.flags = PRIMED, .input = "first\nsecond"}, &outcome);
  EXPECT(is_primed(&outcome) && outcome.kind == 0 && outcome.value == 3 && is_text(outcome.output[1], "first\nsecond") &&
             is_text(outcome.output[2], "problem\n") && outcome.stdout_bytes == 12,
         "stdin, both outputs and the exit code pass through");
  outcome_free(&outcome);
  run_script(&h, "echo again", (struct run){.flags = PRIMED}, &outcome);
  EXPECT(outcome.is_exited && !is_primed(&outcome) && is_text(outcome.output[1], "again\n"), "a second program is started the ordinary way");
  outcome_free(&outcome);
  CHECK(harness_stop(&h) == 0, "and the agent ends cleanly");
}

static void anything_else_is_started_plainly(void) {
  struct harness h;
  struct outcome outcome;
  start_primed(&h);
  run_script(&h, "echo $# $1; ls /proc | grep -c '^[0-9]'", (struct run){.flags = PRIMED, .argv = OTHER_SHELL}, &outcome);
  EXPECT(outcome.is_exited && !is_primed(&outcome) && contains(outcome.output[1], "1 argument\n"), "other arguments are a plain start");
  outcome_free(&outcome);
  (void)harness_stop(&h);
  start_primed(&h);
  run_script(&h, "echo plain", (struct run){.flags = 0}, &outcome);
  EXPECT(outcome.is_exited && !is_primed(&outcome) && is_text(outcome.output[1], "plain\n"), "so is a program that does not ask for more");
  outcome_free(&outcome);
  (void)harness_stop(&h);
  start_primed(&h);
  run_script(&h, "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; done; echo", (struct run){.flags = PRIMED, .open_files = 64}, &outcome);
  EXPECT(outcome.is_exited && !is_primed(&outcome), "so is one with another bound that a start takes in");
  outcome_free(&outcome);
  (void)harness_stop(&h);
}

static void limits_hold_from_the_moment_it_begins(void) {
  struct harness h;
  struct outcome outcome;
  start_primed(&h);
  run_script(&h, "ulimit -f; ulimit -p; ulimit -t", (struct run){.flags = PRIMED, .file_bytes = 5120, .processes = 50, .cpu_ms = 3000}, &outcome);
  EXPECT(is_primed(&outcome) && is_text(outcome.output[1], "10\n50\n5\n"), "its rlimits are those of its EXEC");
  outcome_free(&outcome);
  (void)harness_stop(&h);
  start_primed(&h);
  run_script(&h, "while :; do :; done", (struct run){.flags = PRIMED, .cpu_ms = 100}, &outcome);
  EXPECT(is_primed(&outcome) && outcome.reason == REASON_CPU, "cpu time is counted and ends it");
  outcome_free(&outcome);
  (void)harness_stop(&h);
  start_primed(&h);
  run_script(&h, "sleep 1000", (struct run){.flags = PRIMED, .wall_ms = 100}, &outcome);
  EXPECT(is_primed(&outcome) && outcome.reason == REASON_WALL && outcome.wall_ns >= 100000000u && outcome.wall_ns < 10000000000u,
         "wall time counts from its beginning, not from when the runtime was started");
  outcome_free(&outcome);
  (void)harness_stop(&h);
}

static void one_that_is_lost_is_replaced(void) {
  struct harness h;
  struct outcome outcome;
  start_primed(&h);
  sg_begin(&h.out, SG_KILL, 0, 70);
  sg_end(&h.out);
  harness_send(&h);
  CHECK(harness_await_result(&h, 70, NULL) == SG_STEP_DONE, "KILL takes a waiting runtime along");
  run_script(&h, "echo here", (struct run){.flags = PRIMED}, &outcome);
  EXPECT(outcome.is_exited && !is_primed(&outcome) && is_text(outcome.output[1], "here\n"), "and the program is started the ordinary way");
  outcome_free(&outcome);
  (void)harness_stop(&h);
  start_primed(&h);
  harness_write(&h, WRITE_ID, "main.sh", "echo never", SG_FIRST | SG_LAST | SG_QUIET);
  struct run run = {.id = 1, .argv = SHELL, .flags = PRIMED};
  sg_begin(&h.out, SG_KILL, 0, 71);
  sg_end(&h.out);
  harness_exec(&h, &run);
  harness_send(&h);
  outcome = (struct outcome){.is_started = false};
  harness_await(&h, &run, &outcome);
  EXPECT(!outcome.is_started && outcome.step == SG_STEP_TOO_MANY_EXECS, "an EXEC during the sweep is refused as ever");
  outcome_free(&outcome);
  CHECK(harness_stop(&h) == 0, "and the agent ends cleanly");
}

static void a_program_is_killed_like_any_other(void) {
  struct harness h;
  struct outcome outcome = {.is_started = false};
  struct run run = {.id = 1, .argv = SHELL, .flags = PRIMED};
  start_primed(&h);
  harness_write(&h, WRITE_ID, "main.sh", "sleep 1000", SG_FIRST | SG_LAST | SG_QUIET);
  harness_exec(&h, &run);
  harness_send(&h);
  CHECK(harness_receive(&h, HARNESS_WAIT_MS).frame.type == SG_STARTED, "a start is told");
  harness_signal(&h, 1, SIGKILL, 2);
  harness_await(&h, &run, &outcome);
  EXPECT(is_primed(&outcome) && outcome.kind == 1 && outcome.value == SIGKILL && outcome.reason == REASON_ASKED, "a signal ends it");
  outcome_free(&outcome);
  (void)harness_stop(&h);
}

static void what_cannot_be_primed_says_why(void) {
  struct harness h;
  struct outcome outcome;
  uint32_t err = 0;
  harness_start(&h, binary);
  harness_prime(&h, &(struct run){.id = PRIME_ID, .argv = (const char *const[]){"no-such-runtime", NULL}}, "main.sh");
  CHECK(harness_await_result(&h, PRIME_ID, &err) == SG_STEP_EXEC && err == ENOENT, "a runtime that is not there is a failed step");
  harness_prime(&h, &(struct run){.id = PRIME_ID + 1, .argv = (const char *const[]){"true", NULL}}, "main.sh");
  CHECK(harness_await_result(&h, PRIME_ID + 1, NULL) == SG_STEP_PRIME, "so is one that ends without looking for its program");
  harness_prime(&h, &(struct run){.id = PRIME_ID + 2, .argv = SHELL}, "main.sh");
  harness_prime(&h, &(struct run){.id = PRIME_ID + 3, .argv = SHELL}, "main.sh");
  CHECK(harness_await_result(&h, PRIME_ID + 3, &err) == SG_STEP_PRIME && err == EBUSY, "a second one beside the first is refused");
  run_script(&h, "echo first", (struct run){.flags = 0}, &outcome);
  EXPECT(is_text(outcome.output[1], "first\n"), "a program runs all the same");
  outcome_free(&outcome);
  harness_prime(&h, &(struct run){.id = PRIME_ID + 4, .argv = SHELL}, "main.sh");
  CHECK(harness_await_result(&h, PRIME_ID + 4, &err) == SG_STEP_PRIME && err == EPERM,
        "nothing is primed where a program was: it could tamper with what is not in its bounds");
  (void)harness_stop(&h);
}

static void a_program_that_comes_too_early_does_not_wait(void) {
  struct harness h;
  struct outcome outcome;
  harness_start(&h, binary);
  /* This runtime looks for another file first, and would wait for ever on its input. */
  harness_prime(&h, &(struct run){.id = PRIME_ID, .argv = (const char *const[]){"cat", NULL}}, "main.sh");
  run_script(&h, "echo at once", (struct run){.flags = PRIMED}, &outcome);
  EXPECT(outcome.is_exited && !is_primed(&outcome) && is_text(outcome.output[1], "at once\n"),
         "a runtime that is not ready is given up for the program");
  outcome_free(&outcome);
  (void)harness_stop(&h);
}

static void broken_requests_are_refused(void) {
  static const struct {
    const char *title, *payload;
    size_t length;
  } BROKEN[] = {{"a PRIME without a command", "", 0}, {"a PRIME cut short", "\0\0\0\0\0\0\0\0", 8}};
  for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
    struct harness h;
    char title[80];
    harness_start(&h, binary);
    sg_begin(&h.out, SG_PRIME, 0, 1);
    sg_put_raw(&h.out, BROKEN[i].payload, BROKEN[i].length);
    sg_end(&h.out);
    harness_send(&h);
    struct message fault = harness_receive(&h, HARNESS_WAIT_MS);
    (void)snprintf(title, sizeof title, "%s is answered by FAULT", BROKEN[i].title);
    CHECK(!fault.is_end && fault.frame.type == SG_FAULT, title);
    (void)harness_stop(&h);
  }
}

static void check_agent(const char *build, const char *name) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/%s", build, name);
  char *absolute = realpath(path, NULL);
  binary = absolute;
  (void)printf("# %s\n", name);
  a_program_finds_what_a_plain_start_gives();
  streams_and_ends_are_those_of_any_program();
  anything_else_is_started_plainly();
  limits_hold_from_the_moment_it_begins();
  one_that_is_lost_is_replaced();
  a_program_is_killed_like_any_other();
  what_cannot_be_primed_says_why();
  a_program_that_comes_too_early_does_not_wait();
  broken_requests_are_refused();
  free(absolute);
}

/* The agent as it ships, and one under sanitizers. */
int main(void) {
  const char *build = getenv("SANDGLASS_BUILD");
  check_agent(build == NULL ? "build" : build, "sandglass-agent");
  check_agent(build == NULL ? "build" : build, "sandglass-agent-sanitized");
  return TAP_END();
}
