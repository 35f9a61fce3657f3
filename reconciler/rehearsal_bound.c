/* What a run's duration hangs on: the published rates, Organizations' one writer, jobs, or no more
 * than replies that come one after another. */
#include "reconciler/rehearsal.h"

#include <string.h>

/* What would take longer than the run itself has counted what did not get through, or what had not
 * to wait: it binds nothing. */
static void bound_raise(struct rehearsal_bound *b, const struct rehearsal *r,
			struct rehearsal_bound other)
{
	if (other.floor_us > b->floor_us && other.floor_us <= r->read_us + r->apply_us)
		*b = other;
}

/* Requests of an operation that AWS let through. The client counts each try, and without a limit
 * of its own most tries of a slow operation are throttled: of a write, one for each call counts. */
static uint64_t requests_let_through(const struct rehearsal *r, const struct client_stats *stats,
				     unsigned op)
{
	uint64_t calls = 0;

	if (ops[op].mutates)
		for (size_t i = 0; i < r->calls; i++)
			calls += r->call[i].call && r->call[i].start_us >= 0 &&
				 strcmp(r->call[i].call->operation, ops[op].name) == 0;
	return calls && calls < stats->by_op[op] ? calls : stats->by_op[op];
}

/* Without a limit of ours AWS's own holds. */
static int64_t rate_floor(const struct rate *rate, uint64_t requests, unsigned percent)
{
	const struct rate share = rate_share(rate, percent);
	int64_t beyond = (int64_t)requests - share.burst;

	return beyond > 0 ? beyond * 1000000000 / share.milli : 0;
}

static void bound_rates(struct rehearsal_bound *b, const struct client_stats *stats,
			const struct rehearsal *r)
{
	unsigned percent = r->options->rate_percent;
	uint64_t n[RATE_COUNT] = {0};

	for (unsigned i = 0; i < OP_COUNT; i++)
		n[ops[i].rate] += requests_let_through(r, stats, i);
	for (unsigned i = RATE_NONE + 1; i < RATE_COUNT; i++)
		bound_raise(
		    b, r,
		    (struct rehearsal_bound){.kind = BOUND_RATE,
					     .rate = (enum rate_id)i,
					     .requests = n[i],
					     .floor_us = rate_floor(&rates[i], n[i], percent)});
}

/* A lane lets through so many at once: each holds it for a reply, or for a job. */
static void bound_lanes(struct rehearsal_bound *b, const struct client_stats *stats,
			const struct rehearsal *r)
{
	const struct rehearsal_options *o = r->options;
	uint64_t n[LANE_COUNT] = {0};

	for (unsigned i = 0; i < OP_COUNT; i++) {
		uint64_t requests = requests_let_through(r, stats, i);

		n[ops[i].lane] += requests;
		if (ops[i].lane2)
			n[ops[i].lane2] += requests;
	}
	for (unsigned i = LANE_NONE + 1; i < LANE_COUNT; i++) {
		bool job = lanes[i].until_job_ends;
		uint64_t calls = job ? r->jobs_begun : n[i];
		uint64_t rounds = (calls + lanes[i].width - 1u) / lanes[i].width;

		bound_raise(b, r,
			    (struct rehearsal_bound){
				.kind = job ? BOUND_JOBS : BOUND_LATENCY,
				.lane = (enum lane_id)i,
				.requests = calls,
				.floor_us = (int64_t)rounds * (job ? o->job_us : o->latency_us)});
	}
}

/* A floor below half of the duration binds nothing: the rest is waiting for one reply after
 * another. */
struct rehearsal_bound rehearsal_bound_of(const struct rehearsal *r,
					  const struct client_stats *stats)
{
	int64_t total = r->read_us + r->apply_us;
	struct rehearsal_bound b = {0};

	bound_rates(&b, stats, r);
	bound_lanes(&b, stats, r);
	if (b.floor_us * 2 >= total)
		return b;
	b = (struct rehearsal_bound){.requests = stats->sent};
	if (r->job_us * 2 >= total)
		b = (struct rehearsal_bound){
		    .kind = BOUND_JOBS, .lane = LANE_CREATE_ACCOUNT, .floor_us = r->job_us};
	return b;
}
