/* A text of ours on a forge: a hidden block that says to a program what the text says to people, a
 * report between two marks, and what follows it.
 *
 *     <!-- charter: {..., "digest": ...} -->
 *     report
 *     <!-- charter:end -->
 *     rest
 *
 * The digest, over the whole text, tells one that was edited from one that is as we wrote it; it
 * proves nothing about who wrote it, which is asked of the forge. Reports escape "<" wherever it is
 * data, so no name can end a block or begin one. Pure. */
#ifndef CHARTER_GIT_SEALED_H
#define CHARTER_GIT_SEALED_H

#include "base/arena.h"
#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* One hidden block at most: history, shown values, a ledger, a footer's link. */
#define SEALED_BLOCK_MAX 65536

/* The length without blanks and empty lines at the end, which no forge keeps. */
size_t sealed_trimmed(const char *s, size_t len);
/* `block` is a JSON object that is not empty. */
void sealed_write(const struct buf *block, const char *report, const char *rest, struct buf *);
/* False: it is none of ours, by its marks. The block is the caller's (NULL if false), the report in
 * the arena. *altered: the digest does not fit. */
bool sealed_read(struct arena *, const char *body, json_t **block, const char **report,
		 bool *altered);
/* An address in a Markdown link, where a bracket or a blank would end it. */
void sealed_url(struct buf *, const char *url);

#endif
