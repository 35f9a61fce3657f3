/* Tags: the calls that set and take them, alike for every service whose API lists {Key, Value}.
 * Pure. */
#ifndef CHARTER_AWS_TAGS_H
#define CHARTER_AWS_TAGS_H

#include "aws/call.h"

/* How one kind's tags are written. */
struct tag_calls {
	uint16_t attr;
	enum op_id put, take;
	/* Begins a call about this row, and makes the input that names its resource: {MEMBER: ...}.
	 */
	struct call *(*begin)(struct calls *, enum op_id, const struct row *);
	json_t *(*input)(struct calls *, struct call *, const struct row *);
};

/* Tags for the input of a creation; NULL when there are none. */
json_t *tags_new(const struct value *tags);
/* All changed keys in one call, all that go in another. */
void tags_calls(struct calls *, const struct change *, const struct tag_calls *);

#endif
