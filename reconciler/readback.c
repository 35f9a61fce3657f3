/* Reading back: whether a call happened whose answer was lost, or of which AWS says that it is so
 * already. It is sent again only when two readings, the second after the operation's settling time,
 * show that it did not happen. */
#include "reconciler/execute_priv.h"

#define SENDS_MAX  3
#define UNREAD_MAX 3

void readback_begin(struct errand *errand, bool already)
{
	lanes_release(errand, false);
	errand_look_end(errand);
	errand->already = already;
	errand->back_from_us = errand->not_before_us = executor_now(errand->x);
	errand->before = errand->neither = errand->unread = 0;
	errand_state(errand, CALL_READING_BACK);
}

/* Reads again, once the operation has settled. */
static void readback_again(struct errand *errand)
{
	int64_t settle_us = (int64_t)errand->call->op->settle_ms * 1000;

	errand_look_end(errand);
	errand->not_before_us = executor_now(errand->x) + executor_scaled(errand->x, settle_us);
	errand->back_from_us = errand->not_before_us;
}

static void end_as_answered(struct errand *errand, enum call_state state, const char *what)
{
	const struct answer *a = &errand->answer;
	const char *code = a->code == NULL ? "Lost" : a->code;
	const char *said = a->message == NULL ? "" : a->message;

	if (what == NULL)
		errand_end(errand, state, code, said);
	else
		errand_end(errand, state, code,
			   arena_printf(errand->x->arena, "%s%s%s", what,
					said[0] != '\0' ? ": " : "", said));
}

static void send_again(struct errand *errand)
{
	if (errand->x->stopping) {
		end_as_answered(errand, CALL_FAILED,
				"the answer was lost, and a reading shows that it did not happen");
		return;
	}
	if (errand->job_id != NULL) {
		end_as_answered(errand, CALL_UNKNOWN,
				"AWS began it, and neither its status nor a reading tells its end");
		return;
	}
	if (errand->sends >= SENDS_MAX) {
		end_as_answered(errand, CALL_UNKNOWN,
				"sent three times without an answer, and no reading shows it");
		return;
	}
	errand_look_end(errand);
	errand->not_before_us = 0;
	errand_state(errand, CALL_WAITING);
}

static void readback_before(struct errand *errand)
{
	if (++errand->before < 2)
		readback_again(errand);
	else if (errand->already)
		end_as_answered(errand, CALL_FAILED, NULL);
	else
		send_again(errand);
}

/* Perhaps only a part of it is seen yet. */
static void readback_neither(struct errand *errand)
{
	if (++errand->neither < 2)
		readback_again(errand);
	else if (errand->already)
		end_as_answered(errand, CALL_FAILED, NULL);
	else
		end_as_answered(errand, CALL_UNKNOWN,
				"the answer was lost, and what is read now is neither what was "
				"there nor what was wanted");
}

static void readback_unread(struct errand *errand)
{
	if (++errand->unread < UNREAD_MAX && !errand->x->stopping) {
		errand->own_look = true;
		readback_again(errand);
		return;
	}
	end_as_answered(errand, CALL_UNKNOWN,
			arena_printf(errand->x->arena,
				     "sent, but not known whether it happened: %s",
				     errand_unread_message(errand)));
}

/* There is nothing to look at: AWS's own word counts, and what makes nothing may be said twice. */
static void readback_nothing(struct errand *errand)
{
	if (errand->already)
		errand_done(errand, NULL);
	else if (errand->call->op->id_path == NULL)
		send_again(errand);
	else
		end_as_answered(errand, CALL_UNKNOWN, "the answer was lost, and nothing shows it");
}

static void readback_judge(struct errand *errand, enum verdict verdict,
			   const struct resource *found)
{
	switch (verdict) {
	case VERDICT_AFTER:
		if (job_found(errand, found))
			break;
		if (call_yields_id(errand->call) && (found == NULL || found->id == NULL))
			readback_neither(errand);
		else
			errand_done(errand, found == NULL ? NULL : found->id);
		break;
	case VERDICT_BEFORE:
		readback_before(errand);
		break;
	case VERDICT_NEITHER:
		readback_neither(errand);
		break;
	case VERDICT_UNREAD:
		readback_unread(errand);
		break;
	case VERDICT_NOTHING:
		readback_nothing(errand);
		break;
	}
}

void readback_step(struct errand *errand)
{
	struct executor *x = errand->x;
	const struct resource *found;
	enum verdict verdict;

	if (!call_shows(errand->call)) {
		readback_nothing(errand);
		return;
	}
	if (errand->look == NULL) {
		if (x->out->interrupted) {
			end_as_answered(errand, CALL_UNKNOWN,
					"interrupted before it was known whether it happened");
			return;
		}
		if (executor_now(x) < errand->not_before_us)
			return;
		errand_look(errand, errand->back_from_us);
	}
	if (errand_looked(errand, &verdict, &found))
		readback_judge(errand, verdict, found);
}
