/* The removal budget: for each kind and each relation, how much of what was read may go. */
#include "reconciler/guard_priv.h"

#include "base/env.h"

#include <string.h>

#define ALLOW_DAYS  14 /* no allowance counts that ends later than this */
#define ADVICE_DAYS 13 /* the end of the day this far ahead is within ALLOW_DAYS at any hour */
#define SHOWN       4
#define BUDGETS_MAX 64

/* Where neither configuration says anything. */
static const struct removal_limit built_in = {.floor = 2, .count = 25, .share = 10};

struct budget {
	const char *name;  /* of the kind or the relation */
	const char *alias; /* of a relation: the kind of its elements' own addresses, or NULL */
	uint32_t read, removed;
	char *shown[SHOWN]; /* the first that would go */
};

struct budgets {
	struct budget at[BUDGETS_MAX];
	size_t n;
};

static struct budget *budget_of(struct budgets *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->at[i].name, name) == 0)
			return &all->at[i];
	charter_assert(all->n < BUDGETS_MAX);
	all->at[all->n] = (struct budget){.name = name};
	return &all->at[all->n++];
}

static void budgets_make(struct budgets *all)
{
	for (size_t k = 0; k < KIND_COUNT; k++)
		budget_of(all, kinds[k]->name);
	for (size_t k = 0; k < KIND_COUNT; k++)
		for (uint16_t a = 0; a < kinds[k]->attrs; a++)
			if (kinds[k]->attr[a].relation)
				budget_of(all, kinds[k]->attr[a].relation)->alias =
				    kinds[k]->attr[a].edge;
}

/* Elements that are charter's business. */
static uint32_t elements_count(const struct attr *attr, const struct value *v)
{
	uint32_t n = 0;

	if (v->state != VALUE_SET)
		return value_says(v);
	for (uint32_t i = 0; i < v->u.set->n; i++) {
		const struct text *key = v->u.set->item[i].key;

		n += attr->type == ATTR_TAGS ? !tag_is_foreign(key) : !element_is_foreign(key);
	}
	return n;
}

static void budgets_read(struct budgets *all, const struct side *live)
{
	for (size_t i = 0; i < live->all.n; i++) {
		const struct resource *r = live->all.at[i];
		const struct kind *kind = kinds[r->kind];

		if (r->flags & RES_FOREIGN || (kind->foreign && kind->foreign(r)))
			continue;
		budget_of(all, kind->name)->read++;
		for (uint16_t a = 0; a < kind->attrs; a++)
			if (kind->attr[a].relation)
				budget_of(all, kind->attr[a].relation)->read +=
				    elements_count(&kind->attr[a], &r->v[a]);
	}
}

static void budget_take(struct budget *b, uint32_t n, char *what)
{
	for (size_t i = 0; i < SHOWN && n; i++)
		if (!b->shown[i]) {
			b->shown[i] = what;
			break;
		}
	b->removed += n;
}

/* What ends by its date or its credit was announced when it was declared. */
static bool reason_is_due(uint8_t reason)
{
	return reason == REASON_EXPIRED || reason == REASON_CREDIT;
}

/* So it was if what was applied last says so too: a merge may not date an end back. */
static bool change_is_due(const struct change *c)
{
	const struct resource *base = c->row->base;

	return reason_is_due(c->reason) &&
	       (c->action != ACTION_DELETE || (base && base->flags & RES_ENDED));
}

/* A member who is deleted goes with himself, once. */
static bool member_is_deleted(const struct judge *j, const struct attr *attr,
			      const struct text *key)
{
	const struct change *c = key && attr == &kinds[KIND_IDENTITY_GROUP]->attr[IDGROUP_MEMBERS]
				     ? judge_change(j, key, KIND_IDENTITY_USER)
				     : NULL;

	return c && c->action == ACTION_DELETE;
}

static void change_take(const struct judge *j, struct budgets *all, const struct change *c)
{
	const struct kind *kind = kinds[row_kind(c->row)];

	if (c->blocked || change_is_due(c))
		return;
	if (c->action == ACTION_DELETE)
		budget_take(budget_of(all, kind->name), 1,
			    arena_strdup(j->arena, c->row->address->s));
	if (c->action != ACTION_UPDATE)
		return; /* elements of what is deleted go with it */
	for (uint32_t i = 0; i < c->diffs; i++) {
		const struct diff *d = &c->diff[i];
		const struct attr *attr = &kind->attr[d->attr];

		if (!d->removal || !diff_is_written(d) || reason_is_due(d->reason) ||
		    !attr->relation || member_is_deleted(j, attr, d->key))
			continue;
		budget_take(budget_of(all, attr->relation),
			    d->key ? 1 : elements_count(attr, &d->live),
			    arena_printf(j->arena, "%s of %s",
					 d->key ? judge_element(j->arena, d->key) : attr->name,
					 c->row->address->s));
	}
}

static bool budget_is(const struct budget *b, const struct text *name)
{
	return text_is(name, b->name) || (b->alias && text_is(name, b->alias));
}

static const struct removal_limit *limit_of(const struct guard_settings *s, const struct budget *b)
{
	const struct removal_limit *limit = &built_in;

	for (size_t i = 0; s && i < s->removals.n; i++) {
		if (budget_is(b, s->removals.at[i].name))
			return &s->removals.at[i];
		if (text_is(s->removals.at[i].name, "default"))
			limit = &s->removals.at[i];
	}
	return limit;
}

static uint32_t limit_allows(const struct removal_limit *limit, uint32_t read)
{
	uint64_t n = ((uint64_t)limit->share * read + 99) / 100;

	if (n < limit->floor)
		n = limit->floor;
	return (uint32_t)(n > limit->count ? limit->count : n);
}

static bool allow_holds(const struct removal_allow *a, int64_t now_us)
{
	return now_us <= a->until_us && a->until_us - now_us <= ALLOW_DAYS * DAY_US;
}

static const struct removal_allow *allow_find(const struct guard_settings *s,
					      const struct budget *b, int64_t now_us, bool holds)
{
	const struct removal_allow *most = NULL;

	for (size_t i = 0; s && i < s->allow.n; i++) {
		const struct removal_allow *a = &s->allow.at[i];

		if (budget_is(b, a->name) && allow_holds(a, now_us) == holds &&
		    (!most || a->count > most->count))
			most = a;
	}
	return most;
}

/* The stricter of what base and head say, or what the base announced; and never everything. */
static uint32_t budget_allowed(const struct judge *j, const struct budget *b)
{
	uint32_t base = limit_allows(limit_of(j->base, b), b->read);
	uint32_t head = limit_allows(limit_of(j->head, b), b->read);
	uint32_t n = base < head ? base : head;
	const struct removal_allow *allow = allow_find(j->base, b, j->in->now_us, true);

	if (allow && allow->count > n)
		n = allow->count;
	return b->read >= 2 && n >= b->read ? b->read - 1 : n;
}

/* What to write so that the removal is allowed, and why what is written does not do. */
static void advice_put(const struct judge *j, const struct budget *b, uint32_t allowed,
		       struct buf *out)
{
	uint32_t want = b->read >= 2 && b->removed >= b->read ? b->read - 1 : b->removed;
	const struct removal_allow *in_head = allow_find(j->head, b, j->in->now_us, true);
	const struct removal_allow *idle = allow_find(j->base, b, j->in->now_us, false);
	char until[TIME_RFC3339];

	if (want > allowed && in_head && in_head->count >= want) {
		buf_printf(out,
			   "; the allowance at %s:%u counts once it has been applied: merge "
			   "it first, and the removal after it",
			   in_head->where.file ? in_head->where.file : "charter.yaml",
			   in_head->where.line);
	} else if (want > allowed) {
		time_rfc3339(j->in->now_us + ADVICE_DAYS * DAY_US, until);
		buf_printf(out,
			   "; to allow it, first merge and apply `guards: {allow: [{removals: %s, "
			   "count: %u, reason: WHY, until: %.10s}]}` by itself in charter.yaml, "
			   "then the removal",
			   b->name, want, until);
	}
	if (want > allowed && idle)
		buf_printf(out, " (the allowance at %s:%u %s)",
			   idle->where.file ? idle->where.file : "charter.yaml", idle->where.line,
			   idle->until_us < j->in->now_us ? "has ended"
							  : "ends more than 14 days from now");
	if (want < b->removed)
		buf_puts(out, "; never all at once: the last one goes in a merge of its own");
}

static void budget_refuse(const struct judge *j, const struct budget *b, uint32_t allowed,
			  struct buf *out)
{
	uint32_t shown = 0;

	buf_printf(out, "%s: %u would go, %u allowed of %u read: ", b->name, b->removed, allowed,
		   b->read);
	for (; shown < SHOWN && b->shown[shown]; shown++)
		buf_printf(out, "%s%s", shown ? ", " : "", b->shown[shown]);
	if (b->removed > shown)
		buf_printf(out, " and %u more", b->removed - shown);
	advice_put(j, b, allowed, out);
}

const char *guard_removals(const struct judge *j, bool *refused)
{
	auto_buf pass = BUF_INIT(1u << 16), refusal = BUF_INIT(1u << 16);
	struct budgets all = {.n = 0};

	budgets_make(&all);
	budgets_read(&all, j->in->sides->live);
	for (size_t i = 0; i < j->plan->changes; i++)
		change_take(j, &all, &j->plan->change[i]);
	for (size_t i = 0; i < all.n; i++) {
		const struct budget *b = &all.at[i];
		uint32_t allowed = budget_allowed(j, b);

		if (b->removed > allowed) {
			buf_puts(&refusal, refusal.len ? "\n" : "");
			budget_refuse(j, b, allowed, &refusal);
		} else if (b->removed) {
			buf_printf(&pass, "%s%s: %u of %u allowed", pass.len ? "; " : "", b->name,
				   b->removed, allowed);
		}
	}
	*refused = refusal.len > 0;
	if (refusal.len)
		return arena_strdup(j->arena, buf_str(&refusal));
	return pass.len ? arena_strdup(j->arena, buf_str(&pass)) : "none";
}
