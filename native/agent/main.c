/* The agent: PID 1 of a sandbox. It does what the frames on its stream say (docs/agent-protocol.md): write files, start programs, carry
 * their input and output, enforce time and output limits, report what was used. It has one thread and one loop (loop.c); frames are carried
 * out in file_requests.c and program_requests.c.
 *
 * It trusts neither side blindly. Programs run under another user id, in another cgroup, without capabilities and behind a filter of system
 * calls; file work is done with their rights, not the agent's. From the worker it accepts only well-formed, bounded frames.
 *
 * When the stream ends, the agent exits, and the kernel kills every process of the sandbox with it (pid_namespaces(7)). It also exits when
 * it has heard nothing for as long as its starter says (--heard-within): a stream that others carry need not end with the worker. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"
#include "descriptors.h"
#include "loop.h"
#include "privileges.h"
#include "seccomp.h"

enum { LAST_WORD_MS = 1000, USAGE_EXIT_CODE = 2, LAST_SIGNAL = 64 };

/* kill(-1) means "the sandbox" to PID 1 only; to any other privileged process it means the machine. */
static int check_is_first_process(struct sg_error *error) {
  return getpid() == 1 ? 0
                       : sg_fail(error, SG_STEP_FIRST_PROCESS, EPERM, "the agent is process %d, it must be the first of its PID namespace",
                                 (int)getpid());
}

/* 0 to 2 are taken, so that no pipe gets one of these numbers and is mixed up with a program's stdio; what else was inherited is not passed
 * on. */
static int guard_descriptors(struct sg_error *error) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
      return sg_fail(error, SG_STEP_STDIO, errno, "/dev/null as descriptor %d", fd);
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || descriptors_mark_close_on_exec((unsigned)files.rlim_cur) != 0)
    return sg_fail(error, SG_STEP_CLOSE_DESCRIPTORS, errno, "mark them close-on-exec");
  return 0;
}

/* Ignored signals would be inherited by programs, and some starters ignore all of them. By system call, because the C library keeps 32 and
 * 33 to itself; zeroes are SIG_DFL without flags in every layout of the kernel's structure. SIGPIPE is ignored here only: the child takes
 * that back. */
static int reset_signals(struct sg_error *error) {
  const uint64_t standard[8] = {0};
  for (int number = 1; number <= LAST_SIGNAL; number++)
    if (number != SIGKILL && number != SIGSTOP && syscall(SYS_rt_sigaction, number, standard, NULL, sizeof(uint64_t)) != 0)
      return sg_fail(error, SG_STEP_SIGNAL_STATE, errno, "signal %d", number);
  return signal(SIGPIPE, SIG_IGN) != SIG_ERR ? 0 : sg_fail(error, SG_STEP_SIGNAL_STATE, errno, "ignore SIGPIPE");
}

static int prepare(struct agent *agent, struct sg_error *error) {
  if (stream_init(&agent->stream, agent->options->stream, agent->options->stream_out, error) != 0 || check_is_first_process(error) != 0) return -1;
  if (guard_descriptors(error) != 0 || reset_signals(error) != 0) return -1;
  umask(0); /* a WRITE says its mode */
  if (privileges_reduce_agent(agent->options, error) != 0) return -1;
  /* The launcher starts the agent in the working directory. Opened as the program: what it may not enter, the agent does not either. */
  agent->work = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (agent->work < 0) return sg_fail(error, SG_STEP_WORKING_DIRECTORY, errno, "open");
  /* Last: nothing after it needs a call that programs do not have. */
  return loop_open(agent, error) != 0 || seccomp_apply(error) != 0 ? -1 : 0;
}

static void say_hello(struct agent *agent) {
  struct sg_writer *out = &agent->stream.out;
  sg_begin(out, SG_HELLO, 0, 0);
  sg_put_u16(out, SG_PROTOCOL_VERSION);
  sg_put_u16(out, (uint16_t)agent->options->uid);
  sg_put_u32(out, usage_facts(agent->options));
  sg_put_u32(out, agent->options->sandbox_id);
  sg_end(out);
  stream_send_by(&agent->stream, 0);
}

/* The last word, waited for only so long: the worker may not be reading. */
static void say_fault(struct agent *agent, const struct sg_error *error) {
  struct sg_writer *out = &agent->stream.out;
  struct pollfd room = {.fd = agent->stream.out_fd, .events = POLLOUT};
  sg_begin(out, SG_FAULT, 0, 0);
  sg_put_u32(out, (uint32_t)error->step);
  sg_put_u32(out, (uint32_t)error->err);
  sg_put_str(out, error->detail);
  sg_end(out);
  while (sg_flush(out, agent->stream.out_fd) == 0 && sg_pending(out) > 0 && poll(&room, 1, LAST_WORD_MS) > 0) continue;
}

int main(int argc, char **argv) {
  static struct agent agent; /* too large for comfort on the stack; zeroed pages cost nothing until used */
  struct options options;
  struct sg_error error;
  if (options_parse(argc, argv, &options, &error) != 0) {
    (void)fprintf(stderr, "sandglass-agent: %s: %s\n", sg_step_name(error.step), error.detail);
    return USAGE_EXIT_CODE;
  }
  agent.options = &options;
  if (prepare(&agent, &error) == 0) {
    say_hello(&agent);
    if (loop_run(&agent, &error) == 0) return 0;
  }
  say_fault(&agent, &error);
  return 1;
}
