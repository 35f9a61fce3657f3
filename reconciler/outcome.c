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

int run_journal_before(struct run *run, const char *input)
{
	struct executor *x = run->x;
	auto_error spare = {0};

	run->journaled = false;
	if (x->options->journal == NULL ||
	    journal_send(x->options->journal, run->call, run_address(run), input,
			 executor_error(x, &spare)) == 0)
		return 0;
	executor_fail(x);
	return -1;
}

void run_journal(struct run *run, const char *state)
{
	struct executor *x = run->x;
	const struct answer *a = &run->answer;
	auto_error spare = {0};
	const struct text *id = run->result->id != NULL ? run->result->id : a->job_id;

	if (x->options->journal == NULL || !run->call->op->mutates)
		return;
	if (journal_end(x->options->journal, run->call, state, id != NULL ? id->s : NULL,
			run->result->code != NULL ? run->result->code : a->code,
			run->result->message != NULL ? run->result->message : a->message,
			a->request_id, executor_error(x, &spare)) != 0)
		executor_fail(x);
}

static void progress_tell(const struct run *run)
{
	const struct execute_options *o = run->x->options;

	if (o->progress != NULL)
		o->progress(o->ctx, run->x->plan, run->call->n, run->result);
}

void run_state(struct run *run, enum call_state state)
{
	run->result->state = (uint8_t)state;
	run->x->moved = true;
	progress_tell(run);
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

void run_end(struct run *run, enum call_state state, const char *code, const char *message)
{
	struct executor *x = run->x;

	run->result->code = keep(x, code);
	run->result->message = keep(x, message);
	run_look_end(run);
	lanes_release(run, false);
	count_end(x->out, state);
	run_state(run, state);
	if (run->sent)
		run_journal(run, state_names[state]);
}

/* What was made is found by its address from now on, and its id by readings. */
static void made_known(struct run *run, const struct text *id)
{
	struct executor *x = run->x;
	const struct text *address = run->call->makes;
	size_t len = strcspn(address->s, "/");
	auto_free char *kind = xcalloc(len + 1, 1);
	auto_free char *key = NULL;

	if (id == NULL)
		return;
	map_put(x->ids, address->s, (void *)id);
	memcpy(kind, address->s, len);
	key = xasprintf("%s %s", kind, id->s);
	if (kind_find(kind) >= 0)
		map_put(x->made, key, (void *)address);
}

void run_done(struct run *run, const struct text *id)
{
	if (id != NULL)
		id = run->result->id = text_new(run->x->arena, id->s, id->len);
	run->answer.code = run->answer.message = NULL;
	run->made_us = executor_now(run->x);
	if (run->call->enables != NULL)
		map_put(run->x->maker, run->call->enables->s, run);
	if (run->call->makes != NULL) {
		map_put(run->x->maker, run->call->makes->s, run);
		made_known(run, id);
	}
	run_end(run, CALL_DONE, NULL, NULL);
}

static enum lane_id lane_of(const struct run *run, int i)
{
	return i == 0 ? run->call->op->lane : run->call->op->lane2;
}

/* Both lanes or none, so that no two calls wait for each other's. */
bool lanes_take(struct run *run)
{
	uint16_t *busy = run->x->busy;

	for (int i = 0; i < 2; i++) {
		enum lane_id lane = lane_of(run, i);

		if (lane != LANE_NONE && busy[lane] >= lanes[lane].width)
			return false;
	}
	for (int i = 0; i < 2; i++) {
		run->holds[i] = lane_of(run, i) != LANE_NONE;
		busy[lane_of(run, i)] += run->holds[i];
	}
	return true;
}

void lanes_release(struct run *run, bool job_goes_on)
{
	for (int i = 0; i < 2; i++) {
		enum lane_id lane = lane_of(run, i);

		if (!run->holds[i] || (job_goes_on && lanes[lane].until_job_ends))
			continue;
		run->holds[i] = false;
		run->x->busy[lane]--;
	}
}
