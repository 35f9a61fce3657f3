/* A streaming JSON writer for reports, plans and snapshots: what it writes is bounded by the sink,
 * not by memory. Object keys are written in the order given: callers give them sorted, and the writer
 * asserts it. Layout: "one array element a line": an object opened with json_object() at the top, and
 * each element of an array opened with json_lines(), stands on a line of its own; everything inside
 * an element is compact. */
#ifndef CHARTER_BASE_JSON_OUT_H
#define CHARTER_BASE_JSON_OUT_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_out;

/* Writes to the buffer, or to the file when buf is NULL. Neither is closed. */
struct json_out *json_out_new(struct buf *buf, FILE *file);
/* Ends the document (a final newline at depth 0) and frees. -1: the sink failed or was full. */
int json_out_end(struct json_out *);

void json_object(struct json_out *); /* { */
void json_object_end(struct json_out *);
void json_array(struct json_out *); /* [ compact */
void json_lines(struct json_out *); /* [ with one element a line */
void json_array_end(struct json_out *);
void json_key(struct json_out *, const char *key);
void json_string(struct json_out *, const char *s); /* NULL writes null */
void json_text(struct json_out *, const struct text *); /* NULL writes null */
void json_int(struct json_out *, int64_t n);
void json_bool(struct json_out *, bool b);
void json_null(struct json_out *);
/* Text that is JSON already, copied as it is. */
void json_raw(struct json_out *, const char *json);

/* Shorthands: key and value. */
void json_key_string(struct json_out *, const char *key, const char *s);
void json_key_text(struct json_out *, const char *key, const struct text *);
void json_key_int(struct json_out *, const char *key, int64_t n);
void json_key_bool(struct json_out *, const char *key, bool b);

#endif
