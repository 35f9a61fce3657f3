/* What a run's duration hangs on: the published rates, Organizations' one writer, jobs, or no more
 * than replies that come one after another. */
#include "reconciler/rehearsal.h"

/* What would take longer than the run itself has counted what did not get through, or what had not
 * to wait: it binds nothing. */
static void bound_raise(struct rehearsal_bound *b, const struct rehearsal *r,
			struct rehearsal_bound other)
{
	if (other.floor_us > b->floor_us && other.floor_us <= r->read_us + r->apply_us)
		*b = other;
}

/* Without a limit of ours AWS's own holds. */
static int64_t rate_floor(const struct rate *rate, uint64_t requests, unsigned percent)
{
	const struct rate share = rate_share(rate, percent);
	int64_t beyond = (int64_t)requests - share.burst;

	return beyond > 0 ? beyond * 1000000000 / share.milli : 0;
}

/* Every account has rates of its own. */
static void bound_rates(struct rehearsal_bound *b, const struct rehearsal *r,
			const struct client_requests *in)
{
	unsigned percent = r->options->rate_percent;
	uint64_t n[RATE_COUNT] = {0};

	for (unsigned i = 0; i < OP_COUNT; i++)
		n[ops[i].rate] += in->by_op[i];
	for (unsigned i = RATE_NONE + 1; i < RATE_COUNT; i++)
		bound_raise(
		    b, r,
		    (struct rehearsal_bound){.kind = BOUND_RATE,
					     .rate = (enum rate_id)i,
					     .account = in->account,
					     .requests = n[i],
					     .floor_us = rate_floor(&rates[i], n[i], percent)});
}

/* How long a call holds its lane at the least: for a reply, or for a job. */
static int64_t lane_floor(enum lane_id lane, const struct rehearsal_options *o)
{
	if (!lanes[lane].until_job_ends)
		return o->latency_us;
	return lane == LANE_CREATE_ACCOUNT ? o->job_us : o->center_us;
}

/* A lane of an account lets through so many at once. A creation that was refused was no job. */
static void bound_lanes(struct rehearsal_bound *b, const struct rehearsal *r,
			const struct client_requests *in)
{
	const struct rehearsal_options *o = r->options;
	uint64_t n[LANE_COUNT] = {0};

	for (unsigned i = 0; i < OP_COUNT; i++) {
		n[ops[i].lane] += in->by_op[i];
		if (ops[i].lane2)
			n[ops[i].lane2] += in->by_op[i];
	}
	for (unsigned i = LANE_NONE + 1; i < LANE_COUNT; i++) {
		bool job = lanes[i].until_job_ends;
		uint64_t calls = n[i] < r->jobs_begun || !job ? n[i] : r->jobs_begun;
		uint64_t rounds = (calls + lanes[i].width - 1u) / lanes[i].width;

		bound_raise(b, r,
			    (struct rehearsal_bound){.kind = job ? BOUND_JOBS : BOUND_LATENCY,
						     .lane = (enum lane_id)i,
						     .account = in->account,
						     .requests = calls,
						     .floor_us = (int64_t)rounds *
								 lane_floor((enum lane_id)i, o)});
	}
}

static uint64_t requests_sum(const struct client_requests *in, size_t accounts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < accounts; i++)
		for (unsigned op = 0; op < OP_COUNT; op++)
			sum += in[i].by_op[op];
	return sum;
}

/* A floor below half of the duration binds nothing: the rest is waiting for one reply after
 * another. */
struct rehearsal_bound rehearsal_bound_of(const struct rehearsal *r,
					  const struct client_requests *in, size_t accounts)
{
	int64_t total = r->read_us + r->apply_us;
	struct rehearsal_bound b = {0};

	for (size_t i = 0; i < accounts; i++) {
		bound_rates(&b, r, &in[i]);
		bound_lanes(&b, r, &in[i]);
	}
	if (b.floor_us * 2 >= total)
		return b;
	b = (struct rehearsal_bound){.account = "", .requests = requests_sum(in, accounts)};
	if (r->job_us * 2 >= total)
		b = (struct rehearsal_bound){
		    .kind = BOUND_JOBS, .account = "", .floor_us = r->job_us};
	return b;
}
