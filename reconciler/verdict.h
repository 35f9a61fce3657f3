/* The verdict: what a small reading says of a call. Pure. */
#ifndef CHARTER_RECONCILER_VERDICT_H
#define CHARTER_RECONCILER_VERDICT_H

#include "aws/call.h"

enum verdict {
	VERDICT_NOTHING, /* the call names nothing that could be looked at */
	VERDICT_BEFORE,  /* all is as the plan saw it: the call has not happened */
	VERDICT_AFTER,   /* all is as the call leaves it */
	VERDICT_NEITHER, /* someone else wrote, or only a part of it is seen yet */
	VERDICT_UNREAD,  /* the scope was not read whole */
};

struct question {
	const struct call *call;
	const struct fact *fact; /* of the call, tokens replaced by ids; as many as call->facts */
	const struct side *side; /* finished, with final addresses */
	const char *scope;       /* that must be whole; NULL: it could not be read at all */
	/* The ids that the address in `makes`, `ends` and each fact has, as far as known: an
	 * address that is remade (a moved unit) is that of two things. NULL: not known, the address
	 * counts. */
	const struct text *makes_old; /* the id that the address had before: not what is made */
	const struct text *ends_id;
	const struct text **fact_id;
};

/* *found gets the resource that `makes` names, or NULL. */
enum verdict verdict_of(const struct question *, const struct resource **found);

#endif
