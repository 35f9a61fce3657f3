/* What an incomplete reading holds back. */
#include "state/diff_priv.h"

const struct resource *row_any(const struct row *row)
{
	if (row->head != NULL)
		return row->head;
	if (row->base != NULL)
		return row->base;
	if (row->live != NULL)
		return row->live;
	return row->leftover != NULL ? row->leftover : row->target;
}

/* The account that a row stands in or is directed at; NULL: its kind has none. */
const struct text *row_account(const struct row *row)
{
	const struct resource *any = row_any(row);
	enum address_rule rule = kinds[any->kind]->address;

	if ((rule != ADDRESS_ACCOUNT && rule != ADDRESS_PAIR && rule != ADDRESS_EDGE) ||
	    any->v[1].state != VALUE_TEXT)
		return NULL;
	return any->v[1].u.text;
}

static const char *account_id(struct differ *d, const struct text *address)
{
	const struct row *row = bound_find(d->bound, address);
	const struct text *id = NULL;

	if (row == NULL)
		return raw_account_id(address);
	if (row->live != NULL)
		id = row->live->id;
	if (id == NULL && row->head != NULL)
		id = row->head->id;
	if (id == NULL && row->base != NULL)
		id = row->base->id;
	return id == NULL ? NULL : id->s;
}

typedef const char *unread_fn(struct arena *, const struct side *, uint16_t, const char *);

/* What stands in an account that is known not to be there is not there either. */
static const char *row_unread_by(struct differ *d, const struct row *row, unread_fn *unread)
{
	const struct text *account = row_account(row);
	const struct row *holder = bound_find(d->bound, account);
	uint16_t kind = row_any(row)->kind;
	const char *scope;

	if (d->o->live == NULL)
		return NULL;
	if (holder != NULL && holder->live == NULL && account_id(d, account) == NULL)
		return scope_unread(d->arena, d->o->live, KIND_ACCOUNT, NULL);
	scope = unread(d->arena, d->o->live, kind, account == NULL ? NULL : account_id(d, account));
	return scope == NULL && kind == KIND_ASSIGNMENT ? edge_unread(d, row) : scope;
}

const char *row_unread(struct differ *d, const struct row *row)
{
	return row_unread_by(d, row, scope_unread);
}

/* A resource is deleted only where what it holds was read too. */
const char *row_unread_held(struct differ *d, const struct row *row)
{
	return row_unread_by(d, row, scope_unread_held);
}

/* Removals wait for a whole reading; the other elements go on. */
void removals_block(struct differ *d)
{
	const char *unread = NULL;

	for (size_t i = 0; i < d->diffs.n; i++) {
		struct diff *diff = &d->diffs.at[i];

		if (!diff->removal || diff->blocked)
			continue;
		if (unread == NULL && (unread = row_unread(d, d->row)) == NULL)
			return;
		diff->blocked = true;
	}
}

/* A unit that moves is made anew with all that it has and holds, and so only where that was read.
 * The scope that was not, or NULL. */
const char *move_block(struct differ *d)
{
	static const char *const needed[] = {"units", "accounts", "policies", "attachments",
					     "tags/unit"};
	const char *unread = NULL;

	if (d->o->live == NULL || d->row->head->kind != KIND_UNIT)
		return NULL;
	for (size_t i = 0; unread == NULL && i < sizeof(needed) / sizeof(*needed); i++) {
		if (side_scope_state(d->o->live, needed[i]) == SCOPE_PARTIAL)
			unread = needed[i];
	}
	for (size_t i = 0; unread != NULL && i < d->diffs.n; i++) {
		if (d->diffs.at[i].attr != UNIT_PARENT)
			continue;
		d->diffs.at[i].blocked = true;
		return unread;
	}
	return NULL;
}
