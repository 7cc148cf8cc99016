#include "lookups.h"

#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

/* What the worker answers besides the number of a name. */
#define NO_SUCH_NAME 0xffffffffu

int lookups_open(struct lookups *lookups) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(53)};
  cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0) return -1;
  lookups->fd = sg_steal_fd(&fd);
  return 0;
}

void lookups_take(struct lookups *lookups, const struct targets *targets, struct channels *channels) {
  static const struct in_addr NOWHERE;
  struct query query;
  if (!query_receive(&query, lookups->fd)) return;
  const struct known_name *known = targets_find(targets, query.name);
  if (known != NULL) {
    query_answer(&query, lookups->fd, NAME_FOUND, known->address);
    return;
  }
  if (targets->port_count == 0) {
    query_answer(&query, lookups->fd, NAME_UNKNOWN, NOWHERE);
    return;
  }
  int slot = 0;
  while (slot < MAX_LOOKUPS && lookups->of[slot].waits) slot++;
  if (slot == MAX_LOOKUPS) return;
  lookups->of[slot] = (struct lookup){.waits = true, .query = query};
  channels_ask(channels, slot, query.name);
}

int lookups_answer(struct lookups *lookups, struct targets *targets, const struct sg_frame *frame) {
  struct sg_reader reader;
  sg_reader_init(&reader, frame->payload, frame->length);
  uint32_t index = sg_get_u32(&reader);
  if (!sg_reader_done(&reader) || frame->id >= MAX_LOOKUPS || !lookups->of[frame->id].waits) return -1;
  struct query *query = &lookups->of[frame->id].query;
  lookups->of[frame->id].waits = false;
  const struct known_name *known = NULL;
  if (index < MAX_NAMES) {
    /* Two queries for one name, of type A and AAAA, are usual, and the first answer has made it known. */
    known = targets_find(targets, query->name);
    if (known == NULL) known = targets_add(targets, query->name, index);
  }
  enum name_answer answer = known != NULL ? NAME_FOUND : index == NO_SUCH_NAME ? NAME_UNKNOWN : NAME_TRY_LATER;
  query_answer(query, lookups->fd, answer, known == NULL ? (struct in_addr){0} : known->address);
  return 0;
}
