/* The table of guards, and what they share. */
#include "reconciler/guard_priv.h"

#include <stdlib.h>
#include <string.h>

void finding(struct findings *f, const char *fmt, ...)
{
	va_list ap;

	if (f->n++ >= FINDINGS_SHOWN)
		return;
	if (f->text.len)
		buf_puts(&f->text, "; ");
	va_start(ap, fmt);
	buf_vprintf(&f->text, fmt, ap);
	va_end(ap);
}

const char *findings_end(struct arena *arena, struct findings *f, const char *pass, bool *refused)
{
	const char *detail = pass;

	if (f->n > FINDINGS_SHOWN)
		buf_printf(&f->text, "; and %zu more", f->n - FINDINGS_SHOWN);
	if (f->n && f->advice)
		buf_printf(&f->text, "; %s", f->advice);
	if (f->n) {
		*refused = true;
		detail = arena_strdup(arena, buf_str(&f->text));
	}
	buf_free(&f->text);
	return detail;
}

bool change_is_written(const struct change *c)
{
	if (c->blocked || c->action == ACTION_ADOPT)
		return false;
	if (c->action != ACTION_UPDATE)
		return true;
	for (uint32_t i = 0; i < c->diffs; i++)
		if (diff_is_written(&c->diff[i]))
			return true;
	return false;
}

static int change_order(const struct change *c, const struct text *address, uint16_t kind)
{
	uint16_t own = row_kind(c->row);

	return own != kind ? (own < kind ? -1 : 1) : text_cmp(c->row->address, address);
}

const struct change *judge_change(const struct judge *j, const struct text *address, uint16_t kind)
{
	size_t low = 0, high = j->plan->changes;

	/* Changes are sorted by (kind, address). */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct change *c = &j->plan->change[middle];
		int order = change_order(c, address, kind);

		if (order == 0)
			return change_is_written(c) ? c : NULL;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The difference found what it must not do: it prints each in full by itself. */
static const char *guard_adopt(const struct judge *j, bool *refused)
{
	const struct diagnostics *d = j->in->difference->refusals;

	if (!d || !d->list.n)
		return "nothing is taken away by a first declaration";
	*refused = true;
	if (d->list.n == 1)
		return d->list.at[0].message;
	return arena_printf(j->arena, "%s; and %zu more", d->list.at[0].message, d->list.n - 1);
}

static const struct guard {
	const char *name;
	guard_fn *judge;
} guards[] = {
    {"organization", guard_right_organization},
    {"hold", guard_hold},
    {"account", guard_account},
    {"removals", guard_removals},
    {"reading", guard_reading},
    {"sections", guard_sections},
    {"protected", guard_protected},
    {"break_glass", guard_break_glass},
    {"self", guard_self},
    {"lockout", guard_lockout},
    {"churn", guard_churn},
    {"never", guard_never},
    {"customer_policies", guard_customer},
    {"units", guard_units},
    {"adopt", guard_adopt},
};
#define GUARDS (sizeof guards / sizeof *guards)

void judge_warn(const struct judge *j, uint16_t kind, const struct text *address, const char *text)
{
	vec_push(
	    j->warnings,
	    ((struct note){.what = NOTE_WARNING, .kind = kind, .address = address, .text = text}));
}

const char *judge_element(struct arena *arena, const struct text *key)
{
	const char *name = str_starts(key->s, "arn:") ? aws_policy_name(key->s) : NULL;

	return name ? arena_printf(arena, "aws/%s", name) : key->s;
}

static void plan_warn(struct plan *plan, const note_vec *warnings)
{
	struct note *all;

	if (!warnings->n)
		return;
	all = arena_array(plan->in->arena, plan->notes + warnings->n, sizeof *all);
	if (plan->notes)
		memcpy(all, plan->note, plan->notes * sizeof *all);
	memcpy(all + plan->notes, warnings->at, warnings->n * sizeof *all);
	plan->note = all;
	plan->notes += warnings->n;
}

void plan_guards(struct plan *plan)
{
	const struct plan_input *in = plan->in;
	note_vec warnings = {0};
	struct judge j = {.arena = in->arena, .plan = plan, .in = in, .warnings = &warnings};

	j.base = in->base_config ? &in->base_config->settings.guards : NULL;
	j.head = in->head_config ? &in->head_config->settings.guards : NULL;
	plan->guards = GUARDS;
	plan->guard = arena_array(in->arena, GUARDS, sizeof *plan->guard);
	for (size_t i = 0; i < GUARDS; i++) {
		struct guard_result *result = &plan->guard[i];

		result->name = guards[i].name;
		result->detail = guards[i].judge(&j, &result->refused);
		plan->refused |= result->refused;
	}
	plan_warn(plan, &warnings);
	free(warnings.at);
}
