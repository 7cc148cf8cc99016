/* Fuzz target for whatever parses bytes of a peer: frames, EXEC commands, paths. With libFuzzer: clang -fsanitize=fuzzer,address -DSG_LIBFUZZER. Without it
 * the driver below mutates well-formed frames for a number of seconds; the seed is fixed, so a finding can be repeated. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "paths.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  struct sg_frame frame;
  struct sg_error error;
  for (long size; (size = sg_frame_parse(bytes, count, &frame)) > 0; bytes += size, count -= (size_t)size) {
    struct command command;
    if (command_parse(&frame, &command, &error) == 0) command_free(&command);
    struct sg_reader reader;
    sg_reader_init(&reader, frame.payload, frame.length);
    char *path = sg_get_str(&reader, 4096);
    if (path != NULL && path_check(path, &error) == 0 && (path[0] == '/' || strstr(path, "..") == path)) abort();
    free(path);
  }
  return 0;
}

#ifndef SG_LIBFUZZER
#include <stdio.h>

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint32_t next(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return below == 0 ? 0 : (uint32_t)(state >> 33) % below;
}

/* A valid EXEC and a valid WRITE to start from: mutations of something well-formed reach deeper than noise. */
static size_t make_seed(uint8_t *bytes, size_t size) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_EXEC, 0, 1);
  sg_put_u32(&out, next(8));
  for (int i = 0; i < 5; i++) sg_put_u64(&out, next(1000));
  for (int i = 0; i < 3; i++) sg_put_u32(&out, next(1000));
  sg_put_u16(&out, 80);
  sg_put_u16(&out, 24);
  sg_put_str(&out, "a/b");
  uint16_t count = (uint16_t)next(5);
  sg_put_u16(&out, count);
  for (uint16_t i = 0; i < count; i++) sg_put_str(&out, "argument");
  sg_put_u16(&out, 1);
  sg_put_str(&out, "PATH=/bin");
  sg_end(&out);
  sg_begin(&out, SG_WRITE, SG_FIRST | SG_LAST, 2);
  sg_put_str(&out, "dir/file");
  sg_put_u32(&out, 0644);
  sg_end(&out);
  size_t length = sg_pending(&out) < size ? sg_pending(&out) : size;
  memcpy(bytes, out.bytes, length);
  sg_writer_free(&out);
  return length;
}

static void mutate(uint8_t *bytes, size_t *count) {
  for (uint32_t times = next(8); times > 0 && *count > 0; times--) {
    uint32_t at = next((uint32_t)*count);
    switch (next(4)) {
      case 0: bytes[at] = (uint8_t)next(256); break;
      case 1: bytes[at] ^= (uint8_t)(1u << next(8)); break;
      case 2: *count = at; break;
      default: bytes[at] = next(2) ? 0xff : 0; break;
    }
  }
}

int main(int argc, char **argv) {
  long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 10;
  time_t end = time(NULL) + seconds;
  unsigned long runs = 0;
  while (time(NULL) < end) {
    for (int i = 0; i < 1000; i++, runs++) {
      /* Exactly as large as the input, so that one byte too far is seen. */
      uint8_t large[1024];
      size_t count = make_seed(large, sizeof large);
      mutate(large, &count);
      uint8_t *exact = malloc(count == 0 ? 1 : count);
      if (exact == NULL) return 1;
      memcpy(exact, large, count);
      (void)LLVMFuzzerTestOneInput(exact, count);
      free(exact);
    }
  }
  printf("ok - %lu inputs in %ld s\n", runs, seconds);
  return 0;
}
#endif
