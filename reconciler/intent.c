/* The plan id: what a merge intends, so that it survives squash, rebase, other people's merges and
 * a retry.
 *
 * SHA-256 over scope, organization and the sorted items (address, attribute, element, from, to)
 * between the target's configuration and the head's, both compiled without AWS's ids. An item shown
 * as adopt or conflict carries its live value too. */
#include "reconciler/intent.h"

#include <stdlib.h>
#include <string.h>

struct intent {
	struct plan *plan;
	struct digest *digest;
	struct map *changes; /* address -> struct change * */
	struct map *saved;   /* address -> struct doc_change * */
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
	} else if (v.state == VALUE_SET && v.u.set) {
		for (uint32_t i = 0; i < v.u.set->n; i++) {
			add_string(d, v.u.set->item[i].key->s);
			add_string(d, v.u.set->item[i].value ? v.u.set->item[i].value->s : "");
		}
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

static bool reason_shows_live(const char *reason)
{
	return reason && (strcmp(reason, "adopt") == 0 || strcmp(reason, "conflict") == 0);
}

bool intent_saved(const struct doc_change *c, const char *name, const struct text *key,
		  struct value *live, const char **reason)
{
	for (uint32_t i = 0; c && i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];
		const struct doc_element *list[] = {a->added, a->removed, a->changed};
		const uint32_t n[] = {a->added_n, a->removed_n, a->changed_n};

		if (strcmp(a->name, name) != 0)
			continue;
		if (!a->is_set) {
			*live = a->live;
			*reason = a->reason;
			return !key;
		}
		for (unsigned k = 0; key && k < 3; k++)
			for (uint32_t e = 0; e < n[k]; e++)
				if (text_is(key, list[k][e].key)) {
					*live = list[k][e].live;
					*reason = list[k][e].reason;
					return true;
				}
	}
	return false;
}

/* The live value that the item shows: now, or, where the item is done since, in the saved plan. */
static struct value shown_live(const struct intent *in, const struct text *address, uint16_t kind,
			       uint16_t attr, const struct text *key)
{
	const struct change *c = map_get(in->changes, address->s);
	const struct diff *d = find_diff(c, attr, key);
	struct value live = {.state = VALUE_UNSET};
	const char *reason = NULL;

	if (d && (d->reason == REASON_ADOPT || d->reason == REASON_CONFLICT))
		return d->live;
	if (!d && in->saved &&
	    intent_saved(map_get(in->saved, address->s), kinds[kind]->attr[attr].name, key, &live,
			 &reason) &&
	    reason_shows_live(reason))
		return live;
	return (struct value){.state = VALUE_UNSET};
}

static void add_item(struct intent *in, const struct text *address, uint16_t kind, uint16_t attr,
		     const struct text *key, struct value from, struct value to)
{
	add_string(in->digest, address->s);
	add_string(in->digest, kinds[kind]->attr[attr].name);
	add_string(in->digest, key ? key->s : "");
	add_value(in->digest, from);
	add_value(in->digest, to);
	add_value(in->digest, shown_live(in, address, kind, attr, key));
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
		add_item(in, address, kind, attr, NULL, (struct value){.state = from.state},
			 (struct value){.state = to.state});
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

static void add_row(struct intent *in, const struct row *row)
{
	const struct resource *from = row->base, *to = row->head;
	const struct resource *any = to ? to : from;
	struct value unset = {.state = VALUE_UNSET};

	if (!any)
		return;
	if (!from || !to || (from->flags ^ to->flags) & (RES_EXTERNAL | RES_ENDED | RES_CLAIMS)) {
		add_string(in->digest, row->address->s);
		add_string(in->digest, from ? "present" : "absent");
		add_string(in->digest, to ? "present" : "absent");
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

void plan_intent(struct plan *plan)
{
	struct intent in = {.plan = plan, .digest = digest_new(), .changes = map_new()};
	const struct plan_input *input = plan->in;
	const struct world *world = &input->sides->live->world;

	for (size_t i = 0; i < plan->changes; i++)
		map_put(in.changes, plan->change[i].row->address->s, &plan->change[i]);
	if (input->saved) {
		in.saved = map_new();
		for (size_t i = 0; i < input->saved->changes; i++)
			map_put(in.saved, input->saved->change[i].address,
				&input->saved->change[i]);
	}
	add_string(in.digest, "charter.intent/1");
	add_string(in.digest, input->scope);
	add_string(in.digest, world->organization_id ? world->organization_id->s : "");
	for (size_t i = 0; i < input->intent->rows; i++)
		add_row(&in, &input->intent->row[i]);
	digest_hex(in.digest, plan->plan_id);
	map_free(in.changes);
	map_free(in.saved);
}
