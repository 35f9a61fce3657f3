/* charter.rehearsal/1: one object, keys sorted; see docs/cli.md. Times are milliseconds. */
#include "reconciler/rehearsal.h"

#include "base/env.h"

static void write_after(struct json_out *j, const struct rehearsal *r)
{
	const struct plan_doc *d = r->after;

	out_key(j, "after");
	out_object(j);
	out_key(j, "changes");
	out_array(j);
	for (size_t i = 0; d && i < d->changes; i++) {
		if (!d->change[i].calls)
			continue;
		out_object(j);
		out_key_string(j, "action", d->change[i].action);
		out_key_string(j, "address", d->change[i].address);
		out_object_end(j);
	}
	out_array_end(j);
	out_key_bool(j, "empty", d && r->left == 0 && !d->refusal);
	out_key_string(j, "error", r->after_error ? r->after_error : d ? d->refusal : NULL);
	out_object_end(j);
}

static void write_assumed(struct json_out *j, const struct rehearsal_options *o)
{
	char read[TIME_RFC3339];

	time_rfc3339(o->read_us, read);
	out_key(j, "assumed");
	out_object(j);
	out_key_int(j, "assignment_ms", o->center_us / 1000);
	out_key_int(j, "job_ms", o->job_us / 1000);
	out_key_int(j, "latency_ms", o->latency_us / 1000);
	out_key(j, "quota_accounts");
	if (!o->accounts && o->live_accounts > REHEARSAL_ACCOUNTS)
		out_null(j);
	else
		out_int(j, o->accounts ? o->accounts : REHEARSAL_ACCOUNTS);
	out_key_int(j, "rate_percent", o->rate_percent);
	out_key_string(j, "read", read);
	out_object_end(j);
}

static void write_bound(struct json_out *j, const struct rehearsal_bound *b)
{
	static const char *const kinds_of[] = {
	    [BOUND_LATENCY] = "latency", [BOUND_JOBS] = "jobs", [BOUND_RATE] = "rate"};

	out_key(j, "bound");
	out_object(j);
	out_key_int(j, "floor_ms", b->floor_us / 1000);
	out_key_string(j, "kind", kinds_of[b->kind]);
	out_key_string(j, "name",
		       b->kind == BOUND_RATE ? rates[b->rate].name
		       : b->lane             ? lanes[b->lane].name
					     : NULL);
	out_key_int(j, "requests", (int64_t)b->requests);
	out_object_end(j);
}

static void write_call(struct json_out *j, const struct rehearsal_call *c)
{
	bool sent = c->start_us >= 0;

	out_object(j);
	out_key_string(j, "advice", c->advice);
	out_key_string(j, "change", c->call->change);
	out_key_string(j, "code", c->code);
	out_key(j, "end_ms");
	if (sent)
		out_int(j, c->end_us / 1000);
	else
		out_null(j);
	out_key_string(j, "message", c->message);
	out_key_int(j, "n", c->call->n);
	out_key_string(j, "operation", c->call->operation);
	out_key_string(j, "service", c->call->service);
	out_key(j, "start_ms");
	if (sent)
		out_int(j, c->start_us / 1000);
	else
		out_null(j);
	out_key_string(j, "state", call_state_name(c->state));
	out_key(j, "with");
	out_array(j);
	for (uint32_t i = 0; i < c->with_n; i++)
		out_int(j, c->with[i]);
	out_array_end(j);
	out_object_end(j);
}

static void write_duration(struct json_out *j, const struct rehearsal *r)
{
	out_key(j, "duration_ms");
	out_object(j);
	out_key_int(j, "apply", r->apply_us / 1000);
	out_key_int(j, "read", r->read_us / 1000);
	out_key_int(j, "total", (r->read_us + r->apply_us) / 1000);
	out_object_end(j);
}

static void write_meta(struct json_out *j, const struct rehearsal *r)
{
	char created[TIME_RFC3339];

	time_rfc3339(r->options->begin_us, created);
	out_key(j, "meta");
	out_object(j);
	out_key_string(j, "created", created);
	out_key_string(j, "tool", r->options->plan->tool);
	out_object_end(j);
}

static void write_summary(struct json_out *j, const struct rehearsal *r)
{
	out_key(j, "summary");
	out_object(j);
	out_key_int(j, "calls", (int64_t)r->calls);
	out_key_int(j, "done", r->done);
	out_key_int(j, "failed", r->failed);
	out_key_int(j, "parallel", r->parallel);
	out_key_int(j, "skipped", r->skipped);
	out_key_int(j, "stale", r->stale);
	out_key_int(j, "unknown", r->unknown);
	out_object_end(j);
}

void rehearsal_write_json(const struct rehearsal *r, struct json_out *j)
{
	const struct plan_doc *d = r->options->plan;

	out_object(j);
	write_after(j, r);
	write_assumed(j, r->options);
	doc_write_commit(j, "base", &d->base);
	write_bound(j, &r->bound);
	out_key(j, "calls");
	out_lines(j);
	for (size_t i = 0; i < r->calls; i++)
		write_call(j, &r->call[i]);
	out_array_end(j);
	out_key_bool(j, "complete", d->complete);
	out_key_bool(j, "converged", r->converged);
	write_duration(j, r);
	out_key_string(j, "format", "charter.rehearsal/1");
	doc_write_commit(j, "head", &d->head);
	write_meta(j, r);
	out_key_string(j, "organization", d->organization);
	out_key_string(j, "plan_id", d->plan_id);
	out_key(j, "refused");
	if (r->refused)
		out_int(j, r->refused->call->n);
	else
		out_null(j);
	out_key_string(j, "scope", d->scope);
	write_summary(j, r);
	out_key(j, "warnings");
	out_lines(j);
	for (size_t i = 0; i < r->warnings.n; i++)
		out_string(j, r->warnings.at[i]);
	out_array_end(j);
	out_key_string(j, "why", r->why);
	out_object_end(j);
}

/* Keys that say something of a plan that was not rehearsed, as above. */
void rehearsal_none_json(const char *why, struct json_out *j)
{
	out_object(j);
	out_key(j, "calls");
	out_array(j);
	out_array_end(j);
	out_key_bool(j, "converged", false);
	out_key_string(j, "format", "charter.rehearsal/1");
	out_key(j, "refused");
	out_null(j);
	out_key(j, "warnings");
	out_array(j);
	out_array_end(j);
	out_key_string(j, "why", why);
	out_object_end(j);
}
