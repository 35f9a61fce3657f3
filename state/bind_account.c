/* Live accounts: by pinned id, by e-mail, by a unique name. */
#include "state/bind_priv.h"

#include <stdlib.h>
#include <string.h>

struct accounts {
	struct binder *b;
	const struct map *seen_at;
};

static struct seen *account_seen(const struct accounts *a, const struct resource *live)
{
	return live == NULL ? NULL : map_get(a->seen_at, live->address->s);
}

static struct seen *account_by_id(const struct accounts *a, const struct resource *declared)
{
	return account_seen(a, side_by_id(a->b->sides->live, KIND_ACCOUNT, declared->id));
}

static struct seen *account_by_email(const struct accounts *a, const struct resource *declared)
{
	const struct value *email = &declared->v[ACCOUNT_EMAIL];

	if (email->state != VALUE_TEXT)
		return NULL;
	return account_seen(a, side_by_email(a->b->sides->live, email->u.text));
}

static struct seen *account_by_name(const struct accounts *a, const struct resource *declared)
{
	if (declared->v[ACCOUNT_EMAIL].state == VALUE_TEXT || declared->id != NULL)
		return NULL;
	return account_seen(
	    a, side_by_account_name(a->b->sides->live, resource_name(a->b->arena, declared)));
}

static void account_take(struct accounts *a, struct slot *slot, struct seen *seen, bool head)
{
	if (seen == NULL || slot->row.live != NULL)
		return;
	if (seen->slot == NULL) {
		seen->slot = slot;
		slot->fresh = seen;
		slot->row.live = seen->live;
	} else if (head && seen->slot->row.head != NULL) {
		diagnose(a->b->diag, slot->row.head->where,
			 "%s and %s are the same account in AWS (%s)", slot->row.address->s,
			 seen->slot->row.address->s,
			 seen->live->id == NULL ? "no id" : seen->live->id->s);
	}
}

static void account_pinned(struct accounts *a, struct slot *slot)
{
	const struct resource *head = slot->row.head;
	struct seen *seen;

	if (head == NULL || head->id == NULL)
		return;
	seen = account_by_id(a, head);
	account_take(a, slot, seen, true);
	slot->pinned = true;
	/* What stands in an account that was not read is still known by the account's id. */
	if (seen == NULL &&
	    scope_unread(a->b->arena, a->b->sides->live, KIND_ACCOUNT, NULL) != NULL)
		map_put(a->b->final, address_raw(a->b->arena, "account", head->id->s)->s,
			(void *)slot->row.address);
	else if (seen == NULL)
		diagnose(a->b->diag, head->where, "the organization has no account %s",
			 head->id->s);
}

#define RENAMING_SERVICE "account.amazonaws.com"

/* `unread`: where the organization does not say. */
static bool renaming_is_trusted(const struct side *side, bool unread)
{
	const struct resource *organization = NULL;
	const struct value *services;

	for (size_t i = 0; i < side->all.n && organization == NULL; i++) {
		if (side->all.at[i]->kind == KIND_ORGANIZATION)
			organization = side->all.at[i];
	}
	services = organization == NULL ? NULL : &organization->v[ORG_TRUSTED_SERVICES];
	if (services == NULL || services->state != VALUE_SET)
		return unread;
	for (uint32_t i = 0; i < services->u.set->n; i++) {
		if (text_is(services->u.set->item[i].key, RENAMING_SERVICE))
			return true;
	}
	return false;
}

static bool is_renamed_member(const struct slot *slot, const struct text *management)
{
	const struct resource *head = slot->row.head, *live = slot->row.live;

	return head != NULL && live != NULL && head->kind == KIND_ACCOUNT &&
	       !(head->flags & RES_EXTERNAL) && !text_eq(live->id, management) &&
	       head->v[ACCOUNT_NAME].state == VALUE_TEXT &&
	       live->v[ACCOUNT_NAME].state == VALUE_TEXT &&
	       !value_eq(head->v[ACCOUNT_NAME], live->v[ACCOUNT_NAME]);
}

/* AWS refuses it, run after run, until somebody sees why. */
static void renames_warn(const struct binder *b)
{
	const struct world *world = &b->sides->live->world;
	bool billing = world->feature_set != NULL && !text_is(world->feature_set, "ALL");

	if (!billing && (renaming_is_trusted(b->sides->live, true) ||
			 renaming_is_trusted(b->sides->head, false)))
		return;
	for (size_t i = 0; i < b->slots.n; i++) {
		const struct slot *slot = b->slots.at[i];

		if (!is_renamed_member(slot, world->management_account))
			continue;
		diagnose_warning(
		    b->diag, slot->row.head->where, "AWS will refuse to rename `%s` to `%s`: %s",
		    slot->row.live->v[ACCOUNT_NAME].u.text->s,
		    slot->row.head->v[ACCOUNT_NAME].u.text->s,
		    billing ? "the organization has not all features enabled"
			    : "add `" RENAMING_SERVICE "` to `trusted_services` of `organization`");
	}
}

void bind_accounts(struct binder *b, const struct map *seen_at)
{
	struct accounts a = {b, seen_at};
	static struct seen *(*const find[])(const struct accounts *, const struct resource *) = {
	    account_by_email, account_by_id, account_by_email, account_by_name, account_by_name};
	static const bool of_head[] = {true, false, false, true, false};

	for (size_t i = 0; i < b->slots.n; i++) {
		if (address_is(b->slots.at[i]->row.address, "account"))
			account_pinned(&a, b->slots.at[i]);
	}
	for (size_t step = 0; step < sizeof(find) / sizeof(*find); step++) {
		for (size_t i = 0; i < b->slots.n; i++) {
			struct slot *slot = b->slots.at[i];
			const struct resource *by =
			    of_head[step] ? slot->row.head : slot_former(slot);

			/* A pinned id is never overruled by anything else. A name counts only where
			 * no e-mail is declared, today or formerly. */
			if (by == NULL || slot->pinned || slot->row.live != NULL ||
			    by->kind != KIND_ACCOUNT)
				continue;
			if (find[step] == account_by_name && slot->row.head != NULL &&
			    slot->row.head->v[ACCOUNT_EMAIL].state == VALUE_TEXT)
				continue;
			account_take(&a, slot, find[step](&a, by), of_head[step]);
		}
	}
	renames_warn(b);
}

/* The live account that a declared one is, before bind_sides(): by id, e-mail, unique name; NULL:
 * none.
 */
const struct resource *bind_live_account(const struct side *live, const struct resource *account)
{
	const struct value *email = &account->v[ACCOUNT_EMAIL], *name = &account->v[ACCOUNT_NAME];

	if (account->id != NULL)
		return side_by_id(live, KIND_ACCOUNT, account->id);
	if (email->state == VALUE_TEXT)
		return side_by_email(live, email->u.text);
	return name->state == VALUE_TEXT ? side_by_account_name(live, name->u.text) : NULL;
}
