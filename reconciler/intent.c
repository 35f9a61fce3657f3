/* The plan id: what a merge intends, so that it survives squash, rebase, other people's merges and
 * a retry.
 *
 * SHA-256 over scope, organization, the options that leave something out, and the sorted items
 * (address, attribute, element, from, to) between the target's configuration and the head's, both
 * compiled without AWS's ids. An item shown as adopt or conflict carries its live value too. */
#include "reconciler/intent.h"

#include "reconciler/approval.h"

#include <stdlib.h>
#include <string.h>

struct intent {
	const struct plan *plan;
	struct digest *digest;
	struct map *changes; /* address -> struct change * */
};

static void add_text(struct digest *d, const char *s, size_t len)
{
	char n[24];

	digest_add(d, n, (size_t)snprintf(n, sizeof n, "%zu:", len));
	digest_add(d, s, len);
}

static void add_string(struct digest *d, const char *s)
{
	add_text(d, s ? s : "", s ? strlen(s) : 0);
}

static void add_value(struct digest *d, struct value v)
{
	digest_add(d, (const char[]){(char)('0' + v.state)}, 1);
	if (v.state == VALUE_TEXT) {
		add_text(d, v.u.text->s, v.u.text->len);
	} else if (v.state == VALUE_SET) {
		/* Its elements are items of their own. */
		add_string(d, v.only ? "only" : "all");
	}
}

static const struct diff *find_diff(const struct change *c, uint16_t attr, const struct text *key)
{
	for (uint32_t i = 0; c && i < c->diffs; i++)
		if (c->diff[i].attr == attr && text_eq(c->diff[i].key, key))
			return &c->diff[i];
	return NULL;
}

/* The digest of the live value that the item shows: now, or, where the item is done since, as it
 * was approved. "": it shows none. */
static void shown_live(const struct intent *in, const struct text *address, uint16_t kind,
		       uint16_t attr, const struct text *key, char hex[SHA256_HEX])
{
	const struct change *c = map_get(in->changes, address->s);
	const struct diff *d = find_diff(c, attr, key);
	const struct approval *approval = in->plan->in->approval;
	const char *shown = NULL;

	*hex = '\0';
	if (d && (d->reason == REASON_ADOPT || d->reason == REASON_CONFLICT))
		approval_digest(d->live, hex);
	else if (!d && approval)
		shown = approval_live(approval, address->s, kinds[kind]->attr[attr].name,
				      key ? key->s : NULL);
	if (shown)
		memcpy(hex, shown, SHA256_HEX);
}

static void add_item(struct intent *in, const struct text *address, uint16_t kind, uint16_t attr,
		     const struct text *key, struct value from, struct value to)
{
	char live[SHA256_HEX];

	shown_live(in, address, kind, attr, key, live);
	add_string(in->digest, address->s);
	add_string(in->digest, kinds[kind]->attr[attr].name);
	add_string(in->digest, key ? key->s : "");
	add_value(in->digest, from);
	add_value(in->digest, to);
	add_string(in->digest, live);
}

static struct value item_value(const struct item *item)
{
	return item ? value_text(item->value ? item->value : item->key) : VALUE_EMPTY;
}

/* Elements of two sorted sets, merged. */
static void add_set(struct intent *in, const struct text *address, uint16_t kind, uint16_t attr,
		    struct value from, struct value to)
{
	static const struct set none = {0};
	const struct set *a = from.state == VALUE_SET ? from.u.set : &none;
	const struct set *b = to.state == VALUE_SET ? to.u.set : &none;

	if (from.state != to.state || from.only != to.only)
		add_item(in, address, kind, attr, NULL,
			 (struct value){.state = from.state, .only = from.only},
			 (struct value){.state = to.state, .only = to.only});
	for (uint32_t i = 0, k = 0; i < a->n || k < b->n;) {
		int c = i == a->n ? 1 : k == b->n ? -1 : text_cmp(a->item[i].key, b->item[k].key);
		const struct item *x = c <= 0 ? &a->item[i++] : NULL;
		const struct item *y = c >= 0 ? &b->item[k++] : NULL;

		if (!value_eq(item_value(x), item_value(y)))
			add_item(in, address, kind, attr, x ? x->key : y->key, item_value(x),
				 item_value(y));
	}
}

static bool type_is_set(enum attr_type type)
{
	return type == ATTR_SET || type == ATTR_REFS || type == ATTR_TAGS || type == ATTR_POLICIES;
}

/* What a declaration says beside its attributes. Where a task is by its credit is AWS's to say. */
static unsigned declared_flags(const struct resource *r)
{
	return r->flags &
	       (RES_EXTERNAL | RES_ENDED | RES_MOVE | RES_CREATE | RES_ALLOW_LIST | RES_CLAIMS);
}

static bool declared_alike(const struct resource *from, const struct resource *to)
{
	return from && to && declared_flags(from) == declared_flags(to) &&
	       text_eq(from->id, to->id);
}

static void add_declared(struct intent *in, const struct resource *r)
{
	char flags[16];

	snprintf(flags, sizeof flags, "%x", r ? declared_flags(r) : 0);
	add_string(in->digest, r ? "present" : "absent");
	add_string(in->digest, flags);
	add_string(in->digest, r && r->id ? r->id->s : "");
}

static void add_row(struct intent *in, const struct row *row)
{
	const struct resource *from = row->base, *to = row->head;
	const struct resource *any = to ? to : from;
	struct value unset = {.state = VALUE_UNSET};

	if (!any)
		return;
	if (!declared_alike(from, to)) {
		add_string(in->digest, row->address->s);
		add_declared(in, from);
		add_declared(in, to);
	}
	/* The address of an edge says all of it. */
	if (kinds[any->kind]->address == ADDRESS_EDGE)
		return;
	for (uint16_t a = 0; a < kinds[any->kind]->attrs; a++) {
		struct value x = from ? from->v[a] : unset, y = to ? to->v[a] : unset;

		if (type_is_set(kinds[any->kind]->attr[a].type))
			add_set(in, row->address, any->kind, a, x, y);
		else if (!value_eq(x, y) || x.state != y.state)
			add_item(in, row->address, any->kind, a, NULL, x, y);
	}
}

void intent_id(const struct plan *plan, const struct bound *rows, char id[SHA256_HEX])
{
	struct intent in = {.plan = plan, .digest = digest_new(), .changes = map_new()};
	const struct world *world = &plan->in->sides->live->world;

	for (size_t i = 0; i < plan->changes; i++)
		map_put(in.changes, plan->change[i].row->address->s, &plan->change[i]);
	add_string(in.digest, "charter.intent/1");
	add_string(in.digest, plan->in->scope);
	add_string(in.digest, world->organization_id ? world->organization_id->s : "");
	if (plan->in->narrowed)
		add_string(in.digest, plan->in->narrowed);
	for (size_t i = 0; i < rows->rows; i++)
		add_row(&in, &rows->row[i]);
	digest_hex(in.digest, id);
	map_free(in.changes);
}

void plan_intent(struct plan *plan)
{
	intent_id(plan, plan->in->intent, plan->plan_id);
}
