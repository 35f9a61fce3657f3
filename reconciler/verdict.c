/* Each fact is as before, as after, or neither; existence is one more fact. */
#include "reconciler/verdict.h"

#include <string.h>

struct count {
	unsigned before, after, other, unread;
};

/* A tag may be there and empty; a description that is empty is none. */
static bool value_is_empty(const struct fact *fact, struct value v)
{
	return v.state == VALUE_UNSET || v.state == VALUE_NONE ||
	       (v.state == VALUE_SET && v.u.set->n == 0) ||
	       (v.state == VALUE_TEXT && v.u.text->len == 0 && fact->key == NULL);
}

/* What is not mentioned, absent, or empty is all nothing when it comes to what a call does. */
static bool value_same(const struct fact *fact, struct value a, struct value b)
{
	return (value_is_empty(fact, a) && value_is_empty(fact, b)) || value_eq(a, b);
}

/* The resource of this address, that with the id in `other` aside. */
static const struct resource *find_other(const struct side *side, const struct text *address,
					 const struct text *other)
{
	for (size_t i = 0; i < side->all.n; i++) {
		const struct resource *r = side->all.at[i];

		if (text_eq(r->address, address) && (other == NULL || !text_eq(r->id, other)))
			return r;
	}
	return NULL;
}

static const struct resource *find_known(const struct side *side, uint16_t kind,
					 const struct text *address, const struct text *id)
{
	const struct resource *r = side_by_id(side, kind, id);

	return r != NULL ? r : side_find(side, address);
}

static void count_made(const struct question *q, struct count *c, const struct resource **found)
{
	if (q->call->makes == NULL || address_kind(q->call->makes) < 0)
		return;
	*found = find_other(q->side, q->call->makes, q->makes_old);
	if (*found != NULL)
		c->after++;
	else
		c->before++;
}

static void count_ended(const struct question *q, struct count *c)
{
	int kind = q->call->ends == NULL ? -1 : address_kind(q->call->ends);
	const struct resource *r;

	if (kind < 0)
		return;
	/* With an id, another thing that has come to the same address is not what ends. */
	r = q->ends_id != NULL ? side_by_id(q->side, (uint16_t)kind, q->ends_id)
			       : side_find(q->side, q->call->ends);
	if (r != NULL)
		c->before++;
	else
		c->after++;
}

/* False: not read. An element that is not in a set, and all of what is not there, is VALUE_NONE. */
static bool fact_value(const struct fact *fact, const struct resource *r, struct value *v)
{
	const struct item *item;

	*v = VALUE_EMPTY;
	if (r == NULL)
		return true;
	*v = r->v[fact->attr];
	if (v->state == VALUE_UNSET)
		return false;
	if (fact->key == NULL)
		return true;
	item = v->state == VALUE_SET ? set_find(v->u.set, fact->key) : NULL;
	*v = item == NULL ? VALUE_EMPTY : value_text(item->value != NULL ? item->value : item->key);
	return true;
}

static void count_fact(const struct question *q, uint32_t i, const struct resource *made,
		       struct count *c)
{
	const struct fact *fact = &q->fact[i];
	bool of_made = q->call->makes != NULL && text_eq(fact->address, q->call->makes);
	bool of_ended = q->call->ends != NULL && text_eq(fact->address, q->call->ends);
	const struct resource *r =
	    of_made ? made : find_known(q->side, fact->kind, fact->address, q->fact_id[i]);
	struct value v;

	/* Existence says it already. */
	if (r == NULL && (of_made || of_ended))
		return;
	/* What a call writes again as it is: a change to it meanwhile would be undone. */
	if (value_same(fact, fact->before, fact->after)) {
		c->other += fact_value(fact, r, &v) && !value_same(fact, v, fact->after);
		return;
	}
	if (!fact_value(fact, r, &v)) {
		/* A probe for existence need not read the attributes that a creation sets. */
		c->unread += !of_made;
		return;
	}
	if (value_same(fact, v, fact->after))
		c->after++;
	else if (value_same(fact, v, fact->before))
		c->before++;
	else
		c->other++;
}

enum verdict verdict_of(const struct question *q, const struct resource **found)
{
	struct count c = {0};

	*found = NULL;
	if (q->call->makes == NULL && q->call->ends == NULL && q->call->facts == 0)
		return VERDICT_NOTHING;
	if (q->scope == NULL || side_scope_state(q->side, q->scope) != SCOPE_WHOLE)
		return VERDICT_UNREAD;
	count_made(q, &c, found);
	count_ended(q, &c);
	for (uint32_t i = 0; i < q->call->facts; i++)
		count_fact(q, i, *found, &c);
	if (c.unread > 0)
		return VERDICT_UNREAD;
	if (c.other > 0 || (c.before > 0 && c.after > 0))
		return VERDICT_NEITHER;
	if (c.before == 0 && c.after == 0)
		return VERDICT_NOTHING;
	return c.after > 0 ? VERDICT_AFTER : VERDICT_BEFORE;
}
