#include "tokens.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

static bool decode_percent(char *token) {
  char *out = token;
  for (const char *at = token; *at != '\0'; at++) {
    if (*at != '%') {
      *out++ = *at;
      continue;
    }
    int high = hex_digit(at[1]);
    int low = high < 0 ? -1 : hex_digit(at[2]);
    if (low < 0 || (high == 0 && low == 0)) return false;
    *out++ = (char)(high << 4 | low);
    at += 2;
  }
  *out = '\0';
  return true;
}

int tokens_split(char *line, char *tokens[MAX_TOKENS]) {
  int count = 0;
  for (char *at = line; at != NULL;) {
    char *space = strchr(at, ' ');
    if (space != NULL) *space++ = '\0';
    if (count == MAX_TOKENS || !decode_percent(at)) return -1;
    tokens[count++] = at;
    at = space;
  }
  return count;
}

bool token_number(const char *token, int base, uint64_t min, uint64_t max, uint64_t *value) {
  if (*token < '0' || *token > '9') return false;
  char *end = NULL;
  errno = 0;
  *value = strtoull(token, &end, base);
  return errno == 0 && *end == '\0' && *value >= min && *value <= max;
}

static int base64_digit(char digit) {
  if (digit >= 'A' && digit <= 'Z') return digit - 'A';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
  if (digit >= '0' && digit <= '9') return digit - '0' + 52;
  if (digit == '+') return 62;
  return digit == '/' ? 63 : -1;
}

bool token_base64(char *token, size_t *length) {
  size_t size = strlen(token);
  if (size % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && padding < size && token[size - 1 - padding] == '=') padding++;
  uint8_t *out = (uint8_t *)token;
  size_t written = 0;
  for (size_t i = 0; i < size; i += 4) {
    uint32_t group = 0;
    for (size_t j = 0; j < 4; j++) {
      int digit = i + j >= size - padding ? 0 : base64_digit(token[i + j]);
      if (digit < 0) return false;
      group = group << 6 | (uint32_t)digit;
    }
    for (int shift = 16; shift >= 0; shift -= 8) out[written++] = (uint8_t)(group >> shift);
  }
  *length = written - padding;
  return true;
}

bool token_is_normal_path(const char *token) {
  if (token[0] != '/' || token[1] == '\0') return false;
  for (const char *at = token; *at == '/';) {
    at++;
    size_t length = strcspn(at, "/");
    if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.')) return false;
    at += length;
  }
  return true;
}
