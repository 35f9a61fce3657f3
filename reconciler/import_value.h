/* Words of the configuration for what is live: shared by the files that import. */
#ifndef CHARTER_RECONCILER_IMPORT_VALUE_H
#define CHARTER_RECONCILER_IMPORT_VALUE_H

#include "state/bind.h"

#include <jansson.h>

struct words {
	struct arena *arena;
	const struct bound *bound; /* gives the final addresses */
	/* Whether this final address can be named in the configuration; NULL: what is bound can. */
	bool (*says)(void *ctx, const struct text *address);
	void *ctx;
	/* A list with elements that cannot be named is {only: [...]} of the others; else it cannot
	 * be said at all. */
	bool only;
};

/* A live resource in the configuration's own words, as JSON: keys in the order of
 * docs/configuration.md, references by their names, durations as 4h. Documents stand in it whole;
 * import_files() puts them into files. New reference. */
json_t *words_value(const struct words *, const struct resource *live);
/* One attribute in those words; NULL: the configuration cannot say it. What is empty is [] or {},
 * which clears. New reference. */
json_t *words_attribute(const struct words *, const struct resource *live, uint16_t attr);
/* Calls back with each final address that an attribute refers to, foreign ones and ARNs left out.
 */
void words_refs(const struct resource *, void (*ref)(void *ctx, const struct text *address),
		void *ctx);
/* "Workloads/Training" of a unit's address, "/" of the root. */
const char *unit_path(struct arena *, const struct text *address);

#endif
