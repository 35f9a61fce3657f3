/* Words of the configuration for what is live: shared by the files that import. */
#ifndef CHARTER_RECONCILER_IMPORT_VALUE_H
#define CHARTER_RECONCILER_IMPORT_VALUE_H

#include "state/bind.h"

#include <jansson.h>

struct words {
	struct arena *arena;
	const struct bound *bound;
	/* Whether this final address can be named in the configuration; NULL: what is bound can. */
	bool (*says)(void *ctx, const struct text *address);
	void *ctx;
	/* A list with elements that cannot be named is {only: [...]} of the others; else it cannot
	 * be said at all. */
	bool only;
};

/* As import_attribute() and import_value(), by these words. New references. */
json_t *words_attribute(const struct words *, const struct resource *live, uint16_t attr);
json_t *words_value(const struct words *, const struct resource *live);
/* Calls back with each final address that an attribute refers to, foreign ones and ARNs left out.
 */
void words_refs(const struct resource *, void (*ref)(void *ctx, const struct text *address),
		void *ctx);
/* "Workloads/Training" of a unit's address, "/" of the root. */
const char *unit_path(struct arena *, const struct text *address);

#endif
