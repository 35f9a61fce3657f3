/* The three-way difference: rows to changes. */
#include "state/diff_priv.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

const char *const reason_names[REASON_COUNT] = {
    [REASON_CONFIG] = "config", [REASON_DRIFT] = "drift",     [REASON_CONFLICT] = "conflict",
    [REASON_ADOPT] = "adopt",   [REASON_PENDING] = "pending", [REASON_EXPIRED] = "expired",
    [REASON_CREDIT] = "credit", [REASON_RENAME] = "rename",   [REASON_LEFTOVER] = "leftover",
};

const char *const action_names[ACTION_COUNT] = {
    [ACTION_CREATE] = "create",
    [ACTION_UPDATE] = "update",
    [ACTION_DELETE] = "delete",
    [ACTION_ADOPT] = "adopt",
};

bool row_is_managed(const struct row *row)
{
	return row->head != NULL && !(row->head->flags & RES_EXTERNAL);
}

static bool base_managed(const struct row *row)
{
	return row->base != NULL && !(row->base->flags & RES_EXTERNAL);
}

static uint8_t risk_of(const struct differ *d, enum action action)
{
	const struct kind *kind = kinds[row_any(d->row)->kind];
	uint8_t risk = action == ACTION_DELETE ? RISK_HIGH : RISK_LOW;

	for (size_t i = 0; i < d->diffs.n; i++) {
		const struct diff *diff = &d->diffs.at[i];
		const struct attr *attr = &kind->attr[diff->attr];
		bool policies =
		    attr->type == ATTR_POLICIES || (attr->type == ATTR_REFS && attr->ref != NULL &&
						    strstr(attr->ref, "policy") != NULL);
		uint8_t one = (uint8_t)attr->risk;

		if (diff->by_hand)
			continue;
		if (action == ACTION_CREATE)
			one = policies ? RISK_MEDIUM : RISK_LOW;
		else if ((attr->type == ATTR_POLICY || attr->type == ATTR_POLICIES) &&
			 diff->base.state == VALUE_UNSET && diff->live.state == VALUE_TEXT)
			one = RISK_HIGH;
		if (diff->key != NULL && text_is(diff->key, "policy/FullAWSAccess"))
			one = RISK_HIGH;
		risk = one > risk ? one : risk;
	}
	return risk;
}

/* A set that goes takes the assignments of it along. */
static void gone_note(struct differ *d, enum reason reason)
{
	enum reason *why;

	if (row_any(d->row)->kind != KIND_PERMISSION_SET)
		return;
	why = arena_alloc(d->arena, sizeof(*why));
	*why = reason;
	map_put(d->gone, d->row->address->s, why);
}

void change_push(struct differ *d, enum action action, enum reason reason, const char *blocked_by,
		 bool blocked)
{
	struct change change = {.action = (uint8_t)action,
				.reason = (uint8_t)reason,
				.blocked = blocked,
				.blocked_by = blocked_by,
				.row = d->row,
				.diffs = (uint32_t)d->diffs.n,
				.risk = risk_of(d, action)};
	struct diff *diffs = arena_array(d->arena, d->diffs.n + 1, sizeof(*diffs));

	for (size_t i = 0; i < d->diffs.n; i++)
		diffs[i] = d->diffs.at[i];
	change.diff = diffs;
	if (change_filtered(d, action, reason) && action != ACTION_UPDATE)
		return;
	if (action == ACTION_DELETE && !blocked)
		gone_note(d, reason);
	vec_push(&d->changes, change);
}

/* From the least telling to the most. */
static int reason_rank(uint8_t reason)
{
	static const uint8_t order[] = {REASON_PENDING, REASON_CONFIG, REASON_ADOPT,
					REASON_RENAME,  REASON_DRIFT,  REASON_CONFLICT};

	for (int i = 0; i < (int)sizeof(order); i++) {
		if (order[i] == reason)
			return i;
	}
	return (int)sizeof(order);
}

static enum reason update_reason(const struct differ *d)
{
	uint8_t reason = d->diffs.n == 0 ? REASON_CONFIG : d->diffs.at[0].reason;
	bool pending = reason == REASON_PENDING;

	for (size_t i = 1; i < d->diffs.n; i++) {
		pending &= d->diffs.at[i].reason == REASON_PENDING;
		if (reason_rank(d->diffs.at[i].reason) > reason_rank(reason))
			reason = d->diffs.at[i].reason;
	}
	if (!base_managed(d->row) && !pending && reason_rank(reason) < reason_rank(REASON_ADOPT))
		reason = REASON_ADOPT;
	return reason;
}

/* Declared, and where it would be was not read: what the commit changes is shown, nothing is
 * called. */
static void row_blocked(struct differ *d, const char *unread)
{
	const struct row *row = d->row;
	const struct kind *kind = kinds[row->head->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		struct value base = base_value(row, i), head = row->head->v[i];

		if (head.state == VALUE_UNSET || kind->attr[i].flags & (ATTR_LIVE | ATTR_DERIVED) ||
		    value_eq(base, head))
			continue;
		diff_push(d, (struct diff){.attr = i,
					   .base = base,
					   .head = head,
					   .reason = REASON_CONFIG,
					   .blocked = true});
	}
	change_push(d, base_managed(row) ? ACTION_UPDATE : ACTION_CREATE, REASON_CONFIG, unread,
		    true);
}

static enum reason create_reason(const struct differ *d)
{
	const struct row *row = d->row;

	if (!base_managed(row))
		return d->bound->has_target && row->target != NULL ? REASON_PENDING : REASON_CONFIG;
	if ((row->head->flags & RES_CREDIT) != 0)
		return REASON_CREDIT;
	/* That it is not there is as base says. */
	if ((row->base->flags & RES_ENDED) != 0)
		return REASON_CONFIG;
	for (uint16_t i = 0; i < kinds[row->head->kind]->attrs; i++) {
		if (row->head->v[i].state != VALUE_UNSET &&
		    !value_eq(row->base->v[i], row->head->v[i]))
			return REASON_CONFLICT;
	}
	return REASON_DRIFT;
}

static void row_create(struct differ *d)
{
	const struct row *row = d->row;
	const struct resource *head = row->head;
	const struct kind *kind = kinds[head->kind];
	enum reason reason;

	if (!diff_counts(d, NULL, NULL))
		return;
	if (base_managed(row) && kind->flags & KIND_NEVER_CREATE_AGAIN) {
		diagnose(
		    d->diag, head->where,
		    "%s was declared in the last applied commit, and AWS does not have it any "
		    "more: charter never creates an %s again; remove the declaration, and if it is "
		    "to be created anew, declare it in a second merge",
		    row->address->s, kind->title);
		return;
	}
	if (head->kind == KIND_ORGANIZATION && !(head->flags & RES_CREATE)) {
		diagnose(d->diag, head->where,
			 "the account is in no organization; `create: true` makes one");
		return;
	}
	row_compare(d, NULL);
	reason = create_reason(d);
	for (size_t i = 0; reason == REASON_CREDIT && i < d->diffs.n; i++)
		d->diffs.at[i].reason = REASON_CREDIT;
	/* Nothing is made in part. */
	for (size_t i = 0; d->waits != NULL && i < d->diffs.n; i++)
		d->diffs.at[i].blocked = true;
	change_push(d, ACTION_CREATE, reason, d->waits, d->waits != NULL);
}

static void row_update(struct differ *d)
{
	const struct row *row = d->row;
	const char *unread;
	bool blocked = true;
	size_t concern;

	row_compare(d, row->live);
	concern = left_count(d);
	/* Read before the filters: what is filtered out is no less a difference. */
	if (d->diffs.n == 0 && !base_managed(row) && !d->refused)
		d->out->adopted++;
	diffs_filter(d);
	removals_block(d);
	gains_block(d);
	left_note(d, concern);
	if (d->diffs.n == 0)
		return;
	unread = move_block(d);
	for (size_t i = 0; i < d->diffs.n; i++) {
		blocked &= d->diffs.at[i].blocked;
		if (d->diffs.at[i].blocked && unread == NULL) {
			unread = row_unread(d, row);
			if (unread == NULL)
				unread = d->waits;
			if (unread == NULL)
				unread = arena_printf(
				    d->arena, "%s of %s",
				    kinds[row->head->kind]->attr[d->diffs.at[i].attr].name,
				    row->address->s);
		}
	}
	change_push(d, ACTION_UPDATE, update_reason(d), unread, blocked);
}

void row_delete(struct differ *d, enum reason reason)
{
	const struct row *row = d->row;
	const struct ignore_rule *release = release_find(d, row->address);
	const char *unread = row->live ? row_unread_held(d, row) : row_unread(d, row);

	if (row->live == NULL && unread == NULL)
		return;
	if (!address_selected(d, row->address) ||
	    address_ignored(d, row_any(row)->kind, row->address))
		return;
	if (release == NULL && unread == NULL)
		unread = set_held(d);
	if (release != NULL)
		note_add(d, NOTE_RELEASED, row_any(row)->kind, row->address,
			 row->live ? row->live->id : NULL,
			 release->reason ? release->reason->s : NULL);
	else
		change_push(d, ACTION_DELETE, reason, unread, unread != NULL);
}

static void row_release(struct differ *d, const char *why)
{
	const struct row *row = d->row;

	if ((row->live != NULL && row->live->flags & RES_FOREIGN) ||
	    (row->live == NULL && row_unread(d, row) == NULL) || !address_selected(d, row->address))
		return;
	note_add(d, NOTE_RELEASED, row_any(row)->kind, row->address,
		 row->live ? row->live->id : NULL, why);
}

static bool base_conflicts(const struct differ *d)
{
	const struct resource *base = d->row->base, *live = d->row->live;
	const struct kind *kind = kinds[base->kind];

	for (uint16_t i = 0; live != NULL && i < kind->attrs; i++) {
		if (!(kind->attr[i].flags & (ATTR_DERIVED | ATTR_LIVE)) &&
		    former_differs(&kind->attr[i], base->v[i], live_value(d, live, i)))
			return true;
	}
	return false;
}

/* Whether the account that a row stands in or is directed at is still charter's to write to. Who
 * has a permission set is kept in Identity Center, whoever keeps the account. */
static bool account_is_kept(const struct differ *d)
{
	const struct text *account = row_account(d->row);
	const struct row *holder = bound_find(d->bound, account);

	if (holder != NULL && holder->head != NULL && row_any(d->row)->kind == KIND_ASSIGNMENT)
		return true;
	return account == NULL || holder == NULL || row_is_managed(holder) || !holder->base;
}

/* What only ever grows by us is still there: a person decides. */
static void row_by_hand(struct differ *d)
{
	const struct row *row = d->row;

	if (row->live != NULL && address_selected(d, row->address) &&
	    !address_ignored(d, row->live->kind, row->address) &&
	    release_find(d, row->address) == NULL)
		note_add(d, NOTE_BY_HAND, row->live->kind, row->address, row->live->id,
			 "no longer declared; charter never takes it away: do it by hand");
}

/* Base managed it, head does not declare it. */
static void row_removed(struct differ *d)
{
	const struct row *row = d->row;

	if (row->live != NULL && row->live->flags & RES_FOREIGN)
		return;
	if (kinds[row->base->kind]->flags & KIND_NEVER_DELETE)
		row_release(d, "no longer declared; charter never deletes it");
	else if (!account_is_kept(d))
		row_release(d, "its account is no longer declared");
	else if (kinds[row->base->kind]->flags & KIND_ADDITIVE)
		row_by_hand(d);
	else
		row_delete(d, base_conflicts(d)                             ? REASON_CONFLICT
			      : d->bound->has_target && row->target == NULL ? REASON_PENDING
									    : REASON_CONFIG);
}

void row_leftover(struct differ *d)
{
	const struct row *row = d->row;
	const struct ignore_rule *release = release_find(d, row->address);
	int64_t created;
	bool later = row->live->created != NULL &&
		     time_parse(row->live->created->s, &created) == 0 &&
		     d->o->leftovers_known_after && created > d->o->leftover_since_us;

	if (row->live->flags & RES_FOREIGN ||
	    (kinds[row->live->kind]->bare != NULL && kinds[row->live->kind]->bare(row->live)))
		return;
	if (release != NULL) {
		row_release(d, release->reason ? release->reason->s : NULL);
		return;
	}
	if (later && d->bound->has_base && !(kinds[row->live->kind]->flags & KIND_NEVER_DELETE)) {
		row_delete(d, REASON_LEFTOVER);
		return;
	}
	if (address_selected(d, row->address))
		note_add(
		    d, NOTE_LEFTOVER, row->live->kind, row->address, row->live->id,
		    "left by an apply that did not end: declare it, or list it under `release`");
}

static void leaving_read(struct differ *d)
{
	for (size_t i = 0; i < d->bound->rows; i++) {
		const struct row *row = &d->bound->row[i];

		if (row->leaving != NULL)
			map_put(d->leaving, row->leaving->address->s, (void *)row->address);
	}
}

/* Names are compared one by one with all that AWS has of the kind: a whole directory that is gone
 * needs no guesses. */
#define GUESSES 20

static const char *row_name(const struct row *row, const struct kind *kind)
{
	return row->address->s + strlen(kind->name) + 1;
}

/* What it may have been meant to be, as "; did you mean `x`?", or nothing. */
static const char *external_near(struct differ *d)
{
	const struct kind *kind = kinds[d->row->head->kind];
	auto_free const char **names = NULL;
	const char *near;
	size_t n = 0;

	if (kind->address != ADDRESS_NAME || d->guesses++ >= GUESSES)
		return "";
	names = xcalloc(d->bound->rows, sizeof *names);
	for (size_t i = 0; i < d->bound->rows; i++) {
		const struct row *row = &d->bound->row[i];

		if (row->live && kinds[row->live->kind] == kind)
			names[n++] = row_name(row, kind);
	}
	near = text_nearest(row_name(d->row, kind), names, n);
	return near ? arena_printf(d->arena, "; did you mean `%s`?", near) : "";
}

static void row_external(struct differ *d)
{
	const struct row *row = d->row;

	if (base_managed(row))
		row_release(d, "external from now on");
	else if (row->live == NULL && d->o->live != NULL && row_unread(d, row) == NULL &&
		 address_selected(d, row->address))
		note_add(d, NOTE_WARNING, row->head->kind, row->address, NULL,
			 arena_printf(d->arena, "external, and AWS does not have it%s",
				      external_near(d)));
}

static const char *foreign_words(uint16_t kind)
{
	return kind == KIND_IDENTITY_USER || kind == KIND_IDENTITY_GROUP
		   ? "is kept by your identity provider"
		   : "belongs to AWS or to AWS Control Tower";
}

static void row_declared(struct differ *d)
{
	const struct row *row = d->row;
	const char *unread;

	if (row->head->flags & RES_EXTERNAL) {
		row_external(d);
		return;
	}
	if (row->live != NULL && row->live->flags & RES_FOREIGN) {
		diagnose(d->diag, row->head->where, "%s %s: say `external: true` to refer to it",
			 row->address->s, foreign_words(row->live->kind));
		return;
	}
	if (row->head->flags & RES_ENDED) {
		row_delete(d, row->head->flags & RES_CREDIT ? REASON_CREDIT : REASON_EXPIRED);
		return;
	}
	if (row->live != NULL) {
		note_unmanaged_edges(d, row);
		row_update(d);
		return;
	}
	unread = row_unread(d, row);
	if (unread == NULL && row->head->kind == KIND_ASSIGNMENT)
		unread = edge_waits(d);
	if (unread == NULL)
		row_create(d);
	else if (diff_counts(d, NULL, NULL))
		row_blocked(d, unread);
}

static void row_diff(struct differ *d, const struct row *row)
{
	d->row = row;
	d->diffs.n = 0;
	d->creating = d->refused = false;
	d->waits = NULL;
	if (row_any(row)->kind == KIND_ASSIGNMENT && edge_diff(d))
		return;
	if (row->head != NULL)
		row_declared(d);
	else if (base_managed(row))
		row_removed(d);
	else if (row->live == NULL)
		return;
	else if (row->leftover != NULL && row->base == NULL)
		row_leftover(d);
	else
		note_unmanaged(d, row);
}

static struct difference *difference_new(struct arena *arena)
{
	struct difference *out = arena_alloc(arena, sizeof(*out));

	out->refusals = arena_alloc(arena, sizeof(*out->refusals));
	out->refusals->arena = arena;
	return out;
}

/* The difference, in the arena but for the list of refusals: difference_free(). */
struct difference *diff_rows(struct arena *arena, const struct bound *bound,
			     const struct diff_options *options, struct diagnostics *diag)
{
	auto_map *leaving = map_new(), *gone = map_new(), *left = map_new();
	struct differ d = {.arena = arena,
			   .bound = bound,
			   .o = options,
			   .diag = diag,
			   .out = difference_new(arena),
			   .leaving = leaving,
			   .gone = gone,
			   .left = left};

	leaving_read(&d);
	rules_expired(&d);
	for (size_t i = 0; i < bound->rows; i++)
		row_diff(&d, &bound->row[i]);
	edges_refuse(&d);
	notes_finish(&d);
	d.out->changes = d.changes.n;
	d.out->change = arena_array(arena, d.changes.n + 1, sizeof(*d.out->change));
	for (size_t i = 0; i < d.changes.n; i++)
		d.out->change[i] = d.changes.at[i];
	free(d.changes.at);
	free(d.diffs.at);
	free(d.missing.at);
	return d.out;
}

bool diff_is_written(const struct diff *diff)
{
	return !diff->blocked && !diff->by_hand;
}

/* Frees the list of refusals; the rest is the arena's. NULL is accepted. */
void difference_free(struct difference *difference)
{
	if (difference != NULL)
		diagnostics_free(difference->refusals);
}
