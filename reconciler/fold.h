/* What is live, as the calls of a plan leave it one after another. Pure. */
#ifndef CHARTER_RECONCILER_FOLD_H
#define CHARTER_RECONCILER_FOLD_H

#include "reconciler/plan.h"
#include "state/judge.h"

/* One resource at this step. A unit that is made anew elsewhere is another thing under the same
 * address: the old one stays as it was for those who hold it. */
struct thing {
	const struct text *address;
	uint16_t kind;
	bool exists;
	const struct resource *live; /* what was read of it, or NULL */
	const struct value *v;       /* as the kind's attributes; UNSET where not read */
};

struct fold;

/* Of what was read, before the first call. */
struct fold *fold_new(const struct plan_input *);
void fold_free(struct fold *);
/* What this call does happens. */
void fold_call(struct fold *, const struct call *);
/* The thing of this final address; NULL: nothing of the kind was read or made. */
const struct thing *fold_find(struct fold *, const struct text *address);
/* The same by AWS's id: only of what was read. */
const struct thing *fold_by_id(struct fold *, uint16_t kind, const char *id);
/* Whether the user is a member of the group of Identity Center, as far as that is known. */
bool fold_is_member(struct fold *, const struct text *group, const struct text *user);
/* The document, parsed once; NULL: it is none. */
const struct policy *fold_document(struct fold *, const struct text *document);

/* Of an element: whether the set has it. */
bool value_has(const struct value *, const struct text *key);

#endif
