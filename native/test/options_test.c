#include "options.h"

#include <fcntl.h>

#include "tap.h"

#define PARSE(...)                                                                                 \
  __extension__({                                                                                  \
    char *list[] = {"agent", __VA_ARGS__};                                                         \
    options_parse((int)(sizeof list / sizeof *list), list, &options, &error);                      \
  })

int main(void) {
  struct options options;
  struct sg_error error;
  CHECK(PARSE("--stream", "1", "--uid", "1000", "--gid", "1001", "--id", "7", "--join", "0", "--join", "2", "--cpu", "2") == 0, "a full command line is accepted");
  CHECK(options.stream == 1 && options.uid == 1000 && options.gid == 1001 && options.sandbox_id == 7, "its values are kept");
  CHECK(options.join_count == 2 && options.joins[1] == 2 && options.cpu == 2 && options.memory_peak == -1, "what is not given stays absent");
  CHECK((fcntl(2, F_GETFD) & FD_CLOEXEC) != 0, "inherited descriptors become close-on-exec");
  CHECK(options.stream_out == 1 && !options.is_in_cgroup, "one stream serves both directions unless another is named");
  CHECK(PARSE("--stream", "0", "--stream-out", "1", "--uid", "1", "--gid", "1") == 0 && options.stream == 0 && options.stream_out == 1, "a stream can be a pair");
  CHECK(PARSE("--stream", "1", "--uid", "1", "--gid", "1", "--own-cgroup", "/no/such/folder") == 0 && options.is_in_cgroup && options.cpu == -1 && options.memory_peak == -1,
        "counters that are not there stay absent");
  CHECK(options.heard_within_s == 0, "an agent waits for its worker unless told how long");
  CHECK(PARSE("--stream", "1", "--uid", "1", "--gid", "1", "--heard-within", "60") == 0 && options.heard_within_s == 60, "how long it waits is in seconds");
  CHECK(PARSE("--stream", "1", "--uid", "1", "--gid", "1", "--heard-within", "86401") == -1, "it waits no longer than a day");
  CHECK(PARSE("--stream", "1") == -1, "the user id is required");
  CHECK(PARSE("--stream", "1", "--uid", "x", "--gid", "1") == -1, "a word is no number");
  CHECK(PARSE("--stream", "1", "--uid", "-1", "--gid", "1") == -1, "a negative number is refused");
  CHECK(PARSE("--stream", "1", "--uid", "4294967295", "--gid", "1") == -1, "the invalid user id is refused");
  CHECK(PARSE("--stream", "1", "--uid", "1", "--gid") == -1, "an option without its value is refused");
  CHECK(PARSE("--stream", "1", "--uid", "65536", "--gid", "1") == -1, "a user id that HELLO cannot carry is refused");
  CHECK(PARSE("--stream", "1", "--uid", " 1", "--gid", "1") == -1, "a number with a blank is refused");
  CHECK(PARSE("--stream", "1", "--uid", "1", "--gid", "1", "--join", "0", "--join", "0", "--join", "0", "--join", "0", "--join", "0", "--join", "0", "--join", "0", "--join", "0", "--join", "0") == -1,
        "more cgroups than there is room for are refused");
  CHECK(PARSE("--stream", "987", "--uid", "1", "--gid", "1") == -1, "a descriptor that is not open is refused");
  CHECK(PARSE("--stream", "1", "--uid", "1", "--gid", "1", "--what", "1") == -1, "an unknown option is refused");
  return TAP_END();
}
