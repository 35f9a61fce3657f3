/* Sets and maps, element by element. */
#include "state/diff_priv.h"

#include <stdlib.h>

#define AWS_DEFAULT_SCP "policy/FullAWSAccess"

static const struct set no_elements;

static const struct set *set_of(struct value value)
{
	return value.state == VALUE_SET ? value.u.set : &no_elements;
}

static bool value_known(struct value value)
{
	return value.state == VALUE_SET || value.state == VALUE_NONE;
}

/* What base declares; nothing where it only referred to the resource. */
struct value base_value(const struct row *row, uint16_t attr)
{
	if (row->base == NULL || row->base->flags & RES_EXTERNAL)
		return (struct value){.state = VALUE_UNSET};
	return row->base->v[attr];
}

/* The value of one element: its text when in, NONE when not. */
static struct value element_value(const struct attr *attr, const struct set *set,
				  const struct text *key)
{
	const struct item *item = set_find(set, key);

	if (item == NULL)
		return VALUE_EMPTY;
	if (attr->type == ATTR_TAGS || attr->type == ATTR_POLICIES)
		return value_text(item->value);
	return value_text(item->key);
}

static uint8_t pending_reason(const struct differ *d, const struct diff *diff, struct value target)
{
	if (diff->reason != REASON_CONFIG && diff->reason != REASON_ADOPT &&
	    diff->reason != REASON_RENAME)
		return diff->reason;
	if (!d->bound->has_target || d->row->target == NULL || !value_eq(target, diff->head) ||
	    value_eq(target, diff->base))
		return diff->reason;
	return REASON_PENDING;
}

static struct value target_value(const struct row *row, const struct attr *attr,
				 const struct diff *diff)
{
	struct value whole;

	if (row->target == NULL)
		return (struct value){.state = VALUE_UNSET};
	whole = row->target->v[diff->attr];
	if (diff->key == NULL || !value_known(whole))
		return whole;
	return element_value(attr, set_of(whole), diff->key);
}

void diff_push(struct differ *d, struct diff diff)
{
	const struct resource *any = d->row->head != NULL ? d->row->head : d->row->live;

	diff.reason = pending_reason(
	    d, &diff, target_value(d->row, &kinds[any->kind]->attr[diff.attr], &diff));
	vec_push(&d->diffs, diff);
}

/* One set at hand. */
struct sets {
	struct differ *d;
	const struct attr *attr;
	uint16_t number;
	struct value base, head, live;
	VEC(struct item) missing; /* live has them, and this first declaration would take them */
};

static bool is_map(const struct attr *attr)
{
	return attr->type == ATTR_TAGS || attr->type == ATTR_POLICIES;
}

/* Who is known by an id alone was not listed: nobody to be taken out. */
static bool person_is_unknown(const struct attr *attr, const struct text *key)
{
	static const char raw[] = "identity_user/~";

	return attr == &kinds[KIND_IDENTITY_GROUP]->attr[IDGROUP_MEMBERS] &&
	       str_starts(key->s, raw);
}

static bool element_skipped(const struct sets *s, const struct text *key)
{
	if (s->attr->type == ATTR_TAGS)
		return tag_is_foreign(key);
	return s->attr->type == ATTR_REFS &&
	       (element_is_foreign(key) || person_is_unknown(s->attr, key));
}

/* An element that head only refers to is there, or waited for. */
static void element_wait(struct sets *s, struct diff *diff)
{
	const char *waits = s->attr->type == ATTR_REFS ? reference_waits(s->d, diff->key) : NULL;

	if (waits == NULL)
		return;
	diff->blocked = true;
	if (s->d->waits == NULL)
		s->d->waits = waits;
}

/* An element that head declares. */
static void element_wanted(struct sets *s, struct diff diff, bool in_base)
{
	enum reason reason = REASON_CONFIG;

	if (is_map(s->attr)) {
		if (!diff_scalar(in_base ? diff.base : (struct value){.state = VALUE_UNSET},
				 diff.head, diff.live, &reason))
			return;
	} else if (diff.live.state == VALUE_NONE) {
		reason = in_base ? REASON_DRIFT : REASON_CONFIG;
	} else {
		return;
	}
	diff.reason = (uint8_t)reason;
	if (!diff_counts(s->d, s->attr, diff.key))
		return;
	element_wait(s, &diff);
	diff_push(s->d, diff);
}

/* Whether a live element that head does not declare goes; its reason. */
static bool element_goes(struct sets *s, const struct diff *diff, bool in_base, enum reason *reason)
{
	*reason = !in_base                           ? REASON_DRIFT
		  : value_eq(diff->base, diff->live) ? REASON_CONFIG
						     : REASON_CONFLICT;
	if (s->attr->type == ATTR_TAGS || s->attr->flags & ATTR_ADDITIVE)
		return in_base;
	/* A list that manages just its elements gives up those that it named before. */
	if (s->head.only || s->base.only)
		return in_base && s->base.only;
	return true;
}

static bool first_declared(const struct sets *s)
{
	return s->attr->type != ATTR_TAGS && !(s->attr->flags & ATTR_ADDITIVE) && !s->head.only &&
	       (!value_known(s->base) || s->base.only);
}

static void element_unwanted(struct sets *s, struct diff diff, bool in_base)
{
	enum reason reason;

	if (!element_goes(s, &diff, in_base, &reason) ||
	    (first_declared(s) && !(in_base && s->base.only))) {
		if (first_declared(s) && diff_counts(s->d, s->attr, diff.key))
			vec_push(
			    &s->missing,
			    ((struct item){diff.key, is_map(s->attr) ? diff.live.u.text : NULL}));
		return;
	}
	if (!diff_counts(s->d, s->attr, diff.key))
		return;
	diff.reason = (uint8_t)reason;
	diff.removal = true;
	diff.by_hand = s->attr->flags & ATTR_ADDITIVE;
	if (diff.by_hand)
		note_add(s->d, NOTE_BY_HAND, s->d->row->head->kind, s->d->row->address,
			 s->d->row->live ? s->d->row->live->id : NULL,
			 by_hand_text(s->d, s->attr, diff.key));
	diff_push(s->d, diff);
}

static void element_diff(struct sets *s, const struct text *key)
{
	struct diff diff = {.attr = s->number, .key = key};
	bool in_base = set_find(set_of(s->base), key) != NULL;

	if (element_skipped(s, key))
		return;
	diff.head = element_value(s->attr, set_of(s->head), key);
	diff.live = element_value(s->attr, set_of(s->live), key);
	if (value_known(s->base))
		diff.base = element_value(s->attr, set_of(s->base), key);
	if (diff.head.state != VALUE_NONE)
		element_wanted(s, diff, in_base);
	else if (diff.live.state != VALUE_NONE)
		element_unwanted(s, diff, in_base);
}

/* The one element of AWS's own that charter may detach: where the target is declared an allow list.
 * On a new target AWS attaches it by itself, so it counts as there. */
static void allow_list_diff(struct differ *d, uint16_t number, const struct attr *attr,
			    struct value live)
{
	const struct resource *base = d->row->base;
	const struct text *key = text_str(d->arena, AWS_DEFAULT_SCP);
	struct diff diff = {
	    .attr = number, .key = key, .head = VALUE_EMPTY, .reason = REASON_CONFIG};

	if (attr->edge == NULL || !(d->row->head->flags & RES_ALLOW_LIST))
		return;
	if (!d->creating && live.state != VALUE_UNSET && set_find(set_of(live), key) == NULL)
		return;
	if (!diff_counts(d, attr, key))
		return;
	if (base != NULL && !d->creating)
		diff.base = base->flags & RES_ALLOW_LIST ? VALUE_EMPTY : value_text(key);
	if (base != NULL && !d->creating && base->flags & RES_ALLOW_LIST)
		diff.reason = REASON_DRIFT;
	diff.removal = !d->creating;
	diff.live = value_text(key);
	if (live.state == VALUE_UNSET) {
		diff.blocked = true;
		diff.live.state = VALUE_UNSET;
	}
	vec_push(&d->diffs, diff);
}

/* head and live in one walk: what stands in base alone has nothing to say. */
static void elements_diff(struct sets *s)
{
	const struct set *head = set_of(s->head), *live = set_of(s->live);
	uint32_t h = 0, l = 0;

	while (h < head->n || l < live->n) {
		int order = h == head->n   ? 1
			    : l == live->n ? -1
					   : text_cmp(head->item[h].key, live->item[l].key);

		element_diff(s, order <= 0 ? head->item[h].key : live->item[l].key);
		h += order <= 0;
		l += order >= 0;
	}
}

/* Compares one set of the row at hand; live UNSET: not read. */
void set_diff(struct differ *d, uint16_t number, struct value live)
{
	const struct attr *attr = &kinds[d->row->head->kind]->attr[number];
	struct sets s = {.d = d,
			 .attr = attr,
			 .number = number,
			 .base = base_value(d->row, number),
			 .head = d->row->head->v[number],
			 .live = live};

	if (s.head.state != VALUE_UNSET && live.state == VALUE_UNSET && diff_counts(d, attr, NULL))
		diff_push(d, (struct diff){.attr = number,
					   .base = s.base,
					   .head = s.head,
					   .reason = REASON_CONFIG,
					   .blocked = true});
	else if (s.head.state != VALUE_UNSET && live.state != VALUE_UNSET)
		elements_diff(&s);
	allow_list_diff(d, number, attr, live);
	if (s.missing.n > 0)
		adopt_refuse(d, attr, set_make(d->arena, s.missing.at, s.missing.n, NULL));
	free(s.missing.at);
}

static bool set_holds(const struct attr *attr, const struct set *all, const struct set *part)
{
	for (uint32_t i = 0; i < part->n; i++) {
		const struct text *key = part->item[i].key;

		if (attr->type == ATTR_TAGS ? tag_is_foreign(key) : element_is_foreign(key))
			continue;
		if (!value_eq(element_value(attr, part, key), element_value(attr, all, key)))
			return false;
	}
	return true;
}

bool former_differs(const struct attr *attr, struct value former, struct value live)
{
	if (former.state == VALUE_UNSET || live.state == VALUE_UNSET ||
	    former.state == VALUE_SECRET || live.state == VALUE_SECRET)
		return false;
	if (former.state != VALUE_SET && live.state != VALUE_SET)
		return !value_eq(former, live);
	if (!set_holds(attr, set_of(live), set_of(former)))
		return true;
	return attr->type != ATTR_TAGS && !former.only && !(attr->flags & ATTR_ADDITIVE) &&
	       !set_holds(attr, set_of(former), set_of(live));
}
