/* What was not read whole: nothing there is deleted, called absent, or built upon. */
#include "reconciler/guard_priv.h"

static const struct resource *row_any(const struct row *row)
{
	return row->live   ? row->live
	       : row->head ? row->head
	       : row->base ? row->base
			   : row->leftover;
}

/* The scope that would have to be whole for this change, and is not; NULL: all are. */
static const char *change_unread(const struct judge *j, const struct change *c)
{
	const struct side *live = j->in->sides->live;
	const struct resource *r = row_any(c->row);
	const struct text *account = NULL, *id = NULL;
	const struct row *holder;

	if (!r)
		return NULL;
	if (kinds[r->kind]->address == ADDRESS_ACCOUNT || kinds[r->kind]->address == ADDRESS_PAIR)
		account = r->v[1].state == VALUE_TEXT ? r->v[1].u.text : NULL;
	holder = bound_find(j->in->bound, account);
	if (holder && holder->live)
		id = holder->live->id;
	if (holder && !id && holder->head)
		id = holder->head->id;
	if (holder && !id && holder->base)
		id = holder->base->id;
	/* In an account that AWS does not have yet there is nothing. */
	if (holder && !holder->live && !id)
		return scope_unread(j->arena, live, KIND_ACCOUNT, NULL);
	if (!holder && raw_account_id(account))
		return scope_unread(j->arena, live, r->kind, raw_account_id(account));
	return scope_unread(j->arena, live, r->kind, id ? id->s : NULL);
}

static void change_judge(const struct judge *j, const struct change *c, struct findings *f)
{
	const char *unread;

	if (c->blocked)
		return;
	if (c->action == ACTION_DELETE || c->action == ACTION_CREATE) {
		unread = change_unread(j, c);
		if (unread)
			finding(f, "%s would be %s, and %s was not read whole", c->row->address->s,
				c->action == ACTION_DELETE ? "deleted" : "created", unread);
	}
	for (uint32_t i = 0; c->row->live && i < c->diffs; i++)
		if (c->diff[i].removal && diff_is_written(&c->diff[i]) &&
		    c->row->live->v[c->diff[i].attr].state == VALUE_UNSET)
			finding(f, "something would be taken out of `%s` of %s, which was not read",
				kinds[row_kind(c->row)]->attr[c->diff[i].attr].name,
				c->row->address->s);
}

/* What a blocked change would have made is not there for anybody. */
static void call_judge(const struct judge *j, const struct call *call, const struct map *absent,
		       struct findings *f)
{
	if (call->change != CALL_RECORD && call->change < j->plan->changes &&
	    j->plan->change[call->change].blocked)
		finding(f, "call %u, %s, belongs to %s, which is blocked", call->n, call->op->name,
			j->plan->change[call->change].row->address->s);
	for (const struct text **use = call->uses; use && *use; use++)
		if (map_get(absent, (*use)->s))
			finding(f, "call %u, %s, needs %s, which is blocked", call->n,
				call->op->name, (*use)->s);
}

const char *guard_reading(const struct judge *j, bool *refused)
{
	auto_map *absent = map_new();
	struct findings f = FINDINGS_INIT;
	size_t blocked = 0;

	for (size_t i = 0; i < j->plan->changes; i++) {
		const struct change *c = &j->plan->change[i];

		if (c->blocked && !c->row->live)
			map_put(absent, c->row->address->s, (void *)c);
		blocked += c->blocked;
		change_judge(j, c, &f);
	}
	for (size_t i = 0; i < j->plan->calls; i++)
		call_judge(j, &j->plan->call[i], absent, &f);
	return findings_end(j->arena, &f,
			    blocked ? arena_printf(j->arena, "%zu blocked", blocked) : "complete",
			    refused);
}
