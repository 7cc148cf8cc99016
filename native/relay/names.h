/* Name queries of the program (RFC 1035): read one, answer it. */
#ifndef SG_NAMES_H
#define SG_NAMES_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_QUERY = 512, MAX_NAME = 256 };

enum name_answer { NAME_FOUND, NAME_UNKNOWN, NAME_TRY_LATER };

struct query {
  struct sockaddr_in peer;
  uint8_t packet[MAX_QUERY + 16]; /* room for the answer */
  size_t bytes, question_end;
  bool wants_address; /* of type A: the only kind that there is here */
  char name[MAX_NAME]; /* in lower case */
};

/* Reads one waiting query. False when there is none, or none that is answered: queries are not trusted more than the program. */
bool query_receive(struct query *query, int fd);

/* The same for a packet in `query->packet`, as long as `query->bytes`. */
bool query_parse(struct query *query);

/* Answers it; `address` matters for NAME_FOUND only. */
void query_answer(struct query *query, int fd, enum name_answer answer, struct in_addr address);

#endif
