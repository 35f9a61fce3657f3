/* Live resources meet declarations by natural keys. A key is what AWS holds unique: the type and
 * name of a policy, the account and name (without regard to case) of something in IAM. */
#include "state/bind_priv.h"

#include <stdlib.h>
#include <string.h>

static void slot_take(struct binder *b, struct slot *slot, struct seen *seen, struct seen **role)
{
	const struct resource *by = slot->row.head ? slot->row.head : slot_former(slot);

	seen->slot = slot;
	if (*role == NULL) {
		*role = seen;
		return;
	}
	/* Of the units of a moving unit, those in the old one are on their way out. */
	if (by->kind == KIND_UNIT && slot->old == NULL && role == &slot->fresh &&
	    !value_eq(seen->live->v[UNIT_PARENT], (*role)->live->v[UNIT_PARENT])) {
		const struct slot *parent = binder_slot(b, by->v[UNIT_PARENT].u.text);
		bool leaving = parent != NULL && parent->old != NULL &&
			       parent->old != parent->fresh &&
			       text_eq(parent->old->raw, seen->live->v[UNIT_PARENT].u.text);

		slot->old = leaving ? seen : *role;
		*role = leaving ? *role : seen;
		return;
	}
	seen->slot = NULL;
	diagnose(b->diag, by->where, "AWS has two of %s (%s and %s): remove or rename one by hand",
		 slot->row.address->s, (*role)->live->id ? (*role)->live->id->s : "no id",
		 seen->live->id ? seen->live->id->s : "no id");
}

/* What a pinned id names can't take a name that another thing has and keeps. */
static void pinned_name_refuse(struct binder *b, const struct seen *seen, const struct slot *now,
			       const struct slot *before)
{
	const struct resource *head = now->row.head;

	if (now->fresh == NULL || now->fresh == seen || before != NULL)
		return;
	diagnose(b->diag, head->where,
		 "the `id` of %s is %s, and AWS has another of this name, %s: correct the id, or "
		 "rename that one by hand",
		 now->row.address->s, head->id->s, seen->live->id ? seen->live->id->s : "no id");
}

static bool slot_is_moving(const struct slot *slot)
{
	return slot->fresh->live->kind == KIND_UNIT &&
	       !value_eq(slot->fresh->live->v[UNIT_PARENT], slot->old->live->v[UNIT_PARENT]);
}

/* What has a slot's name goes to the slot that calls it so formerly, if what is there can go on in
 * turn: names handed on, of which the last is free or stands where it should. */
static bool slot_pass_on(struct slot *slot)
{
	struct seen *fresh = slot->fresh;
	struct slot *to = fresh->onward;

	fresh->onward = NULL; /* nobody comes by twice: former names may meet */
	if (to == NULL || to->old != NULL || (to->fresh != NULL && !slot_pass_on(to)))
		return false;
	to->old = fresh;
	fresh->slot = to;
	slot->fresh = NULL;
	return true;
}

void slot_claim(struct binder *b, struct seen *seen, struct slot *now, struct slot *before,
		bool before_exists)
{
	if (seen->slot != NULL)
		return;
	if (before != NULL && before->pinned)
		before = NULL;
	if (now != NULL && now->pinned) {
		pinned_name_refuse(b, seen, now, before);
		now = NULL;
	}
	/* The declaration of a pinned id has what it wants; a foreign thing is only ever referred
	 * to. */
	if (seen->live->flags & RES_FOREIGN && before != NULL && before->row.head == NULL &&
	    !(slot_former(before)->flags & RES_EXTERNAL))
		before = NULL;
	if (now == before)
		before = NULL;
	if (now != NULL && before != NULL && before_exists) {
		seen->onward = before;
		before = NULL;
	}
	if (before != NULL)
		now = before;
	if (now != NULL)
		slot_take(b, now, seen, before != NULL ? &before->old : &now->fresh);
	if (now != NULL && now->fresh != NULL && now->old != NULL && !slot_is_moving(now))
		slot_pass_on(now);
}

static char *key_make(uint16_t kind, const char *within, const struct text *name)
{
	char *key = xasprintf("%u\n%s\n%s", kind, within, name->s);

	if (kinds[kind]->flags & KIND_NOCASE) {
		for (char *p = key; *p != '\0'; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
	}
	return key;
}

/* The id of a declared account: what AWS told, else what is pinned. */
static const char *slot_account_id(const struct binder *b, const struct text *address)
{
	const struct slot *slot = binder_slot(b, address);
	const struct text *id = NULL;

	if (slot == NULL)
		return raw_account_id(address);
	if (slot->row.live != NULL)
		id = slot->row.live->id;
	else if (slot->row.head != NULL && slot->row.head->id != NULL)
		id = slot->row.head->id;
	else if (slot->row.base != NULL)
		id = slot->row.base->id;
	return id == NULL ? NULL : id->s;
}

/* The natural key of a declared or live resource; NULL: it has none yet. The caller frees it. */
static char *resource_key(const struct binder *b, const struct resource *r)
{
	const struct text *name = resource_name(b->arena, r);
	const char *account;

	switch (kinds[r->kind]->address) {
	case ADDRESS_SINGLE:
		return key_make(r->kind, "", text_str(b->arena, ""));
	case ADDRESS_NAME:
		if (r->kind == KIND_POLICY)
			return key_make(r->kind,
					r->v[POLICY_TYPE].state == VALUE_TEXT
					    ? r->v[POLICY_TYPE].u.text->s
					    : "SERVICE_CONTROL_POLICY",
					name);
		return key_make(r->kind, "", name);
	case ADDRESS_ACCOUNT:
	case ADDRESS_PAIR:
		if (r->v[1].state != VALUE_TEXT)
			return NULL;
		account = slot_account_id(b, r->v[1].u.text);
		return account == NULL ? NULL : key_make(r->kind, account, name);
	case ADDRESS_PATH:
	case ADDRESS_EDGE:
		break;
	}
	return NULL;
}

static bool kind_is_keyed(uint16_t kind)
{
	return kind != KIND_ACCOUNT && kind != KIND_UNIT && !kind_is_edge(kind);
}

struct keys {
	struct map *now, *before, *live; /* key -> slot, slot, seen */
};

static void slot_index(struct binder *b, struct keys *keys, struct slot *slot)
{
	const struct resource *head = slot->row.head, *former = slot_former(slot);
	auto_free char *now = head == NULL ? NULL : resource_key(b, head);
	auto_free char *before = former == NULL ? NULL : resource_key(b, former);
	auto_free char *alias = slot->alias == NULL ? NULL : resource_key(b, slot->alias);

	if (now != NULL && map_get(keys->now, now) == NULL)
		map_put(keys->now, now, slot);
	if (slot->pinned)
		return;
	if (before != NULL && (now == NULL || strcmp(now, before) != 0) &&
	    map_get(keys->before, before) == NULL)
		map_put(keys->before, before, slot);
	if (alias != NULL && map_get(keys->before, alias) == NULL)
		map_put(keys->before, alias, slot);
}

static bool slot_exists_now(struct binder *b, const struct keys *keys, const struct slot *slot)
{
	auto_free char *key = slot->row.head == NULL ? NULL : resource_key(b, slot->row.head);

	return key != NULL && map_get(keys->live, key) != NULL;
}

static void keyed_claim(struct binder *b, const struct keys *keys, struct seen *seen)
{
	auto_free char *key = resource_key(b, seen->live);
	struct slot *now, *before;

	if (key == NULL)
		return;
	now = map_get(keys->now, key);
	before = map_get(keys->before, key);
	slot_claim(b, seen, now, before,
		   before != NULL && now != NULL && slot_exists_now(b, keys, before));
}

static void bind_keyed(struct binder *b, struct seen *seen, size_t n)
{
	auto_map *now = map_new(), *before = map_new(), *live = map_new();
	struct keys keys = {now, before, live};

	for (size_t i = 0; i < b->slots.n; i++) {
		struct slot *slot = b->slots.at[i];
		const struct resource *any = slot->row.head ? slot->row.head : slot_former(slot);

		if (kind_is_keyed(any->kind))
			slot_index(b, &keys, slot);
	}
	for (size_t i = 0; i < n; i++) {
		auto_free char *key =
		    kind_is_keyed(seen[i].live->kind) ? resource_key(b, seen[i].live) : NULL;

		if (key != NULL)
			map_put(live, key, &seen[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (kind_is_keyed(seen[i].live->kind))
			keyed_claim(b, &keys, &seen[i]);
	}
}

/* Pinned ids of all but accounts. */
static void bind_pinned(struct binder *b, const struct map *seen_at)
{
	for (size_t i = 0; i < b->slots.n; i++) {
		struct slot *slot = b->slots.at[i];
		const struct resource *head = slot->row.head, *live;
		const struct text *account;

		if (head == NULL || head->id == NULL || head->kind == KIND_ACCOUNT)
			continue;
		live = side_by_id(b->sides->live, head->kind, head->id);
		slot->pinned = true;
		if (live != NULL) {
			struct seen *seen = map_get(seen_at, live->address->s);

			if (seen->slot == NULL)
				slot_take(b, slot, seen, &slot->fresh);
			else
				diagnose(b->diag, head->where,
					 "%s and %s are the same %s in AWS (%s)",
					 slot->row.address->s, seen->slot->row.address->s,
					 kinds[head->kind]->title, head->id->s);
			continue;
		}
		account = live_container(head);
		if (scope_unread(b->arena, b->sides->live, head->kind,
				 account == NULL ? NULL : slot_account_id(b, account)) == NULL)
			diagnose(b->diag, head->where, "AWS has no %s with the id %s",
				 kinds[head->kind]->title, head->id->s);
	}
}

/* Which of the things that a slot found it is. */
static void slot_settle(struct binder *b, struct slot *slot)
{
	struct seen *fresh = slot->fresh, *old = slot->old;

	if (fresh != NULL && old != NULL && slot_is_moving(slot)) {
		slot->row.leaving = old->live;
	} else if (fresh != NULL && old != NULL) {
		diagnose(b->diag, slot->row.head ? slot->row.head->where : slot_former(slot)->where,
			 "AWS has both %s and what it was called before (%s): remove or rename one "
			 "by hand",
			 slot->row.address->s, resource_name(b->arena, old->live)->s);
		old->slot = NULL;
		slot->old = NULL;
	}
	if (fresh == NULL)
		fresh = old != NULL ? old : slot->half;
	if (slot->row.live == NULL && fresh != NULL)
		slot->row.live = fresh->live;
	if (slot->half != NULL && slot->row.live != slot->half->live)
		slot->half->slot = NULL;
}

static void live_mark_foreign(struct resource *live)
{
	const struct kind *kind = kinds[live->kind];

	if (kind->foreign != NULL && kind->foreign(live))
		live->flags |= RES_FOREIGN;
}

/* An edge is what it joins, and that is bound by now: its address is the key. */
static void bind_edges(struct binder *b)
{
	const struct side *live = b->sides->live;

	for (size_t i = 0; i < live->all.n; i++) {
		struct resource *edge = live->all.at[i];
		struct slot *slot;

		if (!kind_is_edge(edge->kind))
			continue;
		slot = binder_slot_for(b, edge->address);
		if (slot->row.live == NULL)
			slot->row.live = edge;
	}
}

void bind_live(struct binder *b)
{
	struct side *live = b->sides->live;
	struct seen *seen = arena_array(b->arena, live->all.n + 1, sizeof(*seen));
	auto_map *seen_at = map_new();
	size_t n = 0;

	for (size_t i = 0; i < live->all.n; i++) {
		live_mark_foreign(live->all.at[i]);
		if (kind_is_edge(live->all.at[i]->kind))
			continue;
		seen[n] = (struct seen){.live = live->all.at[i], .raw = live->all.at[i]->address};
		map_put(seen_at, seen[n].raw->s, &seen[n]);
		n++;
	}
	bind_accounts(b, seen_at);
	bind_pinned(b, seen_at);
	bind_units(b, seen, n, seen_at);
	bind_keyed(b, seen, n);
	for (size_t i = 0; i < b->slots.n; i++)
		slot_settle(b, b->slots.at[i]);
	name_live(b, seen, n);
	bind_edges(b);
}
