/* JSON text for READY, --probe and the lines on stderr. */
#ifndef SG_JSON_H
#define SG_JSON_H

#include <stdio.h>

#include "error.h"

/* Writes `text` as a JSON string; bytes outside ASCII become '?', since paths need not be UTF-8 and JSON must be. */
void json_string(FILE *out, const char *text);

/* One line on stderr for the operator and the worker: what failed, with which errno, and what to do (may be NULL). */
void log_failure(const struct sg_error *error, const char *remedy);

#endif
