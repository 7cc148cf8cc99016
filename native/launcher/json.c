#include "json.h"

#include <string.h>

void json_string(FILE *out, const char *text) {
  fputc('"', out);
  for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
    if (*at == '"' || *at == '\\')
      fprintf(out, "\\%c", *at);
    else if (*at < 0x20)
      fprintf(out, "\\u%04x", *at);
    else
      fputc(*at < 0x7f ? *at : '?', out);
  }
  fputc('"', out);
}

void log_failure(const struct sg_error *error, const char *remedy) {
  fprintf(stderr, "{\"level\":\"error\",\"program\":\"sandglass-launcher\",\"step\":\"%s\",\"errno\":%d,\"message\":", sg_step_name(error->step), error->err);
  char message[320];
  (void)snprintf(message, sizeof message, error->err == 0 ? "%s" : "%s: %s", error->detail, strerror(error->err));
  json_string(stderr, message);
  if (remedy != NULL) {
    fputs(",\"remedy\":", stderr);
    json_string(stderr, remedy);
  }
  fputs("}\n", stderr);
}
