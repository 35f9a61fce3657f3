/* Changes to calls, in order, judged by the guards. */
#include "reconciler/plan.h"

#include "aws/wire.h"
#include "reconciler/blocked.h"
#include "reconciler/guard.h"
#include "reconciler/intent.h"
#include "reconciler/order.h"
#include "reconciler/record.h"

#include <stdlib.h>
#include <string.h>

/* An approved plan puts drift back only where it showed it with the same live value. */
static bool drift_is_approved(const struct approval *approval, const struct change *c,
			      const struct diff *d)
{
	const char *shown =
	    approval_live(approval, c->row->address->s,
			  kinds[c->row->head->kind]->attr[d->attr].name, d->key ? d->key->s : NULL);
	char live[SHA256_HEX];

	approval_digest(d->live, live);
	return shown && strcmp(shown, live) == 0;
}

/* What the plan id does not name is done only as it was shown: the same action, and what it deletes
 * is the same thing. */
static bool action_is_approved(const struct approval *approval, const struct change *c)
{
	const struct text *id = c->row->live ? c->row->live->id : NULL;

	if (c->reason != REASON_DRIFT && c->reason != REASON_LEFTOVER)
		return true;
	return approval_action(approval, c->row->address->s, action_names[c->action],
			       id ? id->s : NULL);
}

static bool change_is_approved(const struct approval *approval, struct change *c, struct diff *diff)
{
	uint32_t n = 0;

	if (c->action != ACTION_UPDATE)
		return action_is_approved(approval, c);
	for (uint32_t i = 0; i < c->diffs; i++)
		if (c->diff[i].reason != REASON_DRIFT ||
		    drift_is_approved(approval, c, &c->diff[i]))
			diff[n++] = c->diff[i];
	c->diffs = n;
	return n > 0;
}

/* What goes along with something else, though no commit declared it, was shown or is not done; nor
 * can be what it goes along with. */
static void refuse_unseen(struct plan *plan, const struct change *c)
{
	const struct text *id = c->row->live ? c->row->live->id : NULL;
	const char *address = c->row->address->s;

	if (c->action != ACTION_DELETE || c->reason != REASON_CONFLICT || c->row->base ||
	    approval_action(plan->in->approval, address, action_names[c->action],
			    id ? id->s : NULL))
		return;
	plan->stale = true;
	plan->stale_why = arena_printf(plan->in->arena,
				       "%s would go along with what is removed, and the approved "
				       "plan does not show it; plan again",
				       address);
}

/* What the run itself lives by is left out, and told. */
static void note_self(struct plan *plan, const struct change *c)
{
	plan->note[plan->notes++] =
	    (struct note){.what = NOTE_BY_HAND,
			  .kind = row_kind(c->row),
			  .address = c->row->address,
			  .id = c->row->live ? c->row->live->id : NULL,
			  .text = "this run lives by it: change it with other credentials"};
}

/* Not forgotten, only not approved: the record of the run that left it stays. */
static void note_leftover(struct plan *plan, const struct change *c)
{
	plan->note[plan->notes++] = (struct note){
	    .what = NOTE_LEFTOVER,
	    .kind = row_kind(c->row),
	    .address = c->row->address,
	    .id = c->row->live ? c->row->live->id : NULL,
	    .text = "left by an apply that did not end, and not in the approved plan"};
}

/* Copies the changes, so that the plan may narrow them: to what was approved, and without
 * the run's own identity. */
static void plan_changes(struct plan *plan)
{
	const struct plan_input *in = plan->in;

	plan->change = arena_array(in->arena, in->difference->changes + 1, sizeof *plan->change);
	plan->note = arena_array(in->arena, in->difference->notes + in->difference->changes + 1,
				 sizeof *plan->note);
	plan->notes = in->difference->notes;
	if (plan->notes)
		memcpy(plan->note, in->difference->note, plan->notes * sizeof *plan->note);
	for (size_t i = 0; i < in->difference->changes; i++) {
		struct change c = in->difference->change[i];
		struct diff *diff = arena_array(in->arena, c.diffs + 1, sizeof *diff);

		if (c.diffs)
			memcpy(diff, c.diff, c.diffs * sizeof *diff);
		c.diff = diff;
		if (in->approval)
			refuse_unseen(plan, &c);
		if (in->approval && !change_is_approved(in->approval, &c, diff)) {
			if (c.reason == REASON_LEFTOVER)
				note_leftover(plan, &c);
			continue;
		}
		if (!c.blocked && c.action != ACTION_DELETE && guard_self_matches(in, &c)) {
			note_self(plan, &c);
			continue;
		}
		plan->change[plan->changes++] = c;
	}
}

static void made_add(struct calls *calls, const struct text *address)
{
	map_put(calls->made, address->s, (void *)address);
}

/* The part of a change that becomes calls. */
static struct change change_actionable(struct arena *arena, const struct change *c)
{
	struct diff *diff = arena_array(arena, c->diffs + 1, sizeof *diff);
	struct change out = *c;

	out.diff = diff;
	out.diffs = 0;
	for (uint32_t i = 0; i < c->diffs; i++)
		if (!c->diff[i].blocked && !c->diff[i].by_hand)
			diff[out.diffs++] = c->diff[i];
	return out;
}

static bool change_acts(const struct change *c)
{
	return !c->blocked && (c->action != ACTION_UPDATE || c->diffs) && c->action != ACTION_ADOPT;
}

static uint16_t change_kind(const struct change *c)
{
	return (c->row->head ? c->row->head : c->row->live)->kind;
}

static void plan_emit(struct plan *plan, struct calls *calls)
{
	struct arena *arena = plan->in->arena;
	struct change *act = arena_array(arena, plan->changes + 1, sizeof *act);

	for (size_t i = 0; i < plan->changes; i++)
		act[i] = change_actionable(arena, &plan->change[i]);
	calls->all = act;
	calls->all_n = plan->changes;
	for (size_t i = 0; i < plan->changes; i++) {
		if (!change_acts(&act[i]))
			continue;
		if (act[i].action == ACTION_CREATE)
			made_add(calls, act[i].row->address);
		if (wires[change_kind(&act[i])]->makes)
			wires[change_kind(&act[i])]->makes(calls, &act[i], made_add);
	}
	for (size_t i = 0; i < plan->changes; i++) {
		if (!change_acts(&act[i]))
			continue;
		calls->change = (uint32_t)i;
		wires[change_kind(&act[i])]->calls(calls, &act[i]);
	}
}

/* Each line begins with the guard that says it. */
static void refusal_add(struct buf *b, const struct guard_result *guard)
{
	const char *line = guard->detail;

	for (size_t n; line; line = line[n] ? line + n + 1 : NULL) {
		n = strcspn(line, "\n");
		buf_printf(b, "%s%s: %.*s", b->len ? "\n" : "", guard->name, (int)n, line);
	}
}

static void plan_refusal(struct plan *plan)
{
	const struct difference *d = plan->in->difference;
	auto_buf b = BUF_INIT(1 << 20);

	for (size_t i = 0; i < plan->guards; i++)
		if (plan->guard[i].refused && strcmp(plan->guard[i].name, "adopt") != 0)
			refusal_add(&b, &plan->guard[i]);
	for (size_t i = 0; d->refusals && i < d->refusals->list.n; i++) {
		const struct diagnostic *m = &d->refusals->list.at[i];

		buf_printf(&b, "%s", b.len ? "\n" : "");
		if (m->where.file)
			buf_printf(&b, "%s:%u: ", m->where.file, m->where.line);
		buf_puts(&b, m->message);
	}
	if (b.len) {
		plan->refused = true;
		plan->refusal = arena_strdup(plan->in->arena, buf_str(&b));
	}
}

/* A job that is run again after it has ended whole: what the plan was for is applied. */
static bool plan_was_applied(const struct plan_input *in)
{
	const char *applied = in->record->applied_commit;

	return applied && in->head.commit && strcmp(applied, in->head.commit) == 0 &&
	       in->saved->head.config && in->head.config &&
	       strcmp(in->saved->head.config, in->head.config) == 0;
}

static void plan_stale(struct plan *plan)
{
	const struct plan_doc *saved = plan->in->saved;

	if (saved && strcmp(saved->plan_id, plan->plan_id) != 0 && !plan_was_applied(plan->in)) {
		plan->stale = true;
		plan->stale_why = arena_printf(
		    plan->in->arena,
		    "the saved plan %.12s does not fit any more: made now it is %.12s, since the "
		    "configuration or what it would overwrite has changed, or options leave "
		    "something else out; plan again",
		    saved->plan_id, plan->plan_id);
	}
}

int plan_build(const struct plan_input *in, struct plan *plan, struct error *err)
{
	auto_map *made = map_new();
	struct calls calls = {
	    .arena = in->arena, .bound = in->bound, .sides = in->sides, .made = made};
	struct record_span span;

	*plan = (struct plan){.in = in};
	plan_changes(plan);
	plan_block(plan);
	plan_emit(plan, &calls);
	for (size_t i = 0; i < plan->changes && !plan->has_changes; i++)
		plan->has_changes = plan->change[i].action != ACTION_ADOPT;
	plan->access_n = access_compare(in->arena, in->bound, in->sides->live, plan->change,
					plan->changes, &plan->access);
	record_calls(plan, &calls, &span);
	plan->calls = calls.list.n;
	plan->call = arena_array(in->arena, calls.list.n + 1, sizeof *plan->call);
	if (calls.list.n)
		memcpy(plan->call, calls.list.at, calls.list.n * sizeof *plan->call);
	free(calls.list.at);
	lockout_mark(in, plan->change, plan->call, plan->calls);
	if (order_calls(in->arena, plan->call, plan->calls, plan->change, &span, err) != 0)
		return -1;
	for (size_t i = 0; i < plan->calls; i++)
		if (plan->call[i].change == CALL_RECORD) {
			if (span.begin != UINT32_MAX && !plan->begin_call)
				plan->begin_call = plan->call[i].n;
			else if (!plan->end_call)
				plan->end_call = plan->call[i].n;
		}
	plan_intent(plan);
	plan_stale(plan);
	plan_guards(plan);
	plan_refusal(plan);
	plan->estimate_seconds = plan_estimate(plan);
	return 0;
}
