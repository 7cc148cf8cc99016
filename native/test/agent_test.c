/* The agent end to end: every behaviour of docs/agent-protocol.md, and what hostile programs try, over a real stream against the real
 * program. */
#include "agent_harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

static const char *binary;

enum { TERMINAL = 1, STOP_AT_LIMIT = 2, KEEP_OTHERS = 4 };
enum { REASON_NONE = 0, REASON_WALL = 1, REASON_CPU = 2, REASON_OUTPUT = 3, REASON_ASKED = 5 };

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SH(script) ARGV("sh", "-c", script)

static bool is_exit(const struct outcome *outcome, int code) { return outcome->is_exited && outcome->kind == 0 && outcome->value == code; }
static bool is_signal(const struct outcome *outcome, int number) {
  return outcome->is_exited && outcome->kind == 1 && outcome->value == number;
}
static bool is_text(const char *text, const char *expected) { return text != NULL && strcmp(text, expected) == 0; }
static bool contains(const char *text, const char *part) { return text != NULL && strstr(text, part) != NULL; }

static void show(const struct outcome *o) {
  (void)printf(
      "# started %d exited %d lost %d fault %d step %u err %u '%s' kind %u value %u reason %u facts 0x%x out '%.200s' err '%.200s' tty "
      "'%.200s'\n",
      o->is_started, o->is_exited, o->is_lost, o->is_fault, o->step, o->err, o->detail, o->kind, o->value, o->reason, o->facts,
      o->output[1] ? o->output[1] : "", o->output[2] ? o->output[2] : "", o->output[3] ? o->output[3] : "");
}

#define EXPECT(condition, title)    \
  do {                              \
    bool expected_ = (condition);   \
    CHECK(expected_, title);        \
    if (!expected_) show(&outcome); \
  } while (0)

static void programs_run_and_end(struct harness *h) {
  struct outcome outcome;
  harness_run(h, &(struct run){.id = 1, .argv = SH("echo out; echo err >&2; exit 3")}, &outcome);
  EXPECT(is_exit(&outcome, 3) && is_text(outcome.output[1], "out\n") && is_text(outcome.output[2], "err\n"),
         "both outputs and the exit code arrive");
  EXPECT(outcome.stdout_bytes == 4 && outcome.stderr_bytes == 4 && outcome.reason == REASON_NONE && outcome.wall_ns > 0 &&
             outcome.memory_bytes > 0,
         "usage is told");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 2, .argv = SH("kill -SEGV $$")}, &outcome);
  EXPECT(is_signal(&outcome, SIGSEGV), "a signal is told apart from an exit code");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 3, .argv = ARGV("no-such-program")}, &outcome);
  EXPECT(!outcome.is_started && outcome.step == SG_STEP_EXEC && outcome.err == ENOENT,
         "a program that is not there is a failed step, not an exit");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 4, .argv = ARGV("./nothing"), .cwd = "not-there"}, &outcome);
  EXPECT(outcome.step == SG_STEP_WORKING_DIRECTORY && outcome.err == ENOENT, "so is a folder that is not there");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 5, .argv = ARGV("true"), .cwd = "../tmp"}, &outcome);
  EXPECT(outcome.step == SG_STEP_PATH, "a folder outside is refused");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 6, .argv = SH("cat; echo end"), .input = "first\nsecond"}, &outcome);
  EXPECT(is_exit(&outcome, 0) && is_text(outcome.output[1], "first\nsecondend\n"), "stdin arrives byte for byte, then its end");
  outcome_free(&outcome);
}

static void programs_have_nothing(struct harness *h) {
  struct outcome outcome;
  harness_run(h,
              &(struct run){.id = 1,
                            .argv = SH("grep -E '^(Cap|NoNewPrivs|Seccomp:|SigBlk|SigIgn|Groups)' /proc/self/status; umask; ulimit -n; "
                                       "ulimit -Hc; cat /proc/self/oom_score_adj; ls /proc/self/fd | wc -l")},
              &outcome);
  EXPECT(contains(outcome.output[1], "CapPrm:\t0000000000000000") && contains(outcome.output[1], "CapEff:\t0000000000000000") &&
             contains(outcome.output[1], "CapBnd:\t0000000000000000") && contains(outcome.output[1], "CapInh:\t0000000000000000") &&
             contains(outcome.output[1], "CapAmb:\t0000000000000000"),
         "no capability is left in any set");
  EXPECT(contains(outcome.output[1], "NoNewPrivs:\t1") && contains(outcome.output[1], "Seccomp:\t2"), "no new privileges, and a filter");
  EXPECT(contains(outcome.output[1], "SigBlk:\t0000000000000000") && contains(outcome.output[1], "SigIgn:\t0000000000000000"),
         "no signal is blocked or ignored");
  EXPECT(contains(outcome.output[1], "\n0022\n1024\n") && contains(outcome.output[1], "\n1000\n4\n"),
         "umask, open files, out-of-memory score and descriptors are as promised");
  outcome_free(&outcome);
  harness_run(h,
              &(struct run){.id = 2,
                            .argv = SH("id -u; kill -0 1 && echo can-signal; cat /proc/1/environ && echo can-read; kill -9 1; echo alive")},
              &outcome);
  bool is_apart = h->uid != 0;
  EXPECT(contains(outcome.output[1], is_apart ? "1000\nalive" : "0\n") && contains(outcome.output[1], "alive") &&
             !contains(outcome.output[1], "can-read"),
         "the agent can be neither killed nor read");
  if (is_apart) EXPECT(!contains(outcome.output[1], "can-signal"), "nor signalled, being of another user");
  outcome_free(&outcome);
}

static void files_are_written_and_read(struct harness *h) {
  struct outcome outcome;
  uint32_t step, err;
  harness_write(h, 10, "a/b/c.txt", "hello", SG_FIRST | SG_LAST);
  harness_send(h);
  CHECK(harness_await_result(h, 10, NULL) == SG_STEP_DONE, "a file is written with its folders");
  char *text = harness_read(h, "a/b/c.txt", &step);
  CHECK(is_text(text, "hello"), "and read back");
  free(text);
  harness_write(h, 11, "big", "one ", SG_FIRST);
  harness_write(h, 12, "other", "1", SG_FIRST);
  sg_begin(&h->out, SG_WRITE, SG_LAST, 11);
  sg_put_raw(&h->out, "two", 3);
  sg_end(&h->out);
  sg_begin(&h->out, SG_WRITE, SG_LAST, 12);
  sg_put_raw(&h->out, "2", 1);
  sg_end(&h->out);
  harness_send(h);
  CHECK(harness_await_result(h, 11, NULL) == SG_STEP_DONE && harness_await_result(h, 12, NULL) == SG_STEP_DONE,
        "two writes of several frames interleave");
  text = harness_read(h, "big", &step);
  CHECK(is_text(text, "one two"), "and are not mixed up");
  free(text);
  static const struct {
    const char *path;
    const char *title;
  } refused[] = {{"", "an empty path"},          {"/etc/x", "an absolute path"},
                 {"../x", "a path upwards"},     {"a/../../x", "a path upwards in the middle"},
                 {"a//b", "an empty component"}, {"./a", "a dot"}};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    harness_write(h, 13, refused[i].path, "x", SG_FIRST | SG_LAST);
    harness_send(h);
    char title[64];
    (void)snprintf(title, sizeof title, "%s is refused", refused[i].title);
    CHECK(harness_await_result(h, 13, NULL) == SG_STEP_PATH, title);
  }
  harness_write(h, 14, "dir/sub", "", SG_FIRST | SG_LAST | SG_DIRECTORY);
  harness_send(h);
  CHECK(harness_await_result(h, 14, NULL) == SG_STEP_DONE, "a folder is made");
  harness_run(h, &(struct run){.id = 1, .argv = SH("cd dir/sub && stat -c %a . && stat -c %a ../../a/b/c.txt && pwd"), .cwd = ""},
              &outcome);
  EXPECT(is_text(outcome.output[1], "755\n644\n/work/dir/sub\n"), "with the modes asked for");
  outcome_free(&outcome);
  harness_run(
      h,
      &(struct run){
          .id = 2,
          .argv = SH("ln -s /etc/passwd link; ln -s / up; mkfifo pipe; chmod 400 big; mkdir locked; chmod 0 locked; ln -s big regular")},
      &outcome);
  outcome_free(&outcome);
  text = harness_read(h, "link", &step);
  CHECK(text == NULL && step == SG_STEP_READ_OPEN, "a symbolic link is not followed for reading");
  text = harness_read(h, "up/etc/passwd", &step);
  CHECK(text == NULL && step == SG_STEP_READ_OPEN, "nor one in the middle");
  text = harness_read(h, "pipe", &step);
  CHECK(text == NULL && step == SG_STEP_READ_OPEN, "a FIFO is not read, and does not block");
  const char *const in_the_way[] = {"link", "pipe", "dir", "up/tmp/x", "locked/x"};
  for (size_t i = 0; i < sizeof in_the_way / sizeof *in_the_way; i++) {
    char title[64];
    harness_write(h, 15, in_the_way[i], "x", SG_FIRST | SG_LAST);
    harness_send(h);
    step = harness_await_result(h, 15, &err);
    (void)snprintf(title, sizeof title, "%s is not written to or through", in_the_way[i]);
    CHECK(step == SG_STEP_WRITE_OPEN || step == SG_STEP_MAKE_DIRECTORY || (i == 4 && h->uid == 0), title);
  }
  harness_write(h, 16, "big", "new", SG_FIRST | SG_LAST);
  harness_send(h);
  CHECK(harness_await_result(h, 16, NULL) == SG_STEP_DONE, "a read-only file is replaced");
  harness_write(h, 17, "dir", "x", SG_FIRST | SG_LAST | SG_QUIET);
  harness_run(h, &(struct run){.id = 3, .argv = ARGV("true")}, &outcome);
  EXPECT(!outcome.is_started && outcome.step == SG_STEP_WRITE_OPEN && outcome.err == EISDIR,
         "a quiet write that failed is told by the next EXEC");
  outcome_free(&outcome);
  harness_write(h, 18, "run.sh", "echo ran", SG_FIRST | SG_LAST | SG_QUIET);
  harness_run(h, &(struct run){.id = 4, .argv = ARGV("sh", "run.sh")}, &outcome);
  EXPECT(is_exit(&outcome, 0) && is_text(outcome.output[1], "ran\n"),
         "the one after it starts; a quiet write, EXEC and stdin in one message suffice");
  outcome_free(&outcome);
}

static void folders_are_listed(struct harness *h) {
  struct outcome outcome;
  harness_run(h,
              &(struct run){.id = 1, .argv = SH("rm -rf *; mkdir d; echo 12345 > d/file; ln -s x d/link; mkfifo d/pipe; mkdir -p d/e/f")},
              &outcome);
  outcome_free(&outcome);
  sg_begin(&h->out, SG_LIST, 0, 20);
  sg_put_str(&h->out, "");
  sg_put_u32(&h->out, 100);
  sg_put_u16(&h->out, 2);
  sg_end(&h->out);
  harness_send(h);
  struct message message = harness_receive(h, HARNESS_WAIT_MS);
  CHECK(message.frame.type == SG_ENTRIES && message.frame.flags == SG_LAST, "a listing is complete down to the depth asked for");
  struct sg_reader reader;
  sg_reader_init(&reader, message.frame.payload, message.frame.length);
  int entries = 0, right = 0;
  while (!reader.failed && reader.left > 0) {
    uint8_t kind = sg_get_u8(&reader);
    (void)sg_get_u32(&reader);
    uint64_t size = sg_get_u64(&reader);
    (void)sg_get_u64(&reader);
    char *path = sg_get_str(&reader, 4096);
    entries++;
    right += (is_text(path, "d") && kind == 2) || (is_text(path, "d/file") && kind == 1 && size == 6) ||
             (is_text(path, "d/link") && kind == 3) || (is_text(path, "d/pipe") && kind == 4) || (is_text(path, "d/e") && kind == 2);
    free(path);
  }
  CHECK(sg_reader_done(&reader) && entries == 5 && right == 5, "with kinds and sizes");
  sg_begin(&h->out, SG_LIST, 0, 21);
  sg_put_str(&h->out, "d");
  sg_put_u32(&h->out, 2);
  sg_put_u16(&h->out, 9);
  sg_end(&h->out);
  harness_send(h);
  message = harness_receive(h, HARNESS_WAIT_MS);
  CHECK(message.frame.type == SG_ENTRIES && message.frame.flags == (SG_LAST | SG_TRUNCATED), "one that is cut says so");
}

static void limits_hold(struct harness *h) {
  struct outcome outcome;
  harness_run(h, &(struct run){.id = 1, .argv = SH("echo before; sleep 30"), .wall_ms = 200}, &outcome);
  EXPECT(is_signal(&outcome, SIGKILL) && outcome.reason == REASON_WALL && is_text(outcome.output[1], "before\n") &&
             outcome.wall_ns > 190000000u && outcome.wall_ns < 2000000000u,
         "the wall time limit ends a sleeper and keeps its output");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 2, .argv = SH("(while :; do :; done) & while :; do :; done"), .cpu_ms = 300, .wall_ms = 15000},
              &outcome);
  EXPECT(outcome.is_exited && outcome.reason == REASON_CPU, "the CPU limit counts all processes together");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 3, .argv = SH("head -c 3000000 /dev/zero; echo done >&2"), .output_bytes = 1000}, &outcome);
  EXPECT(is_exit(&outcome, 0) && outcome.output_length[1] == 1000 && outcome.stdout_bytes == 3000000 && outcome.facts & 0x80 &&
             is_text(outcome.output[2], "done\n"),
         "output past its limit is counted and dropped, and the program goes on");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 4, .argv = SH("head -c 1000 /dev/zero"), .output_bytes = 1000}, &outcome);
  EXPECT(is_exit(&outcome, 0) && outcome.output_length[1] == 1000 && !(outcome.facts & 0x80),
         "output that just reaches its limit is whole");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 5, .argv = SH("yes"), .output_bytes = 5000, .flags = STOP_AT_LIMIT}, &outcome);
  EXPECT(is_signal(&outcome, SIGKILL) && outcome.reason == REASON_OUTPUT && outcome.output_length[1] == 5000,
         "or it ends there, when asked to");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 6, .argv = SH("head -c 100000 /dev/zero > large"), .file_bytes = 4096}, &outcome);
  EXPECT(outcome.is_exited && !is_exit(&outcome, 0) && outcome.facts & 0x40, "a file at its limit is told");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 7, .argv = SH("rm -f large; head -c 9000000 /dev/zero > full; exit 5")}, &outcome);
  EXPECT(is_exit(&outcome, 5) && outcome.facts & 0x10 && outcome.disk_bytes >= 4000000, "a full disk is told");
  outcome_free(&outcome);
  harness_run(
      h, &(struct run){.id = 8, .argv = SH("rm -f full; i=0; while :; do i=$((i+1)); : > n$i || break; done; exit 6"), .wall_ms = 15000},
      &outcome);
  EXPECT(outcome.is_exited && !is_exit(&outcome, 0) && outcome.facts & 0x20, "used-up inodes are told");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 9, .argv = SH("find . -name 'n*' -delete; exit 0")}, &outcome);
  outcome_free(&outcome);
}

static void output_waits_for_credit(struct harness *h) {
  struct run run = {.id = 1, .argv = SH("head -c 500000 /dev/zero; echo end >&2"), .window = 1000, .grants_no_credit = true};
  struct outcome outcome = {.is_started = false};
  harness_exec(h, &run);
  harness_send(h);
  size_t received = 0;
  for (;;) {
    struct message message = harness_receive(h, 300);
    if (message.is_end) break;
    if (message.frame.type == SG_OUTPUT) received += message.frame.length;
    if (message.frame.type == SG_STARTED) outcome.is_started = true;
  }
  CHECK(received == 1000, "no more than the window is sent, and the program is blocked");
  run.grants_no_credit = false;
  harness_credit(h, 1, 1, 400000);
  harness_await(h, &run, &outcome);
  EXPECT(is_exit(&outcome, 0) && outcome.output_length[1] == 499000 && outcome.stdout_bytes == 500000,
         "with credit the rest comes, then the end");
  outcome_free(&outcome);
}

static void stdin_is_flow_controlled(struct harness *h) {
  enum { TOTAL = 1500000 };
  struct run run = {.id = 1, .argv = SH("sleep 0.1; cksum")};
  char *bytes = malloc(TOTAL);
  for (size_t i = 0; i < TOTAL; i++) bytes[i] = (char)(i * 2654435761u >> 13);
  harness_exec(h, &run);
  size_t sent = 0, credit = 262144;
  struct outcome outcome = {.is_started = false};
  while (sent < TOTAL) {
    size_t count = TOTAL - sent < credit ? TOTAL - sent : credit;
    if (count > 50000) count = 50000;
    if (count > 0) harness_stdin(h, 1, bytes + sent, count, sent + count == TOTAL);
    harness_send(h);
    sent += count;
    credit -= count;
    if (credit > 0) continue;
    struct message message = harness_receive(h, HARNESS_WAIT_MS);
    if (message.is_end) break;
    if (message.frame.type == SG_STARTED) outcome.is_started = true;
    if (message.frame.type == SG_STDIN_CREDIT)
      credit += message.frame.payload[0] | (size_t)message.frame.payload[1] << 8 | (size_t)message.frame.payload[2] << 16;
  }
  harness_await(h, &run, &outcome);
  EXPECT(is_exit(&outcome, 0) && contains(outcome.output[1], " 1500000"), "stdin larger than its window arrives whole");
  outcome_free(&outcome);
  run = (struct run){.id = 2, .argv = SH("exec <&-; sleep 0.05; echo fine"), .keeps_stdin_open = true};
  harness_exec(h, &run);
  for (int i = 0; i < 5; i++) harness_stdin(h, 2, bytes, 40000, false);
  harness_send(h);
  harness_await(h, &run, &outcome);
  EXPECT(is_exit(&outcome, 0) && is_text(outcome.output[1], "fine\n"), "stdin for a program that closed it is dropped quietly");
  outcome_free(&outcome);
  free(bytes);
}

static void nothing_outlives_the_main_process(struct harness *h) {
  struct outcome outcome;
  harness_run(
      h,
      &(struct run){
          .id = 1, .argv = SH("(trap '' HUP TERM; setsid sleep 1000) & (sleep 0.2; echo late) & echo main; exit 0"), .wall_ms = 10000},
      &outcome);
  EXPECT(is_exit(&outcome, 0) && is_text(outcome.output[1], "main\n") && outcome.wall_ns < 1000000000u,
         "daemons that hold stdout are killed with the main process");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 2, .argv = SH("ls /proc | grep -c '^[0-9]'")}, &outcome);
  EXPECT(is_text(outcome.output[1], "4\n") || is_text(outcome.output[1], "3\n") || is_text(outcome.output[1], "2\n"),
         "and none of them is left");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 3, .argv = SH("kill -STOP $$; echo never"), .wall_ms = 300}, &outcome);
  EXPECT(is_signal(&outcome, SIGKILL) && outcome.reason == REASON_WALL, "a program that stops itself meets its wall time limit");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 4, .argv = SH("kill -9 -1; echo survived"), .wall_ms = 5000}, &outcome);
  EXPECT(outcome.is_exited, "kill -9 -1 harms only its own kind");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 5, .argv = SH("b() { b | b & }; b; sleep 20"), .wall_ms = 700, .processes = 100}, &outcome);
  EXPECT(outcome.is_exited && outcome.reason == REASON_WALL, "a fork bomb ends at its limit");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 6, .argv = ARGV("echo", "still here")}, &outcome);
  EXPECT(is_exit(&outcome, 0) && is_text(outcome.output[1], "still here\n"), "and the agent goes on as before");
  outcome_free(&outcome);
}

static void sessions_keep_others(struct harness *h) {
  struct outcome outcome;
  harness_run(h,
              &(struct run){
                  .id = 1, .argv = SH("(while :; do echo noise; done) & echo $! > daemon; exit 0"), .flags = KEEP_OTHERS, .wall_ms = 5000},
              &outcome);
  EXPECT(is_exit(&outcome, 0) && outcome.reason == REASON_NONE,
         "with KEEP_OTHERS an end is told although a background process floods the pipe");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 2, .argv = SH("sleep 1000 >/dev/null 2>&1 & echo $!"), .flags = KEEP_OTHERS}, &outcome);
  char check[64];
  (void)snprintf(check, sizeof check, "kill -0 %d && echo alive", outcome.output[1] == NULL ? 0 : atoi(outcome.output[1]));
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 3, .argv = SH(check), .flags = KEEP_OTHERS}, &outcome);
  EXPECT(is_text(outcome.output[1], "alive\n"), "and background processes live on");
  outcome_free(&outcome);
  sg_begin(&h->out, SG_KILL, 0, 30);
  sg_end(&h->out);
  harness_send(h);
  CHECK(harness_await_result(h, 30, NULL) == SG_STEP_DONE, "KILL is answered once nothing is left");
  harness_run(h, &(struct run){.id = 4, .argv = SH(check)}, &outcome);
  EXPECT(!contains(outcome.output[1], "alive"), "and then nothing is");
  outcome_free(&outcome);
}

static void several_programs_run_at_once(struct harness *h) {
  enum { PROGRAMS = 16 };
  int ended = 0;
  for (uint16_t i = 1; i <= PROGRAMS + 1; i++)
    harness_exec(h, &(struct run){.id = i, .argv = SH("read line; echo $line"), .flags = KEEP_OTHERS});
  harness_send(h);
  uint32_t err;
  CHECK(harness_await_result(h, PROGRAMS + 1, &err) == SG_STEP_TOO_MANY_EXECS && err == EAGAIN,
        "the seventeenth program at once is refused");
  for (uint16_t i = 1; i <= PROGRAMS; i++) harness_stdin(h, i, "x\n", 2, true);
  harness_send(h);
  while (ended < PROGRAMS) {
    struct message message = harness_receive(h, HARNESS_WAIT_MS);
    if (message.is_end) break;
    ended += message.frame.type == SG_EXITED;
  }
  CHECK(ended == PROGRAMS, "sixteen run side by side");
}

static void signals_reach_programs(struct harness *h) {
  struct outcome outcome = {.is_started = false};
  struct run run = {.id = 1, .argv = SH("trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.05; done"), .wall_ms = 10000};
  harness_exec(h, &run);
  harness_send(h);
  while (harness_receive(h, HARNESS_WAIT_MS).frame.type != SG_OUTPUT) continue;
  outcome.is_started = true;
  harness_signal(h, 1, SIGTERM, 0);
  harness_await(h, &run, &outcome);
  EXPECT(is_exit(&outcome, 9) && is_text(outcome.output[1], "caught\n") && outcome.reason == REASON_NONE,
         "a signal reaches the main process");
  outcome_free(&outcome);
  run = (struct run){.id = 2, .argv = SH("sleep 100"), .wall_ms = 10000};
  harness_exec(h, &run);
  harness_send(h);
  harness_signal(h, 2, SIGKILL, 2);
  harness_await(h, &run, &outcome);
  EXPECT(is_signal(&outcome, SIGKILL) && outcome.reason == REASON_ASKED, "SIGKILL by the worker is told as asked for");
  outcome_free(&outcome);
}

static void terminals_work(struct harness *h) {
  struct outcome outcome;
  harness_run(
      h,
      &(struct run){
          .id = 1, .argv = SH("test -t 0 && test -t 2 && stty size; tty; cat"), .flags = TERMINAL, .input = "hello\n", .wall_ms = 5000},
      &outcome);
  EXPECT(is_exit(&outcome, 0) && contains(outcome.output[3], "30 100") && contains(outcome.output[3], "/dev/pts/") &&
             contains(outcome.output[3], "hello\r\n") && contains(strstr(outcome.output[3], "hello\r\n") + 1, "hello\r\n"),
         "a terminal has its size, echoes, and ends stdin with LAST");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 2, .argv = SH("cat; echo end"), .flags = TERMINAL, .input = "no newline", .wall_ms = 5000}, &outcome);
  EXPECT(is_exit(&outcome, 0) && contains(outcome.output[3], "no newlineno newlineend"), "also within a line");
  outcome_free(&outcome);
  harness_run(h,
              &(struct run){.id = 3,
                            .argv = SH("trap 'echo interrupted; exit 4' INT; echo go; while :; do sleep 0.05; done"),
                            .flags = TERMINAL,
                            .input = "\003",
                            .wall_ms = 5000,
                            .keeps_stdin_open = true},
              &outcome);
  EXPECT(is_exit(&outcome, 4) || is_signal(&outcome, SIGINT), "Ctrl-C interrupts");
  outcome_free(&outcome);
  struct run run = {
      .id = 4, .argv = SH("trap 'stty size; exit 0' WINCH; echo go; while :; do sleep 0.05; done"), .flags = TERMINAL, .wall_ms = 5000};
  harness_exec(h, &run);
  harness_send(h);
  while (harness_receive(h, HARNESS_WAIT_MS).frame.type != SG_OUTPUT) continue;
  sg_begin(&h->out, SG_RESIZE, 0, 4);
  sg_put_u16(&h->out, 132);
  sg_put_u16(&h->out, 43);
  sg_end(&h->out);
  harness_send(h);
  outcome.is_started = true;
  harness_await(h, &run, &outcome);
  EXPECT(is_exit(&outcome, 0) && contains(outcome.output[3], "43 132"), "a resize reaches the program");
  outcome_free(&outcome);
  harness_run(h, &(struct run){.id = 5, .argv = SH("head -c 200000 /dev/zero | tr '\\0' x"), .flags = TERMINAL}, &outcome);
  EXPECT(is_exit(&outcome, 0) && outcome.output_length[3] == 200000, "all output of a terminal arrives before its end");
  outcome_free(&outcome);
}

static void large_files_are_read_whole(struct harness *h) {
  struct outcome outcome;
  uint32_t step;
  harness_run(h, &(struct run){.id = 1, .argv = SH("yes 1234567 | head -c 1000000 > large")}, &outcome);
  outcome_free(&outcome);
  int whole = 0;
  for (int i = 0; i < 50; i++) {
    char *text = harness_read(h, "large", &step);
    whole += text != NULL && strlen(text) == 1000000;
    free(text);
  }
  CHECK(whole == 50, "files larger than the queue are read whole however fast the worker takes them");
}

/* Each gets an agent of its own: a FAULT closes the stream. */
static void broken_protocol_is_refused(void) {
  static const struct {
    const char *title;
    uint8_t type, flags;
    size_t length;
    uint8_t payload[16];
  } broken[] = {
      {"an unknown type", 0x7f, 0, 0, {0}},
      {"an unknown flag", SG_STDIN, 64, 0, {0}},
      {"a short EXEC", SG_EXEC, 0, 4, {0}},
      {"trailing bytes", SG_KILL, 0, 1, {0}},
      {"ALIVE with more to say", SG_ALIVE, 0, 1, {0}},
      {"a signal 65", SG_SIGNAL, 0, 2, {65, 0}},
      {"a lying string", SG_READ, 0, 16, {[12] = 0xff}},
      {"a folder with data", SG_WRITE, SG_FIRST | SG_LAST | SG_DIRECTORY, 12, {1, 0, 0, 0, 'a', 0, 0, 0, 0, 'x'}},
  };
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    struct harness h;
    char title[80];
    harness_start(&h, binary);
    sg_begin(&h.out, broken[i].type, broken[i].flags, 1);
    sg_put_raw(&h.out, broken[i].payload, broken[i].length);
    sg_end(&h.out);
    harness_send(&h);
    struct message fault = harness_receive(&h, HARNESS_WAIT_MS);
    bool is_fault = !fault.is_end && fault.frame.type == SG_FAULT;
    bool is_closed = harness_receive(&h, HARNESS_WAIT_MS).is_end;
    (void)snprintf(title, sizeof title, "%s is answered by FAULT and the end", broken[i].title);
    CHECK(is_fault && is_closed, title);
    int status = harness_stop(&h);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1, "which is an exit with 1");
  }
  struct harness h;
  harness_start(&h, binary);
  struct run run = {.id = 1, .argv = SH("sleep 5")};
  char *bytes = calloc(1, 100000);
  harness_exec(&h, &run);
  for (int i = 0; i < 5; i++) harness_stdin(&h, 1, bytes, 100000, false);
  harness_send(&h);
  struct message message;
  do message = harness_receive(&h, HARNESS_WAIT_MS);
  while (!message.is_end && message.frame.type != SG_FAULT);
  CHECK(!message.is_end, "stdin past its credit is answered by FAULT");
  free(bytes);
  (void)harness_stop(&h);
}

static void the_end_of_the_stream_ends_everything(void) {
  struct harness h;
  harness_start(&h, binary);
  harness_exec(&h, &(struct run){.id = 1, .argv = SH("setsid sleep 1000 & sleep 1000")});
  harness_send(&h);
  CHECK(harness_receive(&h, HARNESS_WAIT_MS).frame.type == SG_STARTED, "a start is told although nothing follows");
  CHECK(harness_stop(&h) == 0, "the agent exits when the stream ends, and the kernel takes the rest");
}

static time_t seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* As when what carries the stream dies and leaves it open. */
static void an_agent_that_hears_nothing_ends(void) {
  struct harness h;
  harness_start_leased(&h, binary, 1);
  time_t start = seconds_now();
  harness_exec(&h, &(struct run){.id = 1, .argv = SH("sleep 1000")});
  harness_send(&h);
  CHECK(harness_receive(&h, HARNESS_WAIT_MS).frame.type == SG_STARTED, "an agent that is to hear of its worker starts programs");
  CHECK(harness_receive(&h, HARNESS_WAIT_MS).is_end && seconds_now() < start + HARNESS_WAIT_MS / 2000, "and ends with them when it hears nothing more");
  CHECK(harness_stop(&h) == 0, "cleanly");
  harness_start_leased(&h, binary, 2);
  for (int i = 0; i < 8; i++) {
    sg_begin(&h.out, SG_ALIVE, 0, 0);
    sg_end(&h.out);
    harness_send(&h);
    (void)poll(NULL, 0, 400);
  }
  uint32_t err = 0;
  sg_begin(&h.out, SG_KILL, 0, 1);
  sg_end(&h.out);
  harness_send(&h);
  CHECK(harness_await_result(&h, 1, &err) == SG_STEP_DONE, "one that is told that the worker is there stays, and answers nothing to that");
  CHECK(harness_stop(&h) == 0, "until its stream ends");
}

static void check_agent(const char *build, const char *name) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/%s", build, name);
  char *absolute = realpath(path, NULL);
  binary = absolute;
  (void)printf("# %s\n", name);
  struct harness h;
  harness_start(&h, binary);
  programs_run_and_end(&h);
  programs_have_nothing(&h);
  files_are_written_and_read(&h);
  folders_are_listed(&h);
  large_files_are_read_whole(&h);
  limits_hold(&h);
  output_waits_for_credit(&h);
  stdin_is_flow_controlled(&h);
  nothing_outlives_the_main_process(&h);
  sessions_keep_others(&h);
  several_programs_run_at_once(&h);
  signals_reach_programs(&h);
  terminals_work(&h);
  CHECK(harness_stop(&h) == 0, "after all that the agent exits cleanly");
  broken_protocol_is_refused();
  the_end_of_the_stream_ends_everything();
  an_agent_that_hears_nothing_ends();
  free(absolute);
}

/* The agent as it ships, and one under sanitizers. */
int main(void) {
  const char *build = getenv("SANDGLASS_BUILD");
  check_agent(build == NULL ? "build" : build, "sandglass-agent");
  check_agent(build == NULL ? "build" : build, "sandglass-agent-sanitized");
  return TAP_END();
}
