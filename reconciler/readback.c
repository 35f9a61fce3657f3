/* Reading back: whether a call happened whose answer was lost, or of which AWS says that it is so
 * already. It is sent again only when two readings, the second after the operation's settling time,
 * show that it did not happen. */
#include "reconciler/execute_priv.h"

#define SENDS_MAX  3
#define UNREAD_MAX 3

void readback_begin(struct run *run, bool already)
{
	lanes_release(run, false);
	run_look_end(run);
	run->already = already;
	run->back_from_us = run->not_before_us = executor_now(run->x);
	run->before = run->neither = run->unread = 0;
	run_state(run, CALL_READING_BACK);
}

/* Reads again, once the operation has settled. */
static void readback_again(struct run *run)
{
	int64_t settle_us = (int64_t)run->call->op->settle_ms * 1000;

	run_look_end(run);
	run->not_before_us = executor_now(run->x) + executor_scaled(run->x, settle_us);
	run->back_from_us = run->not_before_us;
}

static void end_as_answered(struct run *run, enum call_state state, const char *what)
{
	const struct answer *a = &run->answer;
	const char *code = a->code == NULL ? "Lost" : a->code;
	const char *said = a->message == NULL ? "" : a->message;

	if (what == NULL)
		run_end(run, state, code, said);
	else
		run_end(
		    run, state, code,
		    arena_printf(run->x->arena, "%s%s%s", what, said[0] != '\0' ? ": " : "", said));
}

static void send_again(struct run *run)
{
	if (run->x->stopping) {
		end_as_answered(run, CALL_FAILED,
				"the answer was lost, and a reading shows that it did not happen");
		return;
	}
	if (run->job_id != NULL) {
		end_as_answered(run, CALL_UNKNOWN,
				"AWS began it, and neither its status nor a reading tells its end");
		return;
	}
	if (run->sends >= SENDS_MAX) {
		end_as_answered(run, CALL_UNKNOWN,
				"sent three times without an answer, and no reading shows it");
		return;
	}
	run_look_end(run);
	run->not_before_us = 0;
	run_state(run, CALL_WAITING);
}

static void readback_before(struct run *run)
{
	if (++run->before < 2)
		readback_again(run);
	else if (run->already)
		end_as_answered(run, CALL_FAILED, NULL);
	else
		send_again(run);
}

/* Perhaps only a part of it is seen yet. */
static void readback_neither(struct run *run)
{
	if (++run->neither < 2)
		readback_again(run);
	else if (run->already)
		end_as_answered(run, CALL_FAILED, NULL);
	else
		end_as_answered(run, CALL_UNKNOWN,
				"the answer was lost, and what is read now is neither what was "
				"there nor what was wanted");
}

static void readback_unread(struct run *run)
{
	if (++run->unread < UNREAD_MAX && !run->x->stopping) {
		run->own_look = true;
		readback_again(run);
		return;
	}
	end_as_answered(run, CALL_UNKNOWN,
			arena_printf(run->x->arena, "sent, but not known whether it happened: %s",
				     run_unread_message(run)));
}

/* There is nothing to look at: AWS's own word counts, and what makes nothing may be said twice. */
static void readback_nothing(struct run *run)
{
	if (run->already)
		run_done(run, NULL);
	else if (run->call->op->id_path == NULL)
		send_again(run);
	else
		end_as_answered(run, CALL_UNKNOWN, "the answer was lost, and nothing shows it");
}

static void readback_judge(struct run *run, enum verdict verdict, const struct resource *found)
{
	switch (verdict) {
	case VERDICT_AFTER:
		if (job_found(run, found))
			break;
		if (call_yields_id(run->call) && (found == NULL || found->id == NULL))
			readback_neither(run);
		else
			run_done(run, found == NULL ? NULL : found->id);
		break;
	case VERDICT_BEFORE:
		readback_before(run);
		break;
	case VERDICT_NEITHER:
		readback_neither(run);
		break;
	case VERDICT_UNREAD:
		readback_unread(run);
		break;
	case VERDICT_NOTHING:
		readback_nothing(run);
		break;
	}
}

void readback_step(struct run *run)
{
	struct executor *x = run->x;
	const struct resource *found;
	enum verdict verdict;

	if (!call_shows(run->call)) {
		readback_nothing(run);
		return;
	}
	if (run->look == NULL) {
		if (x->out->interrupted) {
			end_as_answered(run, CALL_UNKNOWN,
					"interrupted before it was known whether it happened");
			return;
		}
		if (executor_now(x) < run->not_before_us)
			return;
		run_look(run, run->back_from_us);
	}
	if (run_looked(run, &verdict, &found))
		readback_judge(run, verdict, found);
}
