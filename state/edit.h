/* Edits of a YAML or JSON file that keep what a person wrote: comments, order, quotes, indentation,
 * flow or block style, line ends. Pure.
 *
 * An edit says what value stands at a path; only the lines where the present value differs are
 * touched: equal parts of it stay as they are, to the byte. */
#ifndef CHARTER_STATE_EDIT_H
#define CHARTER_STATE_EDIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#include <jansson.h>

struct edit {
	const char *const *path; /* keys of maps from the top, NULL-terminated */
	/* What is to stand there; NULL: the key goes, with the comments above it that belong to
	 * it. Keys of a map that `value` lacks go; lists are sets, whose order stays. Maps on the
	 * way that are not there are made. */
	const json_t *value;
};

/* The new text of a file, in the arena. -1 when it cannot be done without rewriting what a person
 * wrote, or the text does not parse; the result was parsed again, and says what was asked. */
int edit_text(struct arena *, const char *file, const char *data, size_t len, const struct edit *,
	      size_t n, const char **out, size_t *out_len, struct error *err);
/* A value as a new file, or as a part of one at this depth (in columns): block style, strings plain
 * where YAML reads them back as they are. Documents in JSON: two blanks a level. */
void edit_write_yaml(const json_t *, unsigned indent, struct buf *);
void edit_write_json(const json_t *, struct buf *);

#endif
