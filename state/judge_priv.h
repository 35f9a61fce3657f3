/* What the files of judge share, and access_document.c, which reads the same statements. */
#ifndef CHARTER_STATE_JUDGE_PRIV_H
#define CHARTER_STATE_JUDGE_PRIV_H

#include "state/judge.h"

#include <jansson.h>

/* Of something that is not wholly known. The least of several is their "and", the most their "or".
 */
enum truth { TRUTH_NO, TRUTH_MAYBE, TRUTH_YES };

static inline enum truth truth_not(enum truth t)
{
	return TRUTH_YES - t;
}

struct policy {
	json_t *document;
	const json_t *statements; /* a list */
	bool variables;           /* Version 2012-10-17: ${aws:...} stand for what they name */
};

/* Elements that may be written as one text or as a list of them. Index i is below the number; what
 * is no text reads as "". */
size_t texts_count(const json_t *);
const char *texts_at(const json_t *, size_t i);

bool statement_is(const json_t *statement, const char *effect);
bool statement_has_conditions(const json_t *statement);
/* Whether its Action names this one, or its NotAction does not. */
bool statement_covers(const json_t *statement, const char *action);

enum like {
	LIKE_WILD = 1 << 0,   /* * and ? are wildcards */
	LIKE_NOCASE = 1 << 1, /* of ASCII letters */
};
/* Whether the text matches; variables in the pattern are filled in from the request's context, and
 * what is not known there may be anything. */
enum truth text_like(const struct policy *, const struct judge_request *, const char *pattern,
		     const char *s, unsigned like);
/* The same without variables. */
bool text_matches(const char *pattern, const char *s, unsigned like);
/* Nothing but wildcards that match everything: "*", "**". */
bool pattern_is_all(const char *pattern);

/* Of a context key: the values known of it (in the order of the request), and whether it is known
 * to be absent. Neither: nothing is known. */
const struct context_key *context_find(const struct judge_request *, const char *name,
				       const struct context_key *after);

enum truth conditions_hold(const struct policy *, const struct judge_request *,
			   const json_t *condition);

/* How a condition's operator treats the key, for those who only read conditions. */
struct operator_reading {
	bool known;
	bool positive;       /* false for an absent key: not negated, not IfExists */
	bool wild;           /* * and ? in values are wildcards */
	bool for_all_values; /* true for an absent key */
	bool is_null;        /* Null: the values say whether the key must be absent */
};
struct operator_reading operator_read(const char *name);

#endif
