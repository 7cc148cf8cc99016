/* A worker in miniature: starts a real launcher with a tiny image of the host's /usr and speaks its protocol. Used by launcher_test.c only. */
#ifndef SG_LAUNCHER_CLIENT_H
#define SG_LAUNCHER_CLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "wire.h"

enum { PATIENCE_MS = 10000, TEXT_BYTES = 65536 };

static const char *const TEST_IMAGE =
    "image tiny\nbind /usr /usr\nlink usr/bin /bin\nlink usr/lib /lib\nlink usr/lib64 /lib64\ndir /etc 755\n"
    "file /etc/greeting 644 aGVsbG8K\nfile /etc/empty 644 \nhide /usr/local\nend\n";

struct test_launcher {
  pid_t pid;
  char folder[64], socket[104], config[104], name[16];
};

struct test_limits {
  uint64_t memory, disk;
  uint32_t processes, inodes;
};

static const struct test_limits USUAL = {.memory = 128 << 20, .disk = 16 << 20, .processes = 32, .inodes = 256};

static void pause_ms(long ms) {
  struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  (void)nanosleep(&pause, NULL);
}

static void write_config(struct test_launcher *launcher, const char *settings) {
  FILE *file = fopen(launcher->config, "we");
  if (file == NULL) exit(2);
  fprintf(file, "socket %s\nagent %s/sandglass-agent\nstate %s/state\ninstance %s\n%s", launcher->socket, getenv("SANDGLASS_BUILD_ABSOLUTE"), launcher->folder,
          launcher->name, settings);
  fclose(file);
}

static void name_launcher(struct test_launcher *launcher, const char *folder, const char *name) {
  *launcher = (struct test_launcher){.pid = -1};
  snprintf(launcher->folder, sizeof launcher->folder, "%s", folder);
  snprintf(launcher->name, sizeof launcher->name, "%s", name);
  snprintf(launcher->socket, sizeof launcher->socket, "%s/%s.sock", folder, name);
  snprintf(launcher->config, sizeof launcher->config, "%s/%s.conf", folder, name);
}

/* Starts the program with its standard error in <folder>/<name>.log. */
static void start_launcher(struct test_launcher *launcher) {
  char program[256], log[256];
  snprintf(program, sizeof program, "%s/sandglass-launcher", getenv("SANDGLASS_BUILD_ABSOLUTE"));
  snprintf(log, sizeof log, "%s/%s.log", launcher->folder, launcher->name);
  launcher->pid = fork();
  if (launcher->pid != 0) return;
  int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out >= 0) dup2(out, 2);
  execl(program, program, "--config", launcher->config, "--exit-with-parent", (char *)NULL);
  _exit(127);
}

static int try_connect(const struct test_launcher *launcher) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", launcher->socket);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/* Connects once the launcher listens; -1 when it ends instead. */
static int connect_launcher(struct test_launcher *launcher) {
  for (int i = 0; i < PATIENCE_MS / 10; i++) {
    int fd = try_connect(launcher);
    if (fd >= 0) return fd;
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)launcher->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) return -1;
    pause_ms(10);
  }
  return -1;
}

/* Waits for the launcher's end: its exit code, or -1. */
static int end_of(struct test_launcher *launcher) {
  for (int i = 0; i < PATIENCE_MS / 10; i++) {
    int status;
    if (waitpid(launcher->pid, &status, WNOHANG) == launcher->pid) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    pause_ms(10);
  }
  return -1;
}

static bool receive_all(int fd, void *into, size_t count) {
  for (size_t done = 0; done < count;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, PATIENCE_MS) <= 0) return false;
    ssize_t part = recv(fd, (char *)into + done, count - done, 0);
    if (part <= 0) return false;
    done += (size_t)part;
  }
  return true;
}

/* The next frame, its payload in `payload` (NUL-terminated). Type 0: the connection ended, or nothing came. */
static struct sg_frame receive_frame(int fd, uint8_t payload[TEXT_BYTES + 1]) {
  uint8_t header[SG_HEADER_BYTES];
  struct sg_frame frame = {.type = 0};
  if (!receive_all(fd, header, sizeof header)) return frame;
  uint32_t length = (uint32_t)header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16 | (uint32_t)header[3] << 24;
  if (length > TEXT_BYTES || !receive_all(fd, payload, length)) return frame;
  payload[length] = '\0';
  return (struct sg_frame){.type = header[4], .flags = header[5], .id = (uint16_t)(header[6] | header[7] << 8), .length = length, .payload = payload};
}

static void send_frames(int fd, struct sg_writer *out) {
  sg_end(out);
  (void)sg_flush(out, fd);
  sg_writer_free(out);
}

static void put_limits(struct sg_writer *out, const struct test_limits *limits) {
  sg_put_u64(out, limits->memory);
  sg_put_u32(out, limits->processes);
  sg_put_u32(out, 1000);
  sg_put_u64(out, limits->disk);
  sg_put_u32(out, limits->inodes);
  sg_put_u64(out, 0);
}

static void send_control(int fd) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_CONTROL, 0, 7);
  sg_put_u16(&out, SG_PROTOCOL_VERSION);
  send_frames(fd, &out);
}

static void send_create(int fd, const char *image, const char *hostname, const struct test_limits *limits) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_CREATE, 0, 0);
  put_limits(&out, limits);
  sg_put_str(&out, image);
  sg_put_str(&out, hostname);
  send_frames(fd, &out);
}

static void send_destroy(int control, uint32_t id) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_DESTROY, 0, 9);
  sg_put_u32(&out, id);
  send_frames(control, &out);
}

static uint32_t first_u32(const struct sg_frame *frame) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  return sg_get_u32(&reader);
}

/* A new sandbox's stream after its agent's HELLO; -1 when it could not be made. */
static int create_sandbox(struct test_launcher *launcher, uint32_t *id) {
  uint8_t payload[TEXT_BYTES + 1];
  int fd = try_connect(launcher);
  send_create(fd, "tiny", "glass", &USUAL);
  struct sg_frame frame = receive_frame(fd, payload);
  if (frame.type == SG_CREATED) {
    *id = first_u32(&frame);
    if (receive_frame(fd, payload).type == SG_HELLO) return fd;
  }
  printf("# no sandbox: frame 0x%02x, step %u, %s\n", frame.type, frame.length >= 4 ? first_u32(&frame) : 0,
         frame.length > 12 ? (const char *)payload + 12 : "");
  close(fd);
  return -1;
}

/* Runs `sh -c command` and collects its output; returns its exit code, or -1 when it did not exit by itself. */
static int run_inside(int stream, const char *command, char output[TEXT_BYTES]) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_EXEC, 0, 3);
  sg_put_u32(&out, 0);
  sg_put_u64(&out, 5000);
  for (int i = 0; i < 4; i++) sg_put_u64(&out, 0); /* cpu time, output, file and stack bytes */
  sg_put_u32(&out, 0);
  sg_put_u32(&out, 0);
  sg_put_u32(&out, 1 << 20);
  sg_put_u16(&out, 80);
  sg_put_u16(&out, 24);
  sg_put_str(&out, "");
  sg_put_u16(&out, 3);
  sg_put_str(&out, "/usr/bin/sh");
  sg_put_str(&out, "-c");
  sg_put_str(&out, command);
  sg_put_u16(&out, 1);
  sg_put_str(&out, "PATH=/usr/bin:/usr/sbin");
  sg_end(&out);
  sg_begin(&out, SG_STDIN, SG_LAST, 3);
  send_frames(stream, &out);
  size_t length = 0;
  output[0] = '\0';
  for (;;) {
    uint8_t payload[TEXT_BYTES + 1];
    struct sg_frame frame = receive_frame(stream, payload);
    if (frame.type == SG_OUTPUT && length + frame.length < TEXT_BYTES) {
      memcpy(output + length, payload, frame.length + 1);
      length += frame.length;
    } else if (frame.type == SG_EXITED) {
      return payload[0] == 0 ? payload[1] : -1;
    } else if (frame.type == 0 || frame.type == SG_RESULT || frame.type == SG_FAULT) {
      return -1;
    }
  }
}

/* Whether a command run by the test itself finds nothing to print. */
static bool prints_nothing(const char *command) {
  FILE *pipe = popen(command, "re");
  char line[512];
  bool nothing = pipe != NULL && fgets(line, sizeof line, pipe) == NULL;
  if (!nothing && pipe != NULL) printf("# %s: %s", command, line);
  if (pipe != NULL) pclose(pipe);
  return nothing;
}

#endif
