/* What the files of the trail share; nobody else includes it. */
#ifndef CHARTER_AWS_TRAIL_PRIV_H
#define CHARTER_AWS_TRAIL_PRIV_H

#include "aws/trail.h"

/* The rows of a kind; never NULL. */
const struct trail_row *trail_rows(enum kind_id);
/* Where the kind's events are: the service that signs there. */
enum service_id trail_service(enum kind_id);
/* Whether CloudTrail has events of the service under this name. */
bool trail_service_has(enum service_id, const char *source);
/* Calls fn for each event name that could answer: of the attribute's row, and of making or ending
 * the resource. */
void trail_names(const struct trail_question *, void (*fn)(void *ctx, const char *name), void *ctx);

/* Whether no event that is older than this one can change the answer. */
bool trail_settles(const struct trail_question *, const struct trail_event *);

/* Reads an element of `Events`. Of its texts those are kept that are keys of `asked`, as the values
 * there. False: it tells of no change that succeeded, or makes no sense. */
bool trail_event_read(struct arena *, const struct map *asked, const struct trail_options *,
		      const char *account, const json_t *event, struct trail_event *);

struct trail_seen {
	struct trail_event event;
	uint32_t group; /* of the account and Region that it was found in */
};
/* Answers the questions, each of the group of the same index; n_seen events in order of time. */
void trail_match(struct trail_question *, const uint32_t *group, size_t n,
		 const struct trail_seen *, size_t n_seen);

#endif
