/* Jobs: what AWS goes on working on after it has answered. Its status is asked for until it ends.
 */
#include "reconciler/execute_priv.h"

#include <string.h>

#define JOB_MAX_US  (30 * 60 * SECOND_US) /* accounts take minutes */
#define LOST_MAX    10                    /* status answers in a row that say nothing */
#define POLL_MIN_US 200000
#define LASTS_SHARE 4 /* how much one job says of how long its like last: a quarter */

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

/* Of a reason that is a code. */
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

/* "INTERNAL_FAILURE"; some services give a sentence instead. */
static bool reason_is_code(const char *why)
{
	return why[strspn(why, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0';
}

static void job_failed(struct errand *errand)
{
	const char *why = errand->answer.why != NULL ? errand->answer.why : "FAILED";

	if (!reason_is_code(why)) {
		errand_end(errand, CALL_FAILED, "JobFailed",
			   arena_printf(errand->x->arena, "AWS began, and then failed: %s", why));
		return;
	}

	/* An earlier one of ours may have taken the address: its answer was lost, or the run that
	 * asked was killed, and listings did not show the account yet. */
	if (strcmp(why, "EMAIL_ALREADY_EXISTS") == 0) {
		errand->answer.code = why;
		errand->answer.message = job_advice(why);
		readback_begin(errand, true);
		return;
	}
	errand_end(errand, CALL_FAILED, why, job_advice(why));
}

/* How long jobs of this operation last, as far as was seen. One that takes much longer than the
 * others counts as twice as long: AWS stumbled over it. */
static void job_learn(struct errand *errand)
{
	int64_t *lasts = &errand->x->lasts_us[errand->call->op - ops];
	int64_t us = executor_now(errand->x) - errand->job_begun_us;

	if (*lasts == 0)
		*lasts = us;
	else
		*lasts += ((us < 2 * *lasts ? us : 2 * *lasts) - *lasts) / LASTS_SHARE;
}

/* What the last answer says of the job; true when the call has left the job's state. */
static bool job_judge(struct errand *errand)
{
	switch (errand->answer.job) {
	case JOB_SUCCEEDED:
		job_learn(errand);
		if (errand->answer.id == NULL && errand->call->op->job->result != NULL)
			readback_begin(errand, false);
		else
			errand_done(errand, errand->answer.id);
		return true;
	case JOB_FAILED:
		job_failed(errand);
		return true;
	case JOB_UNDER_WAY:
		break;
	}
	return false;
}

/* First after nearly as long as its like have lasted, so that one question is enough for most, and
 * a shorter time is noticed; then each time it has lasted half as long again. A status that could
 * not be had is asked for after 1, 2, 4 s and so on: AWS may not know the job everywhere yet. */
static int64_t poll_delay(const struct errand *errand)
{
	const struct op *op = errand->call->op;
	int64_t most = op->job->poll_s * SECOND_US, lasts = errand->x->lasts_us[op - ops];
	int64_t us = (executor_now(errand->x) - errand->job_begun_us) / 2;

	if (errand->job_lost > 0)
		us = SECOND_US << (errand->job_lost - 1);
	else if (errand->polls == 0)
		us = lasts > 0 ? lasts - lasts / 8 : SECOND_US;
	if (us < POLL_MIN_US)
		us = POLL_MIN_US;
	return executor_scaled(errand->x, us < most ? us : most);
}

void job_begin(struct errand *errand, const struct text *id)
{
	lanes_release(errand, true);
	errand->job_id = id;
	json_decref(errand->job_input);
	errand->job_input = NULL;
	errand->job_begun_us = executor_now(errand->x);
	errand->polls = errand->job_lost = 0;
	errand->asking = false;
	errand->not_before_us = errand->job_begun_us + poll_delay(errand);
	errand_state(errand, CALL_JOB);
	if (errand->sent)
		errand_journal(errand, "job");
	if (errand->answer.job != JOB_UNDER_WAY)
		job_judge(errand);
}

/* An account under creation is a resource without id, that names its request. */
bool job_found(struct errand *errand, const struct resource *found)
{
	json_auto_t *aux = NULL;
	const char *request;

	if (errand->call->op->job == NULL || found == NULL || found->id != NULL ||
	    found->aux == NULL)
		return false;
	aux = json_loadb(found->aux->s, found->aux->len, 0, NULL);
	request = json_string_value(json_object_get(aux, "request"));
	if (request == NULL)
		return false;
	errand->answer = (struct answer){0};
	job_begin(errand, text_str(errand->x->arena, request));
	errand_look_end(errand);
	return true;
}

static void status_replied(void *ctx, const struct reply *reply)
{
	struct errand *errand = ctx;
	struct answer *a = &errand->answer;

	errand->x->in_flight--;
	a->come = true;
	a->outcome = reply->outcome;
	if (reply->outcome == REPLY_OK) {
		job_read(errand->x, errand->call->op, reply->body, a);
		return;
	}
	a->code = copy(errand->x, reply->code);
	a->message = copy(errand->x, reply->message);
}

/* The status of a job is asked for many times, with the same input. */
static json_t *status_input(struct errand *errand)
{
	const struct job *job = errand->call->op->job;
	const struct text *text = errand->call->input;
	json_auto_t *begun = NULL;

	if (errand->job_input != NULL)
		return errand->job_input;
	errand->job_input = json_pack("{s:s}", job->id_to, errand->job_id->s);
	if (job->also == NULL)
		return errand->job_input;
	begun = json_loadb(text->s, text->len, 0, NULL);
	json_object_set(errand->job_input, job->also, json_object_get(begun, job->also));
	return errand->job_input;
}

static void status_ask(struct errand *errand)
{
	struct executor *x = errand->x;
	const struct job *job = errand->call->op->job;

	errand->answer = (struct answer){.request_id = errand->answer.request_id};
	errand->asking = true;
	errand->polls++;
	x->in_flight++;
	client_send(x->client, &(struct client_request){.op = &ops[job->status],
							.account = errand->account,
							.input = json_incref(status_input(errand)),
							.done = status_replied,
							.ctx = errand});
}

/* A status that cannot be had says nothing of the job. AWS may not know a new job everywhere yet;
 * one that it never knows is looked for by what it makes. */
static void status_judge(struct errand *errand)
{
	bool refused = errand->answer.outcome == REPLY_REFUSED;

	errand->asking = false;
	if (errand->answer.outcome == REPLY_OK) {
		errand->job_lost = 0;
		if (job_judge(errand))
			return;
	} else if (++errand->job_lost >= LOST_MAX ||
		   (refused && errand->job_lost >= LOST_MAX / 2)) {
		readback_begin(errand, false);
		return;
	}
	errand->not_before_us = executor_now(errand->x) + poll_delay(errand);
}

void job_step(struct errand *errand)
{
	struct executor *x = errand->x;
	int64_t now = executor_now(x);

	if (errand->asking && !errand->answer.come)
		return;
	if (errand->asking)
		status_judge(errand);
	if (errand->result->state != CALL_JOB)
		return;
	if (x->out->interrupted)
		errand_end(errand, CALL_UNKNOWN, "Interrupted",
			   "AWS goes on with it: run again later, and it will be found");
	else if (now - errand->job_begun_us > JOB_MAX_US)
		errand_end(errand, CALL_UNKNOWN, "TimedOut",
			   "AWS has not ended it within 30 minutes: run again later");
	else if (now >= errand->not_before_us)
		status_ask(errand);
}
