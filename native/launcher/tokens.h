/* The words of a configuration line. */
#ifndef SG_TOKENS_H
#define SG_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_TOKENS = 4 };

/* Splits a line at single spaces into at most MAX_TOKENS words and decodes %XX in each, in place. Returns the count, or -1 when the
 * line has too many words, a bad escape or an escaped NUL. A word may be empty (the content of an empty file is). */
int tokens_split(char *line, char *tokens[MAX_TOKENS]);

/* A decimal (or, for modes, octal) number within [min, max]. */
bool token_number(const char *token, int base, uint64_t min, uint64_t max, uint64_t *value);

/* Decodes base64 (RFC 4648, padded) in place and stores the length. */
bool token_base64(char *token, size_t *length);

/* Absolute, no empty, "." or ".." component, no trailing slash, not the root itself. */
bool token_is_normal_path(const char *token);

#endif
