/* The relay's parsers of hostile bytes, under sanitizers: name queries of the program beside it, and frames. The seed is fixed, so a finding can be repeated. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "lookups.h"
#include "names.h"
#include "tap.h"
#include "targets.h"

enum { ROUNDS = 60000 };

static uint64_t state = 0x2545f4914f6cdd1du;

static uint32_t next(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return below == 0 ? 0 : (uint32_t)(state >> 33) % below;
}

static void mutate(uint8_t *bytes, size_t *count) {
  for (uint32_t times = next(6); times > 0 && *count > 0; times--) {
    uint32_t at = next((uint32_t)*count);
    switch (next(4)) {
      case 0: bytes[at] = (uint8_t)next(256); break;
      case 1: bytes[at] ^= (uint8_t)(1u << next(8)); break;
      case 2: *count = at; break;
      default: bytes[at] = next(2) ? 0xff : 0; break;
    }
  }
}

static size_t make_query(uint8_t *packet, const char *name, uint16_t type) {
  const uint8_t head[12] = {0x12, 0x34, 0x01, 0, 0, 1};
  memcpy(packet, head, sizeof head);
  size_t at = sizeof head;
  for (const char *label = name; *label != '\0';) {
    size_t length = strcspn(label, ".");
    packet[at++] = (uint8_t)length;
    memcpy(packet + at, label, length);
    at += length;
    label += length + (label[length] == '.');
  }
  const uint8_t tail[] = {0, (uint8_t)(type >> 8), (uint8_t)type, 0, 1};
  memcpy(packet + at, tail, sizeof tail);
  return at + sizeof tail;
}

static struct query query_for(const char *name, uint16_t type) {
  struct query query = {.bytes = 0};
  query.bytes = make_query(query.packet, name, type);
  return query;
}

static void reads_queries(void) {
  struct query query = query_for("Files.Example.ORG", 1);
  CHECK(query_parse(&query) && strcmp(query.name, "files.example.org") == 0 && query.wants_address, "a query is read in lower case");
  query = query_for("a.example", 28);
  CHECK(query_parse(&query) && !query.wants_address, "a query of another type wants no address");
  query = query_for("a.example", 1);
  query.packet[13] = '.';
  CHECK(!query_parse(&query), "a dot inside of a label is refused");
  query = query_for("a.example", 1);
  query.packet[13] = '\0';
  CHECK(!query_parse(&query), "a NUL inside of a label is refused");
  query = query_for("a.example", 1);
  query.packet[12] = 0xc0;
  CHECK(!query_parse(&query), "a compressed question is refused");
  query = query_for("a.example", 1);
  query.packet[2] |= 0x80;
  CHECK(!query_parse(&query), "a response is not answered");
  query = query_for("a.example", 1);
  query.packet[5] = 2;
  CHECK(!query_parse(&query), "two questions are not answered");
  query = query_for("a.example", 1);
  query.bytes--;
  CHECK(!query_parse(&query), "a query that is cut off is refused");
}

/* The longest question that fits leaves room for the answer behind it. */
static void answers_the_longest_question(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) exit(1);
  char name[MAX_NAME] = "";
  for (int i = 0; i < 3; i++) strcat(name, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk.");
  strcat(name, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
  struct query query = query_for(name, 1);
  bool is_read = query_parse(&query);
  CHECK(is_read && strcmp(query.name, name) == 0, "a name of 244 bytes is read");
  query_answer(&query, pair[0], NAME_FOUND, (struct in_addr){htonl(INADDR_LOOPBACK)});
  CHECK(query.packet[7] == 1 && query.question_end + 16 <= sizeof query.packet, "its answer fits");
  close(pair[0]);
  close(pair[1]);
}

static void survives_any_query(void) {
  unsigned long parsed = 0;
  for (int i = 0; i < ROUNDS; i++) {
    uint8_t packet[MAX_QUERY];
    size_t count = make_query(packet, next(2) ? "one.two.three.example" : "x.y", (uint16_t)next(40));
    mutate(packet, &count);
    struct query *query = calloc(1, sizeof *query);
    if (query == NULL) exit(1);
    memcpy(query->packet, packet, count);
    query->bytes = count;
    if (query_parse(query)) {
      parsed++;
      if (strlen(query->name) >= MAX_NAME || query->question_end > count) abort();
      query_answer(query, -1, (enum name_answer)next(3), (struct in_addr){next(UINT32_MAX)});
    }
    free(query);
  }
  CHECK(parsed > ROUNDS / 20, "mutated queries are read or left alone");
}

struct place {
  struct channels channels;
  struct lookups lookups;
  struct targets targets;
};

static int take_name(void *context, const struct sg_frame *frame) {
  struct place *place = context;
  return lookups_answer(&place->lookups, &place->targets, frame);
}

/* Frames that a worker could send, most of them for channels that are there. */
static void put_frame(struct sg_writer *out) {
  static const uint8_t DATA[2000];
  uint8_t type = (uint8_t)(RELAY_READY + next(9));
  sg_begin(out, type, next(4) == 0 ? SG_LAST : 0, (uint16_t)next(next(8) == 0 ? 70 : 4));
  if (type == RELAY_DATA) sg_put_raw(out, DATA, next(sizeof DATA));
  if (type == RELAY_CREDIT || type == RELAY_NAME) sg_put_u32(out, next(4) == 0 ? 0xffffffffu : next(200));
  sg_end(out);
}

static void open_some(struct place *place) {
  for (int i = 0; i < 3; i++) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) exit(1);
    channels_open(&place->channels, pair[0], next(10));
    close(pair[1]);
  }
  place->lookups.of[next(4)] = (struct lookup){.waits = true, .query = query_for("a.example", 1)};
  for (int i = 0; i < MAX_LOOKUPS; i++)
    if (place->lookups.of[i].waits && !query_parse(&place->lookups.of[i].query)) abort();
}

static void clear(struct place *place) {
  for (int i = 0; i < MAX_CHANNELS; i++) {
    if (place->channels.of[i].fd >= 0) close(place->channels.of[i].fd);
    free(place->channels.of[i].bytes);
  }
  while (place->targets.listener_count > 0) close(place->targets.listeners[--place->targets.listener_count].fd);
  sg_writer_free(&place->channels.out);
}

static void survives_any_frame(void) {
  static struct place place;
  unsigned long taken = 0;
  for (int i = 0; i < ROUNDS / 20; i++) {
    memset(&place, 0, sizeof place);
    channels_init(&place.channels);
    place.lookups.fd = -1;
    open_some(&place);
    struct sg_writer out = {.bytes = NULL};
    for (uint32_t frames = 1 + next(12); frames > 0; frames--) put_frame(&out);
    size_t count = sg_pending(&out);
    if (next(3) > 0) mutate(out.bytes, &count);
    memcpy(place.channels.input, out.bytes, count);
    place.channels.input_bytes = count;
    if (channels_parse(&place.channels, take_name, &place) == 0) taken++;
    for (int channel = 0; channel < MAX_CHANNELS; channel++) channels_carry(&place.channels, channel, POLLIN | POLLOUT);
    sg_writer_free(&out);
    clear(&place);
  }
  CHECK(taken > 50, "mutated streams of frames are taken or refused");
}

/* The worker may have frames for the old connection on their way. */
static void keeps_a_number_until_close(void) {
  static struct place place;
  channels_init(&place.channels);
  int pairs[2][2];
  for (int i = 0; i < 2; i++)
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i]) != 0) exit(1);
  channels_open(&place.channels, pairs[0][0], 0);
  struct sg_writer out = {.bytes = NULL};
  sg_begin(&out, RELAY_DATA, SG_LAST, 0);
  sg_end(&out);
  memcpy(place.channels.input, out.bytes, sg_pending(&out));
  place.channels.input_bytes = sg_pending(&out);
  (void)channels_parse(&place.channels, take_name, &place);
  close(pairs[0][1]);
  channels_carry(&place.channels, 0, POLLIN);
  CHECK(place.channels.of[0].fd < 0 && place.channels.of[0].waits, "an ended channel waits for CLOSE");
  channels_open(&place.channels, pairs[1][0], 0);
  CHECK(place.channels.of[1].fd >= 0, "the next connection gets another number");
  sg_writer_free(&out);
  out = (struct sg_writer){.bytes = NULL};
  sg_begin(&out, RELAY_CLOSE, 0, 0);
  sg_end(&out);
  memcpy(place.channels.input, out.bytes, sg_pending(&out));
  place.channels.input_bytes = sg_pending(&out);
  (void)channels_parse(&place.channels, take_name, &place);
  CHECK(!place.channels.of[0].waits, "CLOSE frees the number");
  sg_writer_free(&out);
  close(pairs[1][1]);
  clear(&place);
}

static void refuses_wrong_use(void) {
  static struct targets targets;
  const char *wrong[][5] = {{"r"}, {"r", "--ports"}, {"r", "--ports", "0"}, {"r", "--ports", "80,"}, {"r", "--ports", "70000"}, {"r", "127.0.0.1", "x", "a"}, {"r", "no", "80", "a"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    int count = 0;
    while (count < 5 && wrong[i][count] != NULL) count++;
    char *arguments[5];
    for (int j = 0; j < count; j++) arguments[j] = strdup(wrong[i][j]);
    memset(&targets, 0, sizeof targets);
    CHECK(targets_open(&targets, count, arguments) != 0, "wrong use is refused");
    for (int j = 0; j < count; j++) free(arguments[j]);
  }
}

int main(void) {
  reads_queries();
  answers_the_longest_question();
  survives_any_query();
  survives_any_frame();
  keeps_a_number_until_close();
  refuses_wrong_use();
  return TAP_END();
}
