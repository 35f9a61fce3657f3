/* About how long an apply takes, for whoever looks at a plan. A rehearsal says it better. */
#include "reconciler/plan.h"

#include <stdlib.h>
#include <string.h>

#define JOB_REQUESTS 3 /* its beginning, how it goes, a look or another question */

static uint64_t most_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The requests beyond the burst, at the rate used; that which takes longest. */
static uint64_t rates_seconds(const struct plan *plan)
{
	uint64_t n[RATE_COUNT] = {0}, most = 0;

	for (size_t i = 0; i < plan->calls; i++) {
		const struct op *op = plan->call[i].op;

		n[op->rate]++;
		if (op->job != NULL)
			n[ops[op->job->status].rate] += JOB_REQUESTS - 1;
	}
	for (unsigned r = 0; r < RATE_COUNT; r++) {
		uint64_t milli = (uint64_t)rates[r].milli *
				 (plan->in->rate_percent ? plan->in->rate_percent : 100) / 100;

		if (milli && n[r] > rates[r].burst)
			most = most_of(most, (n[r] - rates[r].burst) * 1000 / milli);
	}
	return most;
}

/* A lane lets through so many jobs at a time. */
static uint64_t lanes_seconds(const struct plan *plan)
{
	uint64_t seconds[LANE_COUNT] = {0}, most = 0;

	for (size_t i = 0; i < plan->calls; i++)
		if (plan->call[i].op->job != NULL)
			seconds[plan->call[i].op->lane] += plan->call[i].op->job->usual_s;
	for (unsigned l = LANE_NONE + 1; l < LANE_COUNT; l++)
		most = most_of(most, seconds[l] / lanes[l].width);
	return most;
}

/* Inputs are compact: what stands behind "TargetId":, as long as it is. */
static size_t member_find(const struct text *input, const char *member, const char **at)
{
	auto_free char *key = xasprintf("\"%s\":\"", member);

	*at = strstr(input->s, key);
	if (*at == NULL)
		return 0;
	*at += strlen(key);
	return strcspn(*at, "\"");
}

/* Jobs that are let go only one after another, as those in one account: the most that one has. */
static uint64_t alone_seconds(const struct plan *plan)
{
	auto_map *of = map_new();
	uint64_t *seconds = xcalloc(plan->calls + 1, sizeof *seconds), most = 0;

	for (size_t i = 0; i < plan->calls; i++) {
		const struct op *op = plan->call[i].op;
		const char *at;
		size_t n = op->job == NULL || op->alone == NULL
			       ? 0
			       : member_find(plan->call[i].input, op->alone, &at);
		auto_free char *value = n == 0 ? NULL : xasprintf("%.*s", (int)n, at);
		uint64_t *sum = value == NULL ? NULL : map_get(of, value);

		if (value == NULL)
			continue;
		if (sum == NULL)
			map_put(of, value, sum = &seconds[i]);
		*sum += op->job->usual_s;
		most = most_of(most, *sum);
	}
	free(seconds);
	return most;
}

uint32_t plan_estimate(const struct plan *plan)
{
	uint64_t most =
	    most_of(rates_seconds(plan), most_of(lanes_seconds(plan), alone_seconds(plan)));
	uint64_t last = 0, others = 0;

	for (size_t i = 0; i < plan->calls; i++) {
		const struct job *job = plan->call[i].op->job;

		if (job == NULL)
			others++;
		else
			last = most_of(last, job->usual_s);
	}
	/* Each other call takes about a third of a second beside the wait for its turn. */
	return (uint32_t)(most_of(most, last) + (others + 2) / 3);
}
