/* The launcher as a whole, with the real agent, real namespaces and control groups: what it promises, what it refuses, what it leaves behind (nothing). */
#include "launcher_client.h"

#include "tap.h"

static char folder[64];
static char output[TEXT_BYTES];

static bool is_root(void) { return geteuid() == 0; }

static const char *settings(char text[4096], const char *more) {
  /* An ordinary user may have neither control groups nor ids to give; that is what accepting weaker isolation is for. */
  snprintf(text, 4096, "max-sandboxes 3\n%s%s%s", is_root() ? "" : "allow-weaker memory,pids,cpu,separate-uid\n", more, TEST_IMAGE);
  return text;
}

static bool open_launcher(struct test_launcher *launcher, const char *name, int *control) {
  char text[4096];
  uint8_t payload[TEXT_BYTES + 1];
  name_launcher(launcher, folder, name);
  write_config(launcher, settings(text, ""));
  start_launcher(launcher);
  *control = connect_launcher(launcher);
  if (*control < 0) return false;
  send_control(*control);
  return receive_frame(*control, payload).type == SG_READY;
}

/* Whether no control group, socket or lock of an instance is left. (Its processes are known to be dead by the end of their streams.) */
static bool is_clean(const char *name) {
  char command[512];
  snprintf(command, sizeof command, "find /sys/fs/cgroup -name %s 2>/dev/null; ls %s/state/%s.lock %s/%s.sock 2>/dev/null", name, folder, name, folder, name);
  return prints_nothing(command);
}

static void test_inside(int stream) {
  static const struct {
    const char *title, *command, *expected;
  } ROWS[] = {
      {"the program is user and group 1000, in no other group", "id -u; id -g; id -G", "1000\n1000\n1000\n"},
      {"the program has no capability, and none to gain", "grep -h '^Cap' /proc/self/status | cut -f2 | sort -u", "0000000000000000\n"},
      {"no_new_privs is set and a filter is on", "grep -hE '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2", "1\n2\n"},
      {"the host name is the one asked for", "cat /proc/sys/kernel/hostname", "glass\n"},
      {"the environment is the given one", "env -u PWD -u OLDPWD -u _", "PATH=/usr/bin:/usr/sbin\n"},
      {"no descriptor is inherited but 0, 1 and 2", "ls /proc/self/fd | wc -l", "4\n"},
      {"files and links of the image are there", "cat /etc/greeting /etc/empty; readlink /bin", "hello\nusr/bin\n"},
      {"a hidden directory is empty", "ls -A /usr/local", ""},
      {"there is no /sys", "ls -d /sys 2>/dev/null", ""},
      {"/dev holds the harmless devices only", "ls /dev | tr '\\n' ' '", "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero "},
      {"the agent and other processes are hidden", "ls -d /proc/1 2>/dev/null; ls -d /proc/[0-9]* | wc -l | grep -c '^[1-6]$'", "1\n"},
      {"the root is read-only", "for f in /x /etc/x /dev/x /usr/x /sys/x; do touch $f 2>/dev/null && echo $f; done; true", ""},
      {"the working directory, /tmp and /dev/shm can be written", "touch /work/a /tmp/a /dev/shm/a && echo yes", "yes\n"},
      {"they are one space of the asked-for size", "df -k --output=size /work /tmp /dev/shm | sort -u | grep -c 16384", "1\n"},
      {"programs can be run in the working directory", "cp /usr/bin/true t && ./t && echo yes", "yes\n"},
      {"loopback is up and the only interface", "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; tail -n +2 /proc/net/route", "lo\n"},
      {"nothing can be mounted", "mount -t tmpfs none /tmp 2>/dev/null; mount --bind / /tmp 2>/dev/null; umount /proc 2>/dev/null || echo no", "no\n"},
      {"no namespace can be made", "unshare --user true 2>/dev/null || echo no", "no\n"},
      {"what /proc tells of the host is covered", "cat /proc/cmdline /proc/keys /proc/kallsyms /proc/interrupts 2>/dev/null | wc -c; ls -A /proc/fs /proc/irq /proc/bus",
       "0\n/proc/bus:\n\n/proc/fs:\n\n/proc/irq:\n"},
      {"what programs ask of /proc is there", "cat /proc/cpuinfo /proc/meminfo /proc/stat /proc/uptime /proc/loadavg /proc/version >/dev/null && echo yes", "yes\n"},
      {"the agent cannot be killed", "kill -9 1 2>/dev/null; kill -9 -1 2>/dev/null; test -d /proc/self && echo yes", "yes\n"},
      {"and serves on after the attempt", "echo yes", "yes\n"},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    (void)run_inside(stream, ROWS[i].command, output);
    bool same = strcmp(output, ROWS[i].expected) == 0;
    if (!same) printf("# got: %.300s\n", output);
    CHECK(same, ROWS[i].title);
  }
}

static void send_configure(int control, uint32_t id, const struct test_limits *limits) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_CONFIGURE, 0, 5);
  sg_put_u32(&out, id);
  put_limits(&out, limits);
  send_frames(control, &out);
}

/* The step of a DONE for that sandbox, 0 for success; -1 for any other answer. */
static int receive_done(int control, uint32_t id) {
  uint8_t payload[TEXT_BYTES + 1];
  struct sg_frame frame = receive_frame(control, payload);
  struct sg_reader reader;
  sg_reader_init(&reader, frame.payload, frame.length);
  return frame.type == SG_DONE && frame.id == 5 && sg_get_u32(&reader) == id ? (int)sg_get_u32(&reader) : -1;
}

static void test_configure(int control, int stream, uint32_t id) {
  struct test_limits small = {.memory = 24 << 20, .disk = 1 << 20, .processes = 8, .inodes = 64}, none = USUAL;
  none.inodes = 0;
  send_configure(control, id, &small);
  CHECK(receive_done(control, id) == 0, "CONFIGURE sets lower bounds on a live sandbox");
  (void)run_inside(stream, "df -k --output=size /work | tail -1 | tr -d ' '", output);
  CHECK(strcmp(output, "1024\n") == 0, "the writable space has its new size");
  CHECK(run_inside(stream, "head -c 3000000 /dev/zero >big 2>/dev/null", output) == 1, "writing past it fails");
  (void)run_inside(stream, "rm big", output);
  if (is_root()) {
    CHECK(run_inside(stream, "head -c 60000000 /dev/zero | tail -c 50000000 >/dev/null", output) != 0, "a program past its memory is killed");
    (void)run_inside(stream, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done 2>&1 | head -1", output);
    CHECK(strstr(output, "fork") != NULL, "processes past their number are refused");
  }
  send_configure(control, id, &none);
  CHECK(receive_done(control, id) == SG_STEP_CGROUP_LIMIT, "a bound of zero is refused, not taken for none");
  send_configure(control, 999, &USUAL);
  CHECK(receive_done(control, 999) == SG_STEP_UNKNOWN_SANDBOX, "CONFIGURE of an unknown sandbox says so");
}

static void send_pin(int control, uint32_t id, uint32_t cpu) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_PIN, 0, 5);
  sg_put_u32(&out, id);
  sg_put_u32(&out, cpu);
  send_frames(control, &out);
}

/* The last of the cores that READY lists; -1 when there are fewer than two, so that none can be given away. */
static int last_core(const char *facts) {
  const char *list = strstr(facts, "\"cpus\":[");
  if (list == NULL || strchr(list, ',') == NULL) return -1;
  return atoi(strrchr(list, ',') + 1);
}

/* Three sandboxes of a launcher of their own: one gets a core, which the others then have lost. */
static void test_pin(void) {
  enum { EVERY_CORE = 0xffff };
  struct test_launcher launcher;
  uint8_t payload[TEXT_BYTES + 1];
  char text[4096], before[TEXT_BYTES], allowed[32];
  uint32_t id, other_id;
  static const char CORES[] = "grep Cpus_allowed_list /proc/self/status | cut -f2", ESCAPE[] = "taskset -p ffff $$ >/dev/null 2>&1; grep Cpus_allowed_list /proc/self/status | cut -f2";
  name_launcher(&launcher, folder, "test-pin");
  write_config(&launcher, settings(text, ""));
  start_launcher(&launcher);
  int control = connect_launcher(&launcher);
  send_control(control);
  (void)receive_frame(control, payload);
  int core = last_core((const char *)payload + 6);
  int stream = create_sandbox(&launcher, &id), other = create_sandbox(&launcher, &other_id);
  if (core < 0) {
    send_pin(control, id, 0);
    CHECK(receive_done(control, id) == SG_STEP_CGROUP_LIMIT, "without cpusets, or with one core, a core of its own is refused");
  } else {
    snprintf(allowed, sizeof allowed, "%d\n", core);
    (void)run_inside(other, CORES, before);
    send_pin(control, id, EVERY_CORE);
    CHECK(receive_done(control, id) == SG_STEP_CGROUP_LIMIT, "a core that is not there is refused");
    send_pin(control, id, (uint32_t)core);
    CHECK(receive_done(control, id) == 0, "PIN gives a sandbox a core");
    (void)run_inside(stream, CORES, output);
    CHECK(strcmp(output, allowed) == 0, "its programs run on that core only");
    (void)run_inside(stream, ESCAPE, output);
    CHECK(strcmp(output, allowed) == 0, "and cannot leave it");
    (void)run_inside(other, ESCAPE, output);
    CHECK(strstr(output, before) == NULL && strchr(output, allowed[0]) == NULL, "programs of the others are kept off it, also when they ask for every core");
    send_pin(control, other_id, (uint32_t)core);
    CHECK(receive_done(control, other_id) == SG_STEP_CGROUP_LIMIT, "no second sandbox gets the same core");
    uint32_t late_id;
    int late = create_sandbox(&launcher, &late_id);
    (void)run_inside(late, CORES, output);
    CHECK(strchr(output, allowed[0]) == NULL, "nor is it open to one made later");
    close(late);
    (void)receive_frame(control, payload);
    send_destroy(control, id);
    CHECK(receive_frame(control, payload).type == SG_GONE, "a pinned sandbox is destroyed like any other");
    (void)run_inside(other, CORES, output);
    CHECK(strcmp(output, before) == 0, "and the others have its core again when it is gone");
  }
  close(stream);
  close(other);
  close(control);
  kill(launcher.pid, SIGTERM);
  CHECK(end_of(&launcher) == 0 && is_clean("test-pin"), "a launcher that gave cores away leaves nothing");
}

/* A connection that sends `bytes` and is answered by FAULT of that step, then closed. */
static void expect_fault(struct test_launcher *launcher, const void *bytes, size_t count, enum sg_step step, const char *title) {
  uint8_t payload[TEXT_BYTES + 1];
  int fd = try_connect(launcher);
  bool sent = fd >= 0 && send(fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count;
  struct sg_frame frame = receive_frame(fd, payload);
  bool refused = sent && frame.type == SG_FAULT && first_u32(&frame) == (uint32_t)step;
  CHECK(refused && receive_frame(fd, payload).type == 0, title);
  close(fd);
}

static void test_bad_input(struct test_launcher *launcher) {
  static const uint8_t UNKNOWN_TYPE[] = {0, 0, 0, 0, 0x7f, 0, 0, 0}, TOO_LONG[] = {1, 0, 1, 0, 0x82, 0, 0, 0}, SHORT_CREATE[] = {2, 0, 0, 0, 0x82, 0, 0, 0, 1, 1},
                       FLAGS[] = {2, 0, 0, 0, 0x81, 1, 0, 0, 1, 0}, OTHER_VERSION[] = {2, 0, 0, 0, 0x81, 0, 0, 0, 9, 0},
                       DESTROY_FIRST[] = {4, 0, 0, 0, 0x84, 0, 0, 0, 1, 0, 0, 0}, SECOND_CONTROL[] = {2, 0, 0, 0, 0x81, 0, 0, 0, 1, 0};
  expect_fault(launcher, UNKNOWN_TYPE, sizeof UNKNOWN_TYPE, SG_STEP_PROTOCOL, "a frame of unknown type is refused");
  expect_fault(launcher, TOO_LONG, sizeof TOO_LONG, SG_STEP_PROTOCOL, "a frame above 64 KiB is refused before it is read");
  expect_fault(launcher, SHORT_CREATE, sizeof SHORT_CREATE, SG_STEP_PROTOCOL, "a CREATE that is too short is refused");
  expect_fault(launcher, FLAGS, sizeof FLAGS, SG_STEP_PROTOCOL, "unknown flags are refused");
  expect_fault(launcher, OTHER_VERSION, sizeof OTHER_VERSION, SG_STEP_PROTOCOL, "another protocol version is refused");
  expect_fault(launcher, DESTROY_FIRST, sizeof DESTROY_FIRST, SG_STEP_PROTOCOL, "a command outside of the control connection is refused");
  expect_fault(launcher, SECOND_CONTROL, sizeof SECOND_CONTROL, SG_STEP_NOT_ALLOWED, "a second control connection is refused while one is there");
  uint8_t payload[TEXT_BYTES + 1];
  int fd = try_connect(launcher);
  send_create(fd, "huge", "glass", &USUAL);
  struct sg_frame frame = receive_frame(fd, payload);
  CHECK(frame.type == SG_FAULT && first_u32(&frame) == SG_STEP_UNKNOWN_IMAGE, "an unknown image is refused");
  close(fd);
  fd = try_connect(launcher);
  send_create(fd, "tiny", "two words", &USUAL);
  frame = receive_frame(fd, payload);
  CHECK(frame.type == SG_FAULT && first_u32(&frame) == SG_STEP_PROTOCOL, "a host name with a blank is refused");
  close(fd);
}

static void test_destroy(int control, int stream, uint32_t id) {
  uint8_t payload[TEXT_BYTES + 1];
  (void)run_inside(stream, "sleep 100 & true", output);
  send_destroy(control, id);
  struct sg_frame frame = receive_frame(control, payload);
  CHECK(frame.type == SG_GONE && frame.id == 9 && first_u32(&frame) == id && payload[4] == 1, "DESTROY is answered by GONE when nothing is left");
  CHECK(receive_frame(stream, payload).type == 0, "the stream of a destroyed sandbox ends");
  CHECK(prints_nothing("find /sys/fs/cgroup -path '*test-one/sb-*' -prune 2>/dev/null"), "its control groups are removed before GONE");
  send_destroy(control, id);
  frame = receive_frame(control, payload);
  CHECK(frame.type == SG_DONE && payload[4] == SG_STEP_UNKNOWN_SANDBOX, "DESTROY of a sandbox that is gone says so");
  close(stream);
}

static void test_bound_and_loss(struct test_launcher *launcher, int *control) {
  uint8_t payload[TEXT_BYTES + 1];
  uint32_t ids[3];
  int streams[3];
  for (int i = 0; i < 3; i++) streams[i] = create_sandbox(launcher, &ids[i]);
  CHECK(streams[0] >= 0 && streams[1] >= 0 && streams[2] >= 0 && ids[0] != ids[1] && ids[1] != ids[2], "sandboxes up to max-sandboxes are made, with ids of their own");
  int fd = try_connect(launcher);
  send_create(fd, "tiny", "glass", &USUAL);
  struct sg_frame frame = receive_frame(fd, payload);
  CHECK(frame.type == SG_FAULT && first_u32(&frame) == SG_STEP_TOO_MANY_SANDBOXES, "one more is refused");
  close(fd);
  /* The agent ends when its stream does; nobody asked for it. */
  close(streams[0]);
  frame = receive_frame(*control, payload);
  CHECK(frame.type == SG_GONE && frame.id == 0 && first_u32(&frame) == ids[0] && payload[4] == 0, "a sandbox whose stream ended is reported as gone, unasked");
  close(*control);
  CHECK(receive_frame(streams[1], payload).type == 0 && receive_frame(streams[2], payload).type == 0, "the end of the control connection ends its sandboxes");
  close(streams[1]);
  close(streams[2]);
  fd = try_connect(launcher);
  for (int i = 0; i < 100; i++) {
    send_control(fd);
    if (receive_frame(fd, payload).type == SG_READY) break;
    close(fd);
    pause_ms(10);
    fd = try_connect(launcher);
  }
  *control = fd;
  uint32_t id = 0;
  int stream = create_sandbox(launcher, &id);
  CHECK(stream >= 0 && id > ids[2], "a new control connection goes on, with new ids");
  close(stream);
  CHECK(receive_frame(fd, payload).type == SG_GONE, "and is told of its own sandboxes only");
}

static void test_ends(void) {
  struct test_launcher launcher, other;
  uint8_t payload[TEXT_BYTES + 1];
  uint32_t id;
  int control, other_control;
  CHECK(open_launcher(&launcher, "test-two", &control), "a launcher starts for the tests of its end");
  int stream = create_sandbox(&launcher, &id);
  CHECK(open_launcher(&other, "test-three", &other_control) && run_inside(stream, "echo yes", output) == 0, "a second instance leaves the first one's sandboxes alone");
  struct test_launcher twin = launcher;
  start_launcher(&twin);
  CHECK(end_of(&twin) == 3, "a second launcher of the same instance refuses to start");
  kill(launcher.pid, SIGKILL);
  CHECK(receive_frame(stream, payload).type == 0, "SIGKILL of the launcher ends its sandboxes");
  (void)waitpid(launcher.pid, NULL, 0);
  close(stream);
  close(control);
  kill(other.pid, SIGTERM);
  CHECK(end_of(&other) == 0 && is_clean("test-three"), "SIGTERM ends a launcher with code 0 and nothing is left");
  close(other_control);
  CHECK(open_launcher(&other, "test-four", &other_control) && is_clean("test-two"), "the next launcher removes what a killed one left: groups, lock and socket");
  kill(other.pid, SIGTERM);
  (void)end_of(&other);
  close(other_control);
}

static void test_parent(void) {
  struct test_launcher launcher;
  int control, ready[2];
  if (pipe(ready) != 0) return;
  pid_t parent = fork();
  if (parent == 0) {
    bool opened = open_launcher(&launcher, "test-five", &control);
    uint32_t id;
    (void)create_sandbox(&launcher, &id);
    if (write(ready[1], opened ? "y" : "n", 1) == 1) pause();
    _exit(0);
  }
  char answer = 'n';
  (void)!read(ready[0], &answer, 1);
  kill(parent, SIGKILL);
  (void)waitpid(parent, NULL, 0);
  bool clean = false;
  for (int i = 0; i < 100 && !clean; i++) {
    pause_ms(20);
    name_launcher(&launcher, folder, "test-five");
    clean = access(launcher.socket, F_OK) != 0;
  }
  CHECK(answer == 'y' && clean && is_clean("test-five"), "a launcher started with --exit-with-parent ends with its parent and nothing is left");
  close(ready[0]);
  close(ready[1]);
}

static void test_config(void) {
  static const struct {
    const char *title, *settings, *said;
  } ROWS[] = {
      {"an unknown setting is refused with its line", "colour blue\n", "line 5"},
      {"a number out of range is refused with the range", "max-sandboxes 0\n", "1 to 16384"},
      {"an unknown mechanism is refused with the known ones", "allow-weaker everything\n", "separate-uid"},
      {"an image path with .. is refused", "image a\ndir /a/../b 755\nend\n", "absolute and normal"},
      {"an image path of the launcher's own is refused", "image a\ndir /proc/x 755\nend\n", "made by the launcher"},
      {"a bad escape is refused", "image a\ndir /a%zz 755\nend\n", "percent-encoded"},
      {"bad base64 is refused", "image a\nfile /a 644 a*==\nend\n", "base64"},
      {"an image without end is refused", "image a\ndir /a 755\n", "has no line"},
      {"a disk for more than one sandbox is refused", "disk /tmp\nimage a\nend\n", "set max-sandboxes to 1"},
      {"a configuration without an image is refused", "", "\\\"image\\\" is missing"},
  };
  struct test_launcher launcher;
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    char command[512];
    name_launcher(&launcher, folder, "test-six");
    write_config(&launcher, ROWS[i].settings);
    start_launcher(&launcher);
    int code = end_of(&launcher);
    snprintf(command, sizeof command, "grep -L -F '%s' %s/test-six.log", ROWS[i].said, folder);
    CHECK(code == 2 && prints_nothing(command), ROWS[i].title);
  }
  char text[4096];
  snprintf(text, sizeof text, "%simage a\nbind /nowhere /x\nend\n", is_root() ? "" : "allow-weaker memory,pids,cpu,separate-uid\n");
  write_config(&launcher, text);
  start_launcher(&launcher);
  CHECK(end_of(&launcher) == 3 && is_clean("test-six"), "a bind source that is not there stops the start, and nothing is left");
  snprintf(text, sizeof text, "max-sandboxes 1\ndisk /proc\n%simage a\nend\n", is_root() ? "" : "allow-weaker memory,pids,cpu,separate-uid\n");
  write_config(&launcher, text);
  start_launcher(&launcher);
  CHECK(end_of(&launcher) == 3 && is_clean("test-six"), "a disk that cannot be bounded stops the start, and nothing is left");
}

/* Everything, as whoever runs this process. */
static int run_all(const char *base) {
  snprintf(folder, sizeof folder, "%s", base);
  struct test_launcher launcher;
  int control;
  uint32_t id = 0;
  bool opened = open_launcher(&launcher, "test-one", &control);
  CHECK(opened, "a launcher starts and answers CONTROL with READY");
  int stream = opened ? create_sandbox(&launcher, &id) : -1;
  CHECK(stream >= 0, "CREATE makes a sandbox whose agent says HELLO");
  if (stream < 0) return TAP_END();
  test_inside(stream);
  test_configure(control, stream, id);
  test_bad_input(&launcher);
  test_destroy(control, stream, id);
  test_bound_and_loss(&launcher, &control);
  kill(launcher.pid, SIGTERM);
  CHECK(end_of(&launcher) == 0 && is_clean("test-one"), "the launcher ends with code 0 and nothing of it is left");
  close(control);
  test_pin();
  test_ends();
  test_parent();
  test_config();
  return TAP_END();
}

/* A folder that the user of the tests may write and reach. */
static void make_folder(char path[64], uid_t uid) {
  snprintf(path, 64, "/tmp/sandglass-launcher-XXXXXX");
  if (mkdtemp(path) == NULL || chown(path, uid, uid) != 0) exit(2);
}

static void remove_folder(const char *path) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", path);
  (void)!system(command);
}

/* Copies the two programs to where another user can run them. */
static void lend_programs(const char *path) {
  char command[1024];
  snprintf(command, sizeof command, "cp %s/sandglass-launcher %s/sandglass-agent %s && chmod 755 %s/sandglass-*", getenv("SANDGLASS_BUILD_ABSOLUTE"),
           getenv("SANDGLASS_BUILD_ABSOLUTE"), path, path);
  (void)!system(command);
  setenv("SANDGLASS_BUILD_ABSOLUTE", path, 1);
}

int main(void) {
  enum { NOBODY = 65534 };
  const char *build = getenv("SANDGLASS_BUILD");
  char absolute[4096], path[64];
  if (realpath(build != NULL ? build : "build", absolute) == NULL) return 2;
  setenv("SANDGLASS_BUILD_ABSOLUTE", absolute, 1);
  setvbuf(stdout, NULL, _IOLBF, 0);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  make_folder(path, geteuid());
  int result = 0;
  if (is_root()) {
    char ordinary[64];
    make_folder(ordinary, NOBODY);
    lend_programs(ordinary);
    printf("# as user %d\n", NOBODY);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
      if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) _exit(2);
      (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
      int failed = run_all(ordinary);
      fflush(stdout);
      _exit(failed);
    }
    int status = 1;
    (void)waitpid(pid, &status, 0);
    result |= status != 0;
    remove_folder(ordinary);
    setenv("SANDGLASS_BUILD_ABSOLUTE", absolute, 1);
    puts("# as root");
  }
  result |= run_all(path);
  remove_folder(path);
  return result;
}
