/* The order of calls. Pure. */
#ifndef CHARTER_RECONCILER_ORDER_H
#define CHARTER_RECONCILER_ORDER_H

#include "aws/call.h"

/* Where the record's calls stand in the array that is handed over. */
struct record_span {
	uint32_t begin; /* index of the call that begins the record, or UINT32_MAX */
	uint32_t end; /* index of the first of its last calls, which end the array; n when there are
			 none */
};

/* Fills n, needs and order of each call and sorts the array by number. Changes are sorted by (kind,
 * address): of the calls that may go, the one with the smallest (change, emission) comes first, so
 * equal plans have equal numbers. A cycle is an error that names the resources. */
int order_calls(struct arena *, struct call *, size_t n, const struct change *,
		const struct record_span *, struct error *err);

#endif
