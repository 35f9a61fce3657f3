/* Sending: the journal's line, the request, and what each answer means. */
#include "reconciler/execute_priv.h"

#include <stdlib.h>
#include <string.h>

/* What was just made may not be seen everywhere yet: IAM's own pages say seconds. */
#define EARLY_MAX    7 /* 1 + 2 + 4 + 8 + 15 + 15 + 15 s: 60 s */
#define EARLY_US     (60 * SECOND_US)
#define EARLY_CAP_US (15 * SECOND_US)

/* Relations have no id of their own. */
bool call_yields_id(const struct call *call)
{
	if (call->makes == NULL)
		return false;
	return call->op->id_path != NULL || call->op->job != NULL || text_is(call->makes, "root");
}

static const struct text *reply_id(struct executor *x, const struct call *call, const json_t *body)
{
	const char *path = call->op->id_path, *id;

	/* A listing makes nothing but known: the root of an organization that this run created. */
	if (path == NULL && call->makes != NULL && text_is(call->makes, "root"))
		path = "Roots.0.Id";
	id = path == NULL ? NULL : reply_str(body, path);
	return id == NULL ? NULL : text_str(x->arena, id);
}

static void call_page(void *ctx, const json_t *body)
{
	struct run *run = ctx;

	if (run->answer.id == NULL && run->call->op->job == NULL)
		run->answer.id = reply_id(run->x, run->call, body);
}

static void call_replied(void *ctx, const struct reply *reply)
{
	struct run *run = ctx;
	struct executor *x = run->x;
	struct answer *a = &run->answer;

	x->in_flight--;
	a->come = true;
	a->outcome = reply->outcome;
	if (run->call->op->mutates && (reply->outcome == REPLY_OK || reply->outcome == REPLY_LOST))
		x->out->mutated = true;
	a->request_id =
	    reply->request_id == NULL ? NULL : arena_strdup(x->arena, reply->request_id);
	if (reply->outcome != REPLY_OK) {
		a->code = arena_strdup(x->arena, reply->code == NULL ? "" : reply->code);
		a->message = arena_strdup(x->arena, reply->message == NULL ? "" : reply->message);
	} else if (run->call->op->job != NULL) {
		job_read(x, run->call->op, reply->body, a);
	} else if (a->id == NULL) {
		a->id = reply_id(x, run->call, reply->body);
	}
}

/* The line before it goes out; without it nothing is sent. */
static bool send_journaled(struct run *run, const json_t *input)
{
	auto_free char *text = NULL;

	if (!run->call->op->mutates)
		return true;
	text = json_dumps(input, JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL)
		die_out_of_memory();
	if (run_journal_before(run, text) == 0)
		return true;
	run_end(run, CALL_SKIPPED, NULL, run->x->why);
	return false;
}

void run_send(struct run *run)
{
	struct executor *x = run->x;
	struct id_source ids = executor_ids(x);
	auto_error err = {0};
	json_t *input = tokens_input(x->arena, run->call, &ids, &err);

	if (input == NULL) {
		run_end(run, CALL_FAILED, "NoId", err.message);
		return;
	}
	if (!send_journaled(run, input)) {
		json_decref(input);
		return;
	}
	run->answer = (struct answer){0};
	run->sends++;
	run->sent = true;
	x->in_flight++;
	run_state(run, CALL_SENT);
	client_send(x->client, &(struct client_request){.op = run->call->op,
							.account = run->call->account,
							.input = input,
							.page = call_page,
							.done = call_replied,
							.ctx = run});
}

static bool op_has(const char *const *codes, size_t n, const char *code)
{
	for (size_t i = 0; i < n && codes[i] != NULL; i++) {
		if (strcmp(codes[i], code) == 0)
			return true;
	}
	return false;
}

/* Whether a thing that the call uses was made by this run within the last minute. */
static bool uses_new(const struct run *run)
{
	struct executor *x = run->x;

	for (const struct text **use = run->call->uses; *use != NULL; use++) {
		const struct run *maker = map_get(x->maker, (*use)->s);

		if (maker != NULL && executor_now(x) - maker->made_us < EARLY_US)
			return true;
	}
	return false;
}

/* A refusal that may only mean that what this run made is not seen yet. */
static bool refused_early(const struct run *run)
{
	static const char *const codes[] = {
	    "NoSuchEntity",
	    "AccessDenied",
	    "AccessDeniedException",
	    "AccountNotFoundException",
	    "TargetNotFoundException",
	    "PolicyNotFoundException",
	    "ParentNotFoundException",
	    "DestinationParentNotFoundException",
	    "PolicyTypeNotEnabledException",
	    "AWSOrganizationsNotInUseException",
	};
	const struct answer *a = &run->answer;
	bool principal = strcmp(a->code, "MalformedPolicyDocument") == 0 &&
			 strcasestr(a->message, "principal") != NULL;

	return run->early < EARLY_MAX && uses_new(run) &&
	       (principal || op_has(codes, sizeof(codes) / sizeof(codes[0]), a->code));
}

static void send_later(struct run *run)
{
	int64_t us = SECOND_US << run->early;

	if (us > EARLY_CAP_US)
		us = EARLY_CAP_US;
	run->early++;
	run->not_before_us = executor_now(run->x) + executor_scaled(run->x, us);
	run_journal(run, "refused");
	lanes_release(run, false);
	run_state(run, CALL_WAITING);
}

static void sent_refused(struct run *run)
{
	const struct op *op = run->call->op;
	const struct answer *a = &run->answer;

	if (refused_early(run)) {
		send_later(run);
	} else if (op->mutates &&
		   op_has(op->already, sizeof(op->already) / sizeof(op->already[0]), a->code)) {
		run_journal(run, "already");
		readback_begin(run, true);
	} else {
		run_end(run, CALL_FAILED, a->code, a->message);
	}
}

static void sent_lost(struct run *run)
{
	if (!run->call->op->mutates) {
		run_end(run, CALL_FAILED, run->answer.code, run->answer.message);
		return;
	}
	run_journal(run, "lost");
	readback_begin(run, false);
}

/* Without the id nothing could be built on what was made: it is read. */
static void sent_ok(struct run *run)
{
	struct answer *a = &run->answer;

	if (run->call->op->job != NULL) {
		if (a->job_id == NULL && a->job == JOB_UNDER_WAY)
			sent_lost(run);
		else
			job_begin(run, a->job_id);
	} else if (call_yields_id(run->call) && a->id == NULL) {
		a->code = "BadReply";
		a->message = "the reply does not name what was made";
		sent_lost(run);
	} else {
		run_done(run, a->id);
	}
}

void sent_step(struct run *run)
{
	if (!run->answer.come)
		return;
	switch (run->answer.outcome) {
	case REPLY_OK:
		sent_ok(run);
		break;
	case REPLY_REFUSED:
		sent_refused(run);
		break;
	case REPLY_UNSENT:
		run_end(run, CALL_FAILED, run->answer.code, run->answer.message);
		break;
	case REPLY_LOST:
		sent_lost(run);
		break;
	case REPLY_CANCELLED:
		run_end(run, CALL_SKIPPED, NULL,
			run->x->why != NULL ? run->x->why : "cancelled before it was sent");
		break;
	}
}
