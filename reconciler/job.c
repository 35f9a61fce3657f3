/* Jobs: what AWS goes on working on after it has answered. Its status is asked for until it ends.
 */
#include "reconciler/execute_priv.h"

#include <string.h>

#define POLL_MAX_US (10 * SECOND_US)
#define JOB_MAX_US  (30 * 60 * SECOND_US) /* accounts take minutes */
#define LOST_MAX    10                    /* status answers in a row that say nothing */

static const char *copy(struct executor *x, const char *s)
{
	return s == NULL ? NULL : arena_strdup(x->arena, s);
}

static const struct text *copy_text(struct executor *x, const char *s)
{
	return s == NULL ? NULL : text_str(x->arena, s);
}

void job_read(struct executor *x, const struct op *op, const json_t *body, struct answer *a)
{
	const struct job *job = op->job;
	const char *state = reply_str(body, job->state);

	a->job = JOB_UNDER_WAY;
	if (state != NULL && strcmp(state, job->succeeded) == 0)
		a->job = JOB_SUCCEEDED;
	else if (state != NULL && strcmp(state, job->failed) == 0)
		a->job = JOB_FAILED;
	a->job_id = copy_text(x, reply_str(body, job->id_from));
	a->id = copy_text(x, reply_str(body, job->result));
	a->why = copy(x, reply_str(body, job->why));
}

static const char *job_advice(const char *why)
{
	static const struct {
		const char *why, *advice;
	} advices[] = {
	    {"EMAIL_ALREADY_EXISTS",
	     "the e-mail address belongs to an AWS account already, perhaps a closed one or one of "
	     "another organization: declare another address, or invite that account"},
	    {"ACCOUNT_LIMIT_EXCEEDED",
	     "the organization has as many accounts as its quota allows: ask AWS for more"},
	    {"INVALID_EMAIL", "AWS does not accept the e-mail address"},
	    {"INVALID_ADDRESS", "AWS does not accept the management account's address"},
	    {"CONCURRENT_ACCOUNT_MODIFICATION",
	     "another change to the organization was under way: run again"},
	    {"INTERNAL_FAILURE", "AWS failed: run again"},
	};

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (strcmp(advices[i].why, why) == 0)
			return advices[i].advice;
	}
	return "AWS began, and then failed";
}

static void job_failed(struct run *run)
{
	const char *why = run->answer.why != NULL ? run->answer.why : "Failed";

	/* An earlier one of ours whose answer was lost may have taken the address. */
	if (run->sends > 1 && strcmp(why, "EMAIL_ALREADY_EXISTS") == 0) {
		run->answer.code = why;
		run->answer.message = job_advice(why);
		readback_begin(run, true);
		return;
	}
	run_end(run, CALL_FAILED, why, job_advice(why));
}

/* What the last answer says of the job; true when the call has left the job's state. */
static bool job_judge(struct run *run)
{
	switch (run->answer.job) {
	case JOB_SUCCEEDED:
		if (run->answer.id == NULL)
			readback_begin(run, false);
		else
			run_done(run, run->answer.id);
		return true;
	case JOB_FAILED:
		job_failed(run);
		return true;
	case JOB_UNDER_WAY:
		break;
	}
	return false;
}

void job_begin(struct run *run, const struct text *id)
{
	lanes_release(run, true);
	run->job_id = id;
	run->job_begun_us = executor_now(run->x);
	run->polls = run->job_lost = 0;
	run->asking = false;
	run->not_before_us = run->job_begun_us + executor_scaled(run->x, SECOND_US);
	run_state(run, CALL_JOB);
	if (run->sent)
		run_journal(run, "job");
	if (run->answer.job != JOB_UNDER_WAY)
		job_judge(run);
}

/* An account under creation is a resource without id, that names its request. */
bool job_found(struct run *run, const struct resource *found)
{
	json_auto_t *aux = NULL;
	const char *request;

	if (run->call->op->job == NULL || found == NULL || found->id != NULL || found->aux == NULL)
		return false;
	aux = json_loadb(found->aux->s, found->aux->len, 0, NULL);
	request = json_string_value(json_object_get(aux, "request"));
	if (request == NULL)
		return false;
	run->answer = (struct answer){0};
	job_begin(run, text_str(run->x->arena, request));
	run_look_end(run);
	return true;
}

static void status_replied(void *ctx, const struct reply *reply)
{
	struct run *run = ctx;
	struct answer *a = &run->answer;

	run->x->in_flight--;
	a->come = true;
	a->outcome = reply->outcome;
	if (reply->outcome == REPLY_OK) {
		job_read(run->x, run->call->op, reply->body, a);
		return;
	}
	a->code = copy(run->x, reply->code);
	a->message = copy(run->x, reply->message);
}

static void status_ask(struct run *run)
{
	struct executor *x = run->x;
	const struct job *job = run->call->op->job;

	run->answer = (struct answer){.request_id = run->answer.request_id};
	run->asking = true;
	run->polls++;
	x->in_flight++;
	client_send(x->client, &(struct client_request){
				   .op = &ops[job->status],
				   .account = run->call->account,
				   .input = json_pack("{s:s}", job->id_to, run->job_id->s),
				   .done = status_replied,
				   .ctx = run});
}

/* 1 s, 2 s, 4 s, 8 s, 10 s, 10 s, ... */
static int64_t poll_delay(const struct run *run)
{
	int64_t us = run->polls < 4 ? SECOND_US << run->polls : POLL_MAX_US;

	return executor_scaled(run->x, us);
}

/* A status that cannot be had says nothing of the job. AWS may not know a new job everywhere yet;
 * one that it never knows is looked for by what it makes. */
static void status_judge(struct run *run)
{
	bool refused = run->answer.outcome == REPLY_REFUSED;

	run->asking = false;
	if (run->answer.outcome == REPLY_OK) {
		run->job_lost = 0;
		if (job_judge(run))
			return;
	} else if (++run->job_lost >= LOST_MAX || (refused && run->job_lost >= LOST_MAX / 2)) {
		readback_begin(run, false);
		return;
	}
	run->not_before_us = executor_now(run->x) + poll_delay(run);
}

void job_step(struct run *run)
{
	struct executor *x = run->x;
	int64_t now = executor_now(x);

	if (run->asking && !run->answer.come)
		return;
	if (run->asking)
		status_judge(run);
	if (run->result->state != CALL_JOB)
		return;
	if (x->out->interrupted)
		run_end(run, CALL_UNKNOWN, "Interrupted",
			"AWS goes on with it: run again later, and it will be found");
	else if (now - run->job_begun_us > JOB_MAX_US)
		run_end(run, CALL_UNKNOWN, "TimedOut",
			"AWS has not ended it within 30 minutes: run again later");
	else if (now >= run->not_before_us)
		status_ask(run);
}
