/* A streaming JSON writer for reports, plans and snapshots: what it writes is bounded by the sink,
 * not by memory. Object keys are written in the order given: callers give them sorted by bytes, and
 * the writer asserts it.
 *
 * Layout: an object or an out_lines() array at the top has one member a line, indented by two; an
 * out_lines() array that is a member of the top object has one element a line, indented by four. An
 * out_members() object there is as the top one, two deeper. Everything deeper is compact, without
 * any space. Ends with a newline. */
#ifndef CHARTER_BASE_JSON_OUT_H
#define CHARTER_BASE_JSON_OUT_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_out;

/* Writes to the buffer, or to the file when buf is NULL. Neither is closed. */
struct json_out *json_out_new(struct buf *buf, FILE *file);
/* The same for JSON lines: each value written at the top stands on one line, all of it compact. */
struct json_out *json_out_compact(struct buf *buf, FILE *file);
/* Ends the document, whose objects and arrays are all closed, and frees. -1: the sink failed or was
 * full. A file is flushed. */
int json_out_end(struct json_out *);

void out_object(struct json_out *);  /* { */
void out_members(struct json_out *); /* { with one member a line, within the top object */
void out_object_end(struct json_out *);
void out_array(struct json_out *); /* [ compact */
void out_lines(struct json_out *); /* [ with one element a line */
void out_array_end(struct json_out *);
void out_key(struct json_out *, const char *key);
void out_string(struct json_out *, const char *s);     /* NULL writes null */
void out_text(struct json_out *, const struct text *); /* NULL writes null */
void out_int(struct json_out *, int64_t n);
void out_bool(struct json_out *, bool b);
void out_null(struct json_out *);
/* Text that is one JSON value already, copied as it is. */
void out_raw(struct json_out *, const char *json);

/* Shorthands: key and value. */
void out_key_string(struct json_out *, const char *key, const char *s);
void out_key_text(struct json_out *, const char *key, const struct text *);
void out_key_int(struct json_out *, const char *key, int64_t n);
void out_key_bool(struct json_out *, const char *key, bool b);

#endif
