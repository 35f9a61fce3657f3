/* How a call ends, and what its end means for the others: counts, lanes, ids, the journal's line.
 */
#include "reconciler/execute_priv.h"

#include <string.h>

static const char *const state_names[] = {
    [CALL_WAITING] = "waiting",
    [CALL_PROBING] = "probing",
    [CALL_SENT] = "sent",
    [CALL_JOB] = "job",
    [CALL_READING_BACK] = "reading_back",
    [CALL_DONE] = "done",
    [CALL_FAILED] = "failed",
    [CALL_STALE] = "stale",
    [CALL_UNKNOWN] = "unknown",
    [CALL_SKIPPED] = "skipped",
};

const char *call_state_name(enum call_state state)
{
	return state_names[state];
}

bool state_ended(enum call_state state)
{
	return state >= CALL_DONE;
}

void executor_stop(struct executor *x, const char *why)
{
	if (x->stopping)
		return;
	x->stopping = true;
	x->why = why;
	executor_wake_all(x);
}

static void executor_fail(struct executor *x)
{
	x->failed = true;
	executor_stop(x, "the journal cannot be written");
	client_cancel_unsent(x->client);
}

/* The first error is the one that is told: of a full disk the later ones say nothing new. */
static struct error *executor_error(struct executor *x, struct error *spare)
{
	return x->failed ? spare : x->err;
}

int errand_journal_before(struct errand *errand, const char *input)
{
	struct executor *x = errand->x;
	auto_error spare = {0};

	errand->journaled = false;
	if (x->options->journal == NULL ||
	    journal_send(x->options->journal, errand->call, errand_address(errand), input,
			 executor_error(x, &spare)) == 0)
		return 0;
	executor_fail(x);
	return -1;
}

void errand_journal(struct errand *errand, const char *state)
{
	struct executor *x = errand->x;
	const struct answer *a = &errand->answer;
	auto_error spare = {0};
	const struct text *id = errand->result->id != NULL ? errand->result->id : a->job_id;

	if (x->options->journal == NULL || !errand->call->op->mutates)
		return;
	if (journal_end(x->options->journal, errand->call, state, id != NULL ? id->s : NULL,
			errand->result->code != NULL ? errand->result->code : a->code,
			errand->result->message != NULL ? errand->result->message : a->message,
			a->request_id, executor_error(x, &spare)) != 0)
		executor_fail(x);
}

static void progress_tell(const struct errand *errand)
{
	const struct execute_options *o = errand->x->options;

	if (o->progress != NULL)
		o->progress(o->ctx, errand->x->plan, errand->call->n, errand->result);
}

void errand_state(struct errand *errand, enum call_state state)
{
	errand->result->state = (uint8_t)state;
	errand->x->moved = true;
	progress_tell(errand);
}

static void count_end(struct execution *out, enum call_state state)
{
	out->done += state == CALL_DONE;
	out->failed += state == CALL_FAILED;
	out->stale += state == CALL_STALE;
	out->unknown += state == CALL_UNKNOWN;
	out->skipped += state == CALL_SKIPPED;
}

static const char *keep(struct executor *x, const char *s)
{
	return s == NULL || s[0] == '\0' ? NULL : arena_strdup(x->arena, s);
}

void errand_end(struct errand *errand, enum call_state state, const char *code, const char *message)
{
	struct executor *x = errand->x;

	errand->result->code = keep(x, code);
	errand->result->message = keep(x, message);
	errand_look_end(errand);
	lanes_release(errand, false);
	asleep_wake(errand);
	if (errand->site != NULL)
		queue_leave(errand);
	alone_leave(errand);
	json_decref(errand->job_input);
	errand->job_input = NULL;
	count_end(x->out, state);
	if (state == CALL_STALE && errand_stale(errand) != NULL)
		*errand_stale(errand) = true;
	errand_state(errand, state);
	if (errand->sent)
		errand_journal(errand, state_names[state]);
}

/* What was made is found by its address from now on, and its id by readings. */
static void made_known(struct errand *errand, const struct text *id)
{
	struct executor *x = errand->x;
	const struct text *address = errand->call->makes;
	int kind = address_kind(address);
	auto_free char *key = NULL;

	if (id == NULL)
		return;
	map_put(x->ids, address->s, (void *)id);
	if (kind >= 0) {
		key = xasprintf("%s %s", kinds[kind]->name, id->s);
		map_put(x->made, key, (void *)address);
	}
	if (kind == KIND_ACCOUNT)
		client_account_new(x->client, id->s);
}

void errand_done(struct errand *errand, const struct text *id)
{
	if (id != NULL)
		id = errand->result->id = text_new(errand->x->arena, id->s, id->len);
	errand->answer.code = errand->answer.message = NULL;
	errand->made_us = executor_now(errand->x);
	if (errand->call->enables != NULL)
		map_put(errand->x->maker, errand->call->enables->s, errand);
	if (errand->call->makes != NULL) {
		map_put(errand->x->maker, errand->call->makes->s, errand);
		made_known(errand, id);
	}
	errand_end(errand, CALL_DONE, NULL, NULL);
}

static enum lane_id lane_of(const struct errand *errand, int i)
{
	return i == 0 ? errand->call->op->lane : errand->call->op->lane2;
}

bool lanes_free(const struct errand *errand)
{
	for (int i = 0; i < 2; i++) {
		enum lane_id lane = lane_of(errand, i);

		if (lane != LANE_NONE && errand->site->busy[lane] >= lanes[lane].width)
			return false;
	}
	return true;
}

void lanes_take(struct errand *errand)
{
	for (int i = 0; i < 2; i++) {
		errand->holds[i] = lane_of(errand, i) != LANE_NONE;
		errand->site->busy[lane_of(errand, i)] += errand->holds[i];
	}
	queue_leave(errand);
}

void lanes_release(struct errand *errand, bool job_goes_on)
{
	bool released = false;

	for (int i = 0; i < 2; i++) {
		enum lane_id lane = lane_of(errand, i);

		if (!errand->holds[i] || (job_goes_on && lanes[lane].until_job_ends))
			continue;
		errand->holds[i] = false;
		errand->site->busy[lane]--;
		released = true;
	}
	if (released)
		queues_wake(errand->site);
}
