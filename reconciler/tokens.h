/* Ids in place of the tokens of a call: only those of addresses that the call lists in `uses`, so a
 * policy's own ${...} stays. Pure. */
#ifndef CHARTER_RECONCILER_TOKENS_H
#define CHARTER_RECONCILER_TOKENS_H

#include "aws/call.h"
#include "base/error.h"

/* The id of an address, or NULL when it is not known. */
struct id_source {
	const struct text *(*id)(void *ctx, const struct text *address);
	void *ctx;
};

/* The text with ids; the same pointer when it holds no token of the call. NULL and *missing: the id
 * of this address is not known. */
const struct text *tokens_text(struct arena *, const struct call *, const struct id_source *,
			       const struct text *, const struct text **missing);
/* The input with ids, a new reference. NULL with an error: an id is not known. */
json_t *tokens_input(const struct call *, const struct id_source *, struct error *err);
/* The facts with ids in their values; documents that changed are made canonical again. What is not
 * known stays a token. `partition` may be NULL. */
const struct fact *tokens_facts(struct arena *, const struct call *, const struct id_source *,
				const char *partition);

#endif
