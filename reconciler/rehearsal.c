#include "reconciler/rehearsal.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

/* What the twin's listings lag: Organizations' usual second. */
#define LAG_READS    1
#define LAG_US       1000000LL
#define SEED         1
#define ACCOUNTS_ANY 1000000
/* Until the second plan: by then every listing shows what was made. */
#define SETTLE_US 60000000LL

static void recorder_begin(struct rehearsal *r, const struct plan *plan)
{
	r->call = arena_array(r->arena, plan->calls + 1, sizeof *r->call);
	r->calls = plan->calls;
	for (size_t i = 0; i < plan->calls; i++)
		r->call[i] = (struct rehearsal_call){.start_us = -1, .end_us = -1};
}

static void call_starts(struct rehearsal *r, struct rehearsal_call *c, uint32_t n, int64_t now)
{
	if (c->start_us >= 0)
		return;
	c->start_us = now;
	c->order = r->sent++;
	c->with_n = (uint32_t)r->going.n;
	c->with = arena_array(r->arena, r->going.n + 1, sizeof *c->with);
	if (c->with_n)
		memcpy(c->with, r->going.at, c->with_n * sizeof *c->with);
	vec_push(&r->going, n);
	if (r->going.n > r->parallel)
		r->parallel = (uint32_t)r->going.n;
}

static void call_ends(struct rehearsal *r, struct rehearsal_call *c, uint32_t n, int64_t now)
{
	c->end_us = now;
	for (size_t i = 0; i < r->going.n; i++) {
		if (r->going.at[i] != n)
			continue;
		r->going.n--;
		memmove(&r->going.at[i], &r->going.at[i + 1],
			(r->going.n - i) * sizeof *r->going.at);
		break;
	}
}

/* The time in which any job was under way. */
static void jobs_count(struct rehearsal *r, enum call_state before, enum call_state after,
		       int64_t now)
{
	if (after == CALL_JOB && before != CALL_JOB) {
		r->jobs_begun++;
		if (r->jobs++ == 0)
			r->job_since_us = now;
	}
	if (before == CALL_JOB && after != CALL_JOB && --r->jobs == 0)
		r->job_us += now - r->job_since_us;
}

static void recorder_told(void *ctx, const struct plan *plan, uint32_t n,
			  const struct call_result *result)
{
	struct rehearsal *r = ctx;
	struct rehearsal_call *c;
	int64_t now = r->clock.us - r->first.begin_us;

	if (!r->call)
		recorder_begin(r, plan);
	c = &r->call[n - 1];
	jobs_count(r, c->state, result->state, now);
	/* What a probe finds done was never sent, but it took its time. */
	if (result->state == CALL_SENT || (result->state == CALL_DONE && c->start_us < 0))
		call_starts(r, c, n, now);
	if (result->state >= CALL_DONE)
		call_ends(r, c, n, now);
	c->state = result->state;
}

static int by_order(const void *a, const void *b)
{
	const struct rehearsal_call *x = a, *y = b;
	bool late = x->start_us < 0;

	if (late != (y->start_us < 0))
		return late ? 1 : -1;
	if (!late && x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->call->n < y->call->n ? -1 : x->call->n > y->call->n;
}

/* The one that was refused first, and only without any one that ended badly otherwise. */
static const struct rehearsal_call *first_refused(const struct rehearsal *r)
{
	static const uint8_t worst[] = {CALL_FAILED, CALL_STALE, CALL_UNKNOWN};
	const struct rehearsal_call *first = NULL;

	for (size_t k = 0; k < sizeof worst && !first; k++)
		for (size_t i = 0; i < r->calls; i++)
			if (r->call[i].state == worst[k] &&
			    (!first || r->call[i].end_us < first->end_us))
				first = &r->call[i];
	return first;
}

static void calls_fill(struct rehearsal *r, const struct plan_doc *doc)
{
	const struct execution *x = &r->first.execution;

	for (size_t i = 0; i < r->calls; i++) {
		struct rehearsal_call *c = &r->call[i];
		const struct call_result *result = &x->result[i];

		c->call = &doc->call[i];
		c->state = result->state;
		if (c->state == CALL_DONE)
			continue;
		c->code = result->code;
		c->message = result->message;
		if (c->state == CALL_FAILED && c->code)
			c->advice = refusal_advice(c->call->operation, c->code);
	}
	qsort(r->call, r->calls, sizeof *r->call, by_order);
	r->refused = first_refused(r);
	r->done = x->done;
	r->failed = x->failed;
	r->stale = x->stale;
	r->unknown = x->unknown;
	r->skipped = x->skipped;
}

/* The plan made on the twin is the one that a reviewer sees, or what follows is of another. */
static void compare_plans(struct rehearsal *r, const struct plan_doc *twin)
{
	const struct plan_doc *live = r->options->plan;
	size_t i = 0;

	while (i < live->calls && i < twin->calls &&
	       strcmp(live->call[i].operation, twin->call[i].operation) == 0 &&
	       strcmp(live->call[i].change, twin->call[i].change) == 0)
		i++;
	if (i == live->calls && i == twin->calls)
		return;
	vec_push(&r->warnings,
		 arena_printf(r->arena,
			      "the plan on the twin differs from the plan for AWS: %zu calls, not "
			      "%zu; the first difference is %s %s",
			      twin->calls, live->calls,
			      i < twin->calls ? twin->call[i].operation : live->call[i].operation,
			      i < twin->calls ? twin->call[i].change : live->call[i].change));
}

/* What the twin lacks of the live organization: what is found missing there is no finding. */
static void notes_warn(struct rehearsal *r)
{
	const json_t *notes = twin_notes(r->twin);

	for (size_t i = 0; i < json_array_size(notes); i++)
		vec_push(&r->warnings, arena_printf(r->arena, "The reading was partial: %s",
						    json_string_value(json_array_get(notes, i))));
}

static struct plan_doc *trial_document(struct rehearsal *r, const struct trial *t)
{
	char *created = arena_alloc(r->arena, TIME_RFC3339);

	time_rfc3339(t->begin_us, created);
	return plan_document(r->arena, &t->run.plan, PLAN_FORMAT, created);
}

static const char *trial_why(struct rehearsal *r, const struct trial *t, const char *what)
{
	if (t->planned && t->run.plan.refused)
		return arena_printf(r->arena, "%s is refused: %s", what,
				    t->run.plan.refusal ? t->run.plan.refusal : "by a guard");
	return arena_printf(r->arena, "%s: %s", what,
			    t->error.message ? t->error.message : "failed");
}

static void judge_first(struct rehearsal *r)
{
	const struct trial *t = &r->first;
	const struct client_requests *requests;
	struct plan_doc *doc;
	size_t accounts;

	r->read_us = (t->planned ? t->planned_us : t->end_us) - t->begin_us;
	r->apply_us = t->planned ? t->end_us - t->planned_us : 0;
	if (t->planned) {
		doc = trial_document(r, t);
		compare_plans(r, doc);
		if (t->executed && !r->call)
			recorder_begin(r, &t->run.plan);
		if (t->executed)
			calls_fill(r, doc);
	}
	if (!t->executed || (t->error.message && !r->refused))
		r->why = trial_why(r, t, "the plan on the twin");
	if (t->run.client) {
		accounts = client_requests(t->run.client, r->arena, &requests);
		r->bound = rehearsal_bound_of(r, requests, accounts);
	}
}

static void judge_second(struct rehearsal *r)
{
	const struct trial *t = &r->second;

	if (!t->planned) {
		r->after_error = trial_why(r, t, "the second plan");
		return;
	}
	r->after = trial_document(r, t);
	for (size_t i = 0; i < r->after->changes; i++)
		r->left += r->after->change[i].calls > 0;
}

/* An organization past the default has a quota that AWS has raised, to what is not to be read. */
static unsigned accounts_most(const struct rehearsal_options *o)
{
	if (o->accounts)
		return o->accounts;
	return o->live_accounts > REHEARSAL_ACCOUNTS ? ACCOUNTS_ANY : REHEARSAL_ACCOUNTS;
}

static const char *partition_region(const char *partition)
{
	if (strcmp(partition, "aws-cn") == 0)
		return "cn-northwest-1";
	return strcmp(partition, "aws-us-gov") == 0 ? "us-gov-west-1" : "us-east-1";
}

static int twin_prepare(struct rehearsal *r, struct error *err)
{
	const struct rehearsal_options *o = r->options;
	struct twin_options twin = {.clock = &r->clock.clock,
				    .seed = SEED,
				    .management = o->management,
				    .latency_us = o->latency_us,
				    .rates = true,
				    .verify = true,
				    .job_us = o->job_us,
				    .center_us = o->center_us,
				    .lag_reads = LAG_READS,
				    .lag_us = LAG_US,
				    .accounts = accounts_most(o)};

	twin_clock_init(&r->clock, o->begin_us);
	if (twin_new(&r->twin, &twin, err) != 0)
		return -1;
	r->transport = twin_transport_new(r->twin, &r->clock);
	return o->snapshot ? twin_load(r->twin, o->snapshot, o->snapshot_len, "the reading", err)
			   : 0;
}

/* After the rehearsal of a merge the record names a commit that no target descends from. The target
 * is what was there before. */
static void rehearse_again(struct rehearsal *r, struct trial_options trial)
{
	struct options options;

	if (r->options->options && r->options->options->target) {
		options = *r->options->options;
		options.base = options.target;
		trial.options = &options;
	}
	trial.progress = NULL;
	r->clock.us += SETTLE_US;
	trial_plan(&r->second, &r->clock, r->transport, &trial);
}

int rehearsal_run(struct rehearsal *r, struct arena *arena, const struct rehearsal_options *o,
		  struct error *err)
{
	struct trial_options trial = {.source = o->source,
				      .account_keys = true,
				      .ref = o->ref,
				      .path_scope = o->path_scope,
				      .rate_percent = o->rate_percent,
				      .seed = SEED,
				      .account = o->caller,
				      .region = partition_region(o->partition),
				      .messages = o->messages,
				      .options = o->options,
				      .progress = recorder_told,
				      .ctx = r};

	*r = (struct rehearsal){.options = o, .arena = arena};
	if (twin_prepare(r, err) != 0)
		return -1;
	notes_warn(r);
	trial_apply(&r->first, &r->clock, r->transport, &trial, NULL);
	judge_first(r);
	rehearse_again(r, trial);
	judge_second(r);
	r->converged = r->first.executed && !r->why && !r->refused && r->after &&
		       !r->after->refusal && r->left == 0 && r->skipped == 0;
	return 0;
}

void rehearsal_free(struct rehearsal *r)
{
	if (r->first.run.arena)
		trial_end(&r->first);
	if (r->second.run.arena)
		trial_end(&r->second);
	if (r->transport)
		r->transport->free(r->transport);
	twin_free(r->twin);
	free(r->going.at);
	free(r->warnings.at);
	*r = (struct rehearsal){0};
}
