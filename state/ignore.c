/* What a comparison passes over: `ignore` and `release` rules, --only and --except, and the filters
 * of a run. */
#include "state/diff_priv.h"

#include "base/env.h"

#include <string.h>

const struct settings *differ_settings(const struct differ *d)
{
	static const struct settings none;

	return d->o->head == NULL ? &none : d->o->head;
}

bool address_selected(const struct differ *d, const struct text *address)
{
	if (d->o->only != NULL && !pattern_match(d->o->only, address->s))
		return false;
	return d->o->except == NULL || !pattern_match(d->o->except, address->s);
}

/* Patterns are written for addresses, in which a target is told by its whole address: "root" is the
 * organization's. */
const struct text *edge_address(struct differ *d, const struct attr *attr,
				const struct text *element, const struct text *target)
{
	const char *slash = strchr(element->s, '/');

	if (attr == NULL || attr->edge == NULL)
		return NULL;
	return text_printf(d->arena, "%s/%s/%s", attr->edge,
			   slash == NULL || str_starts(element->s, "arn:") ? element->s : slash + 1,
			   text_is(target, "organization") ? "root" : target->s);
}

static bool rule_lives(const struct differ *d, const struct ignore_rule *rule)
{
	return d->o->now_us <= rule->until_us;
}

static bool rule_has_attribute(const struct ignore_rule *rule, const struct attr *attr)
{
	if (rule->attributes == NULL)
		return true;
	for (const struct text **name = rule->attributes; attr != NULL && *name != NULL; name++) {
		if (text_is(*name, attr->name))
			return true;
	}
	return false;
}

static bool settings_keep(const struct settings *settings, const struct text *address)
{
	for (size_t i = 0; settings != NULL && i < settings->guards.break_glass.n; i++) {
		if (pattern_match(settings->guards.break_glass.at[i]->s, address->s))
			return true;
	}
	return false;
}

static bool is_never_hidden(const struct differ *d, const struct text *address)
{
	return d->o->sees_break_glass &&
	       (settings_keep(d->o->head, address) || settings_keep(d->o->base, address));
}

bool unmanaged_hidden(const struct differ *d, uint16_t kind, const struct text *address)
{
	return differ_settings(d)->unmanaged_ignore[kind] && !is_never_hidden(d, address);
}

static const struct ignore_rule *ignore_find(const struct differ *d, const struct text *address,
					     const struct attr *attr)
{
	const struct settings *settings = differ_settings(d);

	if (address == NULL || is_never_hidden(d, address))
		return NULL;
	for (size_t i = 0; i < settings->ignore.n; i++) {
		const struct ignore_rule *rule = &settings->ignore.at[i];

		if (rule_lives(d, rule) && rule_has_attribute(rule, attr) &&
		    pattern_match(rule->resource->s, address->s))
			return rule;
	}
	return NULL;
}

const struct ignore_rule *release_find(const struct differ *d, const struct text *address)
{
	const struct settings *settings = differ_settings(d);

	for (size_t i = 0; i < settings->release.n; i++) {
		const struct ignore_rule *rule = &settings->release.at[i];

		if (rule_lives(d, rule) && pattern_match(rule->resource->s, address->s))
			return rule;
	}
	return NULL;
}

static const char *rule_reason(const struct ignore_rule *rule)
{
	return rule->reason == NULL ? NULL : rule->reason->s;
}

bool address_ignored(struct differ *d, uint16_t kind, const struct text *address)
{
	const struct ignore_rule *rule = ignore_find(d, address, NULL);

	if (rule == NULL)
		return false;
	note_add(d, NOTE_IGNORED, kind, address, NULL, rule_reason(rule));
	return true;
}

bool diff_counts(struct differ *d, const struct attr *attr, const struct text *key)
{
	const struct text *address = d->row->address, *noted = address;
	const struct text *edge = key == NULL ? NULL : edge_address(d, attr, key, address);
	const struct ignore_rule *rule = NULL;

	if (!address_selected(d, address) &&
	    (edge == NULL || d->o->only == NULL || !address_selected(d, edge)))
		return false;
	if (edge != NULL && d->o->except != NULL && pattern_match(d->o->except, edge->s))
		return false;
	/* A creation compares nothing: only a rule for the whole resource stops it. */
	if (attr == NULL || !d->creating)
		rule = ignore_find(d, address, attr);
	if (rule == NULL && edge != NULL) {
		rule = ignore_find(d, edge, attr);
		noted = edge;
	}
	if (rule == NULL)
		return true;
	note_add(d, NOTE_IGNORED, d->row->head ? d->row->head->kind : d->row->live->kind, noted,
		 NULL, rule_reason(rule));
	return false;
}

static void rule_warn(struct differ *d, const struct ignore_rule *rule, const char *what)
{
	char day[TIME_RFC3339];

	if (rule_lives(d, rule))
		return;
	time_rfc3339(rule->until_us, day);
	note_add(d, NOTE_WARNING, 0, rule->resource, NULL,
		 arena_printf(d->arena, "the `%s` rule for %s ended on %.10s and has no effect",
			      what, rule->resource->s, day));
}

void rules_expired(struct differ *d)
{
	const struct settings *settings = differ_settings(d);

	for (size_t i = 0; i < settings->ignore.n; i++)
		rule_warn(d, &settings->ignore.at[i], "ignore");
	for (size_t i = 0; i < settings->release.n; i++)
		rule_warn(d, &settings->release.at[i], "release");
}

static bool reason_filtered(const struct diff_options *o, uint8_t reason)
{
	if (o->only_drift && reason != REASON_DRIFT && reason != REASON_CONFLICT)
		return true;
	return o->only_due && reason != REASON_EXPIRED && reason != REASON_CREDIT;
}

void diffs_filter(struct differ *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->diffs.n; i++) {
		const struct diff *diff = &d->diffs.at[i];

		if (reason_filtered(d->o, diff->reason) || (d->o->no_removals && diff->removal))
			continue;
		d->diffs.at[n++] = *diff;
	}
	d->diffs.n = n;
}

bool change_filtered(const struct differ *d, enum action action, enum reason reason)
{
	if (action == ACTION_DELETE && d->o->no_removals)
		return true;
	/* A deletion that this commit asks for is no drift, though it be shown as a conflict. */
	if (action == ACTION_DELETE && d->o->only_drift && reason == REASON_CONFLICT)
		return true;
	return reason_filtered(d->o, (uint8_t)reason);
}
