#include "names.h"

#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

enum { HEADER_BYTES = 12, TYPE_A = 1, CLASS_IN = 1, ANSWER_BYTES = 16 };
enum { CODE_NONE = 0, CODE_SERVER_FAILURE = 2, CODE_NO_SUCH_NAME = 3 };

/* Reads the labels of a question into "a.b.c". Returns the offset behind them, or 0. Questions are never compressed. A dot or a NUL inside of a label would
 * make two names look like one. */
static size_t read_name(const uint8_t *packet, size_t count, char name[MAX_NAME]) {
  size_t at = HEADER_BYTES, length = 0;
  while (at < count && packet[at] != 0) {
    size_t label = packet[at++];
    if (label > 63 || at + label >= count || length + label + 1 >= MAX_NAME - 1) return 0;
    if (length > 0) name[length++] = '.';
    for (size_t i = 0; i < label; i++) {
      if (packet[at + i] == '.' || packet[at + i] == '\0') return 0;
      name[length++] = (char)tolower(packet[at + i]);
    }
    at += label;
  }
  name[length] = '\0';
  return at < count && length > 0 ? at + 1 : 0;
}

bool query_parse(struct query *query) {
  const uint8_t *packet = query->packet;
  /* One question (bytes 4 and 5), as every resolver sends; responses (the top bit of byte 2) are not answered. */
  if (query->bytes < HEADER_BYTES || packet[2] & 0x80 || packet[4] != 0 || packet[5] != 1) return false;
  size_t end = read_name(packet, query->bytes, query->name);
  if (end == 0 || end + 4 > query->bytes) return false;
  query->wants_address = packet[end] == 0 && packet[end + 1] == TYPE_A && packet[end + 2] == 0 && packet[end + 3] == CLASS_IN;
  query->question_end = end + 4;
  return true;
}

bool query_receive(struct query *query, int fd) {
  socklen_t peer_bytes = sizeof query->peer;
  ssize_t received = recvfrom(fd, query->packet, MAX_QUERY, MSG_DONTWAIT, (struct sockaddr *)&query->peer, &peer_bytes);
  if (received < 0) return false;
  query->bytes = (size_t)received;
  return query_parse(query);
}

void query_answer(struct query *query, int fd, enum name_answer answer, struct in_addr address) {
  uint8_t *packet = query->packet;
  size_t length = query->question_end;
  packet[2] = (uint8_t)(0x84 | (packet[2] & 0x01)); /* a response, authoritative; whether recursion was wanted is repeated */
  packet[3] = answer == NAME_FOUND ? CODE_NONE : answer == NAME_UNKNOWN ? CODE_NO_SUCH_NAME : CODE_SERVER_FAILURE;
  memset(packet + 6, 0, 6);
  if (answer == NAME_FOUND && query->wants_address) {
    /* The name by reference to the question, type A, class IN, no time to live, four bytes. */
    const uint8_t head[] = {0xc0, HEADER_BYTES, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 0, 0, 4};
    memcpy(packet + length, head, sizeof head);
    memcpy(packet + length + sizeof head, &address, 4);
    length += ANSWER_BYTES;
    packet[7] = 1;
  }
  (void)sendto(fd, packet, length, MSG_NOSIGNAL, (struct sockaddr *)&query->peer, sizeof query->peer);
}
