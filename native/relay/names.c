#include "names.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { HEADER_BYTES = 12, MAX_QUERY = 512, TYPE_A = 1, CLASS_IN = 1, ANSWER_BYTES = 16, NO_SUCH_NAME = 3 };

/* Reads the labels of a question into "a.b.c". Returns the offset behind them, or -1. Questions are never compressed. */
static int read_name(const uint8_t *query, int count, char name[256]) {
  int at = HEADER_BYTES, length = 0;
  while (at < count && query[at] != 0) {
    int label = query[at++];
    if (label > 63 || at + label >= count || length + label + 1 >= 255) return -1;
    if (length > 0) name[length++] = '.';
    memcpy(name + length, query + at, (size_t)label);
    length += label;
    at += label;
  }
  name[length] = '\0';
  return at < count ? at + 1 : -1;
}

static const struct target *find(const struct target *targets, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (strcasecmp(targets[i].name, name) == 0) return &targets[i];
  return NULL;
}

void names_answer(int fd, const struct target *targets, int count) {
  uint8_t packet[MAX_QUERY + ANSWER_BYTES];
  struct sockaddr_in peer;
  socklen_t peer_bytes = sizeof peer;
  ssize_t received = recvfrom(fd, packet, MAX_QUERY, 0, (struct sockaddr *)&peer, &peer_bytes);
  char name[256];
  /* One question (bytes 4 and 5), as every resolver sends; responses (the top bit of byte 2) are not answered. */
  if (received < HEADER_BYTES || packet[2] & 0x80 || packet[4] != 0 || packet[5] != 1) return;
  int end = read_name(packet, (int)received, name);
  if (end < 0 || end + 4 > received) return;
  const struct target *target = find(targets, count, name);
  bool wants_address = packet[end] == 0 && packet[end + 1] == TYPE_A && packet[end + 3] == CLASS_IN;
  size_t length = (size_t)end + 4;
  packet[2] = 0x84; /* a response, authoritative */
  packet[3] = target == NULL ? NO_SUCH_NAME : 0;
  memset(packet + 6, 0, 6);
  if (target != NULL && wants_address) {
    /* The name by reference to the question, type A, class IN, no time to live, four bytes. */
    const uint8_t head[] = {0xc0, HEADER_BYTES, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 0, 0, 4};
    memcpy(packet + length, head, sizeof head);
    memcpy(packet + length + sizeof head, &target->address, 4);
    length += ANSWER_BYTES;
    packet[7] = 1;
  }
  (void)sendto(fd, packet, length, MSG_NOSIGNAL, (struct sockaddr *)&peer, peer_bytes);
}
