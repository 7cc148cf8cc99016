#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"

static void frames_are_found_only_when_whole(void) {
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, SG_STDIN, SG_LAST, 513);
  sg_put_raw(&out, "hello", 5);
  sg_end(&out);
  struct sg_frame frame;
  int early = 0;
  for (size_t count = 0; count < sg_pending(&out); count++) early += sg_frame_parse(out.bytes, count, &frame) != 0;
  CHECK(early == 0, "a frame that is cut anywhere asks for more");
  CHECK(sg_frame_parse(out.bytes, sg_pending(&out), &frame) == 13, "a whole frame is found");
  CHECK(frame.type == SG_STDIN && frame.flags == SG_LAST && frame.id == 513 && frame.length == 5 && memcmp(frame.payload, "hello", 5) == 0, "its parts are those written");
  sg_writer_free(&out);
}

static void oversized_frames_are_refused(void) {
  uint8_t header[8] = {1, 0, 16, 0, SG_STDIN, 0, 0, 0};
  struct sg_frame frame;
  CHECK(sg_frame_parse(header, sizeof header, &frame) == -1, "a frame past 1 MiB is refused before its payload comes");
  memset(header, 0xff, 4);
  CHECK(sg_frame_parse(header, sizeof header, &frame) == -1, "so is the largest length there is");
}

static void readers_never_pass_the_end(void) {
  const uint8_t bytes[] = {3, 0, 0, 0, 'a', 'b', 'c', 7};
  struct sg_reader reader;
  sg_reader_init(&reader, bytes, sizeof bytes);
  char *text = sg_get_str(&reader, 10);
  CHECK(text != NULL && strcmp(text, "abc") == 0 && sg_get_u8(&reader) == 7 && sg_reader_done(&reader), "what was written is read");
  free(text);
  CHECK(sg_get_u32(&reader) == 0 && reader.failed && !sg_reader_done(&reader), "a read past the end yields zero and is remembered");

  const uint8_t lying[] = {255, 255, 255, 255, 'a'};
  sg_reader_init(&reader, lying, sizeof lying);
  CHECK(sg_get_str(&reader, SIZE_MAX) == NULL && reader.failed, "a string longer than its payload is refused");
  const uint8_t with_nul[] = {2, 0, 0, 0, 'a', 0};
  sg_reader_init(&reader, with_nul, sizeof with_nul);
  CHECK(sg_get_str(&reader, 10) == NULL, "a string with NUL is refused");
  sg_reader_init(&reader, bytes, sizeof bytes);
  CHECK(sg_get_str(&reader, 2) == NULL, "a string past its maximum is refused");
  sg_reader_init(&reader, bytes, sizeof bytes);
  (void)sg_get_u32(&reader);
  CHECK(!sg_reader_done(&reader), "bytes left over are noticed");
}

static void writers_keep_order_under_partial_sends(void) {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "a socket pair");
  struct sg_writer out = {.bytes = NULL};
  enum { FRAMES = 3000 };
  uint64_t received = 0, expected = 0;
  struct sg_reader reader;
  uint8_t *inbox = malloc(FRAMES * 1024);
  size_t filled = 0;
  for (uint32_t i = 0; i < FRAMES; i++) {
    sg_begin(&out, SG_CREDIT, 0, (uint16_t)i);
    sg_put_u32(&out, i);
    uint8_t *room = sg_room(&out, 600);
    memset(room, (int)(i & 0xff), 600);
    sg_advance(&out, 600);
    sg_end(&out);
    if (i % 7 == 0) (void)sg_flush(&out, pair[0]);
    ssize_t count = recv(pair[1], inbox + filled, 1000, MSG_DONTWAIT);
    if (count > 0) filled += (size_t)count;
  }
  while (sg_pending(&out) > 0) {
    (void)sg_flush(&out, pair[0]);
    ssize_t count = recv(pair[1], inbox + filled, 1 << 16, MSG_DONTWAIT);
    if (count > 0) filled += (size_t)count;
  }
  for (ssize_t count; (count = recv(pair[1], inbox + filled, 1 << 16, MSG_DONTWAIT)) > 0;) filled += (size_t)count;
  struct sg_frame frame;
  int wrong = 0;
  for (size_t at = 0; at < filled;) {
    long size = sg_frame_parse(inbox + at, filled - at, &frame);
    if (size <= 0) break;
    sg_reader_init(&reader, frame.payload, frame.length);
    wrong += sg_get_u32(&reader) != received || frame.payload[603] != (uint8_t)received;
    received++;
    at += (size_t)size;
  }
  expected = FRAMES;
  CHECK(received == expected && wrong == 0, "frames arrive whole and in order however the socket cuts them");
  sg_begin(&out, SG_CREDIT, 0, 0);
  sg_put_str(&out, "taken back");
  sg_cancel(&out);
  CHECK(sg_pending(&out) == 0, "a frame taken back leaves nothing");
  close(pair[1]);
  sg_begin(&out, SG_CREDIT, 0, 0);
  sg_end(&out);
  CHECK(sg_flush(&out, pair[0]) == -1, "a peer that is gone is an error, not a signal");
  sg_writer_free(&out);
  free(inbox);
  close(pair[0]);
}

int main(void) {
  frames_are_found_only_when_whole();
  oversized_frames_are_refused();
  readers_never_pass_the_end();
  writers_keep_order_under_partial_sends();
  CHECK(strcmp(sg_step_name(SG_STEP_EXEC), "exec") == 0 && strcmp(sg_step_name((enum sg_step)9999), "unknown-step") == 0, "steps have names");
  return TAP_END();
}
