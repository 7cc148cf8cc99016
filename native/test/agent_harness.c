#include "agent_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAM_ID = 1000, STREAM_FD = 3, KEPT_BYTES = 1 << 20 };

static _Noreturn void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)vprintf(format, arguments);
  va_end(arguments);
  (void)printf(": %s\nBail out!\n", strerror(errno));
  (void)fflush(stdout);
  _exit(1);
}

#define MUST(call)                     \
  do {                                 \
    if ((call) != 0) die("%s", #call); \
  } while (0)

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) die("write %s", path);
  close(fd);
}

/* /bin and /lib are folders on some systems, links into /usr on others. */
static void bring(const char *root, const char *name) {
  char source[64], target[128], link[64];
  (void)snprintf(source, sizeof source, "/%s", name);
  (void)snprintf(target, sizeof target, "%s/%s", root, name);
  ssize_t length = readlink(source, link, sizeof link - 1);
  if (length > 0) {
    link[length] = '\0';
    MUST(symlink(link, target));
  } else if (access(source, F_OK) == 0) {
    MUST(mkdir(target, 0755));
    MUST(mount(source, target, NULL, MS_BIND | MS_REC, NULL));
  }
}

static void make_writable(const char *root, const char *name, mode_t mode, uid_t uid) {
  char target[128], options[96];
  (void)snprintf(target, sizeof target, "%s/%s", root, name);
  (void)snprintf(options, sizeof options, "size=4m,nr_inodes=512,mode=%o,uid=%u,gid=%u", mode, uid, uid);
  MUST(mkdir(target, 0755));
  MUST(mount("writable", target, "tmpfs", MS_NOSUID | MS_NODEV, options));
}

static void copy_file(int from, const char *target) {
  char bytes[65536];
  ssize_t count;
  int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  while ((count = read(from, bytes, sizeof bytes)) > 0)
    if (to < 0 || write(to, bytes, (size_t)count) != count) die("write %s", target);
  MUST(fchmod(to, 0644));
  close(to);
}

static void make_root(const char *binary, uid_t uid) {
  const char *root = "/tmp";
  MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
  int agent = open(binary, O_RDONLY | O_CLOEXEC);
  if (agent < 0) die("open %s", binary);
  char library[512];
  (void)snprintf(library, sizeof library, "%.*s/sandglass-prime.so", (int)(strrchr(binary, '/') - binary), binary);
  int prime = open(library, O_RDONLY | O_CLOEXEC);
  if (prime < 0) die("open %s", library);
  MUST(mount("root", root, "tmpfs", 0, "mode=0755"));
  const char *const shared[] = {"usr", "bin", "lib", "lib64", "dev"};
  for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) bring(root, shared[i]);
  MUST(mkdir("/tmp/proc", 0755));
  MUST(mount("proc", "/tmp/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  make_writable(root, "work", 0700, uid);
  make_writable(root, "tmp", 01777, uid);
  copy_file(prime, "/tmp/prime.so");
  MUST(dup2(agent, 9) == 9 ? 0 : -1);
  MUST(chroot(root));
  MUST(chdir("/work"));
}

/* PID 1 of the new namespaces; becomes the agent. */
static _Noreturn void run_agent(const char *binary, int stream, bool is_root, char *heard_within_s) {
  char program_id[16];
  MUST(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
  (void)snprintf(program_id, sizeof program_id, "%d", is_root ? PROGRAM_ID : 0);
  make_root(binary, is_root ? PROGRAM_ID : 0);
  MUST(dup2(stream, STREAM_FD) == STREAM_FD ? 0 : -1);
  char *const argv[] = {"sandglass-agent", "--stream", "3", "--id", "7", "--uid", program_id, "--gid", program_id, "--heard-within", heard_within_s, NULL};
  char *const environment[] = {NULL};
  MUST(syscall(SYS_close_range, 10u, ~0u, 0));
  fexecve(9, argv, environment);
  die("exec %s", binary);
}

static pid_t fork_in_namespaces(bool is_root) {
  unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | (is_root ? 0ul : CLONE_NEWUSER) | SIGCHLD;
  return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
}

static void write_map(pid_t pid, const char *name, const char *text) {
  char path[64];
  (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  write_file(path, text);
}

/* Own ids become 0; giving up setgroups is the price of mapping a group without privilege (user_namespaces(7)). */
static void map_own_ids(pid_t pid) {
  char map[64];
  write_map(pid, "setgroups", "deny");
  (void)snprintf(map, sizeof map, "0 %u 1", geteuid());
  write_map(pid, "uid_map", map);
  (void)snprintf(map, sizeof map, "0 %u 1", getegid());
  write_map(pid, "gid_map", map);
}

void harness_start(struct harness *harness, const char *binary) { harness_start_leased(harness, binary, 0); }

void harness_start_leased(struct harness *harness, const char *binary, int within_s) {
  char heard_within_s[16];
  int pair[2], gate[2];
  bool is_root = geteuid() == 0;
  *harness = (struct harness){.stream = -1};
  MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
  MUST(pipe2(gate, O_CLOEXEC));
  (void)snprintf(heard_within_s, sizeof heard_within_s, "%d", within_s);
  (void)fflush(stdout);
  harness->agent = fork_in_namespaces(is_root);
  if (harness->agent < 0) die("clone into new namespaces");
  if (harness->agent == 0) {
    char byte;
    if (read(gate[0], &byte, 1) != 1) die("the gate");
    run_agent(binary, pair[1], is_root, heard_within_s);
  }
  if (!is_root) map_own_ids(harness->agent);
  MUST(write(gate[1], "", 1) == 1 ? 0 : -1);
  close(gate[0]);
  close(gate[1]);
  close(pair[1]);
  harness->stream = pair[0];
  struct message hello = harness_receive(harness, HARNESS_WAIT_MS);
  if (hello.is_end || hello.frame.type != SG_HELLO) {
    if (!hello.is_end && hello.frame.type == SG_FAULT)
      (void)printf("# FAULT: %.*s\n", (int)hello.frame.length - 12, (const char *)hello.frame.payload + 12);
    die("the agent said no HELLO");
  }
  struct sg_reader reader;
  sg_reader_init(&reader, hello.frame.payload, hello.frame.length);
  (void)sg_get_u16(&reader);
  harness->uid = sg_get_u16(&reader);
  harness->facts = sg_get_u32(&reader);
}

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

int harness_stop(struct harness *harness) {
  int status = -1;
  if (harness->stream >= 0) close(harness->stream);
  harness->stream = -1;
  for (uint64_t end = now_ms() + HARNESS_WAIT_MS; now_ms() < end; (void)poll(NULL, 0, 1))
    if (waitpid(harness->agent, &status, WNOHANG) == harness->agent)
      break;
    else
      status = -1;
  if (status == -1 && kill(harness->agent, SIGKILL) == 0) (void)waitpid(harness->agent, NULL, 0);
  sg_writer_free(&harness->out);
  free(harness->in);
  harness->in = NULL;
  return status;
}

void harness_send(struct harness *harness) {
  struct pollfd room = {.fd = harness->stream, .events = POLLOUT};
  while (sg_flush(&harness->out, harness->stream) == 0 && sg_pending(&harness->out) > 0)
    if (poll(&room, 1, HARNESS_WAIT_MS) <= 0) die("the agent does not read");
}

struct message harness_receive(struct harness *harness, int wait_ms) {
  struct message message = {.is_end = false};
  for (;;) {
    long size = sg_frame_parse(harness->in + harness->in_start, harness->in_end - harness->in_start, &message.frame);
    if (size < 0) die("the agent broke the protocol");
    if (size > 0) {
      harness->in_start += (size_t)size;
      return message;
    }
    if (harness->in_start > 0) memmove(harness->in, harness->in + harness->in_start, harness->in_end - harness->in_start);
    harness->in_end -= harness->in_start;
    harness->in_start = 0;
    if (harness->in_capacity == 0) harness->in = malloc(harness->in_capacity = SG_MAX_PAYLOAD + SG_HEADER_BYTES);
    struct pollfd state = {.fd = harness->stream, .events = POLLIN};
    ssize_t count =
        poll(&state, 1, wait_ms) <= 0 ? 0 : read(harness->stream, harness->in + harness->in_end, harness->in_capacity - harness->in_end);
    if (count <= 0) return (struct message){.is_end = true};
    harness->in_end += (size_t)count;
  }
}

void harness_write(struct harness *harness, uint16_t id, const char *path, const char *text, uint8_t flags) {
  sg_begin(&harness->out, SG_WRITE, flags, id);
  sg_put_str(&harness->out, path);
  sg_put_u32(&harness->out, flags & SG_DIRECTORY ? 0755 : 0644);
  sg_put_raw(&harness->out, text, strlen(text));
  sg_end(&harness->out);
}

static void put_strings(struct sg_writer *out, const char *const *strings) {
  uint16_t count = 0;
  while (strings[count] != NULL) count++;
  sg_put_u16(out, count);
  for (uint16_t i = 0; i < count; i++) sg_put_str(out, strings[i]);
}

static void put_command(struct sg_writer *out, const struct run *run) {
  static const char *const environment[] = {"PATH=/usr/bin:/bin", "LANG=C", NULL};
  sg_put_u32(out, run->flags);
  sg_put_u64(out, run->wall_ms);
  sg_put_u64(out, run->cpu_ms);
  sg_put_u64(out, run->output_bytes);
  sg_put_u64(out, run->file_bytes);
  sg_put_u64(out, 0);
  sg_put_u32(out, run->processes);
  sg_put_u32(out, run->open_files);
  sg_put_u32(out, run->window != 0 ? run->window : HARNESS_WINDOW);
  sg_put_u16(out, 100);
  sg_put_u16(out, 30);
  sg_put_str(out, run->cwd == NULL ? "" : run->cwd);
  put_strings(out, run->argv);
  put_strings(out, environment);
}

void harness_exec(struct harness *harness, const struct run *run) {
  sg_begin(&harness->out, SG_EXEC, 0, run->id);
  put_command(&harness->out, run);
  sg_end(&harness->out);
}

void harness_prime(struct harness *harness, const struct run *run, const char *path) {
  const char *const paths[] = {path, NULL};
  sg_begin(&harness->out, SG_PRIME, 0, run->id);
  put_command(&harness->out, run);
  sg_put_str(&harness->out, "/prime.so");
  put_strings(&harness->out, paths);
  sg_end(&harness->out);
  harness_send(harness);
}

void harness_stdin(struct harness *harness, uint16_t id, const void *bytes, size_t count, bool is_last) {
  sg_begin(&harness->out, SG_STDIN, is_last ? SG_LAST : 0, id);
  sg_put_raw(&harness->out, bytes, count);
  sg_end(&harness->out);
}

void harness_credit(struct harness *harness, uint16_t id, uint8_t kind, uint32_t bytes) {
  sg_begin(&harness->out, SG_CREDIT, 0, id);
  sg_put_u8(&harness->out, kind);
  sg_put_u32(&harness->out, bytes);
  sg_end(&harness->out);
  harness_send(harness);
}

void harness_signal(struct harness *harness, uint16_t id, uint8_t number, uint8_t scope) {
  sg_begin(&harness->out, SG_SIGNAL, 0, id);
  sg_put_u8(&harness->out, number);
  sg_put_u8(&harness->out, scope);
  sg_end(&harness->out);
  harness_send(harness);
}

static void keep_output(struct outcome *outcome, const struct sg_frame *frame) {
  size_t kept = outcome->output_length[frame->flags] < KEPT_BYTES ? outcome->output_length[frame->flags] : KEPT_BYTES;
  size_t more = frame->length < KEPT_BYTES - kept ? frame->length : KEPT_BYTES - kept;
  char *grown = realloc(outcome->output[frame->flags], kept + more + 1);
  if (grown == NULL) die("memory");
  memcpy(grown + kept, frame->payload, more);
  grown[kept + more] = '\0';
  outcome->output[frame->flags] = grown;
  outcome->output_length[frame->flags] += frame->length;
}

static void keep_failure(struct outcome *outcome, const struct sg_frame *frame) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  outcome->step = sg_get_u32(&reader);
  outcome->err = sg_get_u32(&reader);
  char *detail = sg_get_str(&reader, sizeof outcome->detail - 1);
  if (!sg_reader_done(&reader)) die("a malformed failure");
  (void)snprintf(outcome->detail, sizeof outcome->detail, "%s", detail);
  free(detail);
}

static void keep_exit(struct outcome *outcome, const struct sg_frame *frame) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  outcome->is_exited = true;
  outcome->kind = sg_get_u8(&reader);
  outcome->value = sg_get_u8(&reader);
  outcome->reason = sg_get_u16(&reader);
  outcome->wall_ns = sg_get_u64(&reader);
  outcome->cpu_ns = sg_get_u64(&reader);
  outcome->memory_bytes = sg_get_u64(&reader);
  outcome->processes = sg_get_u32(&reader);
  outcome->oom_kills = sg_get_u32(&reader);
  outcome->forks_refused = sg_get_u32(&reader);
  outcome->stdout_bytes = sg_get_u64(&reader);
  outcome->stderr_bytes = sg_get_u64(&reader);
  outcome->disk_bytes = sg_get_u64(&reader);
  outcome->facts = sg_get_u32(&reader);
  if (!sg_reader_done(&reader)) die("a malformed EXITED");
}

void harness_await(struct harness *harness, const struct run *run, struct outcome *outcome) {
  for (;;) {
    struct message message = harness_receive(harness, HARNESS_WAIT_MS);
    outcome->is_lost = message.is_end;
    outcome->is_fault = !message.is_end && message.frame.type == SG_FAULT;
    if (message.is_end) return;
    if (outcome->is_fault) return keep_failure(outcome, &message.frame);
    if (message.frame.id != run->id) continue;
    switch (message.frame.type) {
      case SG_STARTED: outcome->is_started = true; break;
      case SG_OUTPUT:
        if (!outcome->is_started || message.frame.flags < 1 || message.frame.flags > 3) die("OUTPUT before STARTED, or of no stream");
        keep_output(outcome, &message.frame);
        if (!run->grants_no_credit) harness_credit(harness, run->id, message.frame.flags, message.frame.length);
        break;
      case SG_RESULT: keep_failure(outcome, &message.frame); return;
      case SG_EXITED: keep_exit(outcome, &message.frame); return;
      default: break;
    }
  }
}

void harness_run(struct harness *harness, const struct run *run, struct outcome *outcome) {
  *outcome = (struct outcome){.is_started = false};
  harness_exec(harness, run);
  if (run->input != NULL || !run->keeps_stdin_open)
    harness_stdin(harness, run->id, run->input == NULL ? "" : run->input, run->input == NULL ? 0 : strlen(run->input),
                  !run->keeps_stdin_open);
  harness_send(harness);
  harness_await(harness, run, outcome);
}

uint32_t harness_await_result(struct harness *harness, uint16_t id, uint32_t *err) {
  struct outcome outcome = {.step = UINT32_MAX};
  for (;;) {
    struct message message = harness_receive(harness, HARNESS_WAIT_MS);
    if (message.is_end) break;
    if (message.frame.type != SG_RESULT || message.frame.id != id) continue;
    keep_failure(&outcome, &message.frame);
    break;
  }
  if (err != NULL) *err = outcome.err;
  return outcome.step;
}

char *harness_read(struct harness *harness, const char *path, uint32_t *step) {
  struct outcome outcome = {.step = SG_STEP_DONE};
  struct message message;
  *step = SG_STEP_DONE;
  sg_begin(&harness->out, SG_READ, 0, 99);
  sg_put_u64(&harness->out, 0);
  sg_put_u64(&harness->out, KEPT_BYTES);
  sg_put_str(&harness->out, path);
  sg_end(&harness->out);
  harness_send(harness);
  do {
    message = harness_receive(harness, HARNESS_WAIT_MS);
    if (message.is_end) die("the stream ended during READ");
    if (message.frame.type == SG_RESULT) {
      keep_failure(&outcome, &message.frame);
      *step = outcome.step;
      outcome_free(&outcome);
      return NULL;
    }
    uint8_t flags = message.frame.flags;
    message.frame.flags = 1;
    keep_output(&outcome, &message.frame);
    message.frame.flags = flags;
  } while (!(message.frame.flags & SG_LAST));
  return outcome.output[1];
}

void outcome_free(struct outcome *outcome) {
  for (int i = 0; i < 4; i++) free(outcome->output[i]);
  *outcome = (struct outcome){.is_started = false};
}
