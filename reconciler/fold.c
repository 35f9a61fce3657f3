/* What is live, as calls leave it: facts are written over what was read. */
#include "reconciler/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fold {
	struct arena *arena;
	const struct plan_input *in;
	const struct side *live;
	struct map *things;    /* address -> struct thing * */
	struct map *members;   /* "GROUP USER" -> the fact that put him in or took him out last */
	struct map *documents; /* address of the text in memory -> struct policy * */
	VEC(struct policy *) parsed;
};

struct fold *fold_new(const struct plan_input *in)
{
	struct fold *f = xcalloc(1, sizeof *f);

	f->arena = in->arena;
	f->in = in;
	f->live = in->sides->live;
	f->things = map_new();
	f->members = map_new();
	f->documents = map_new();
	return f;
}

void fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->parsed.n; i++)
		policy_free(f->parsed.at[i]);
	free(f->parsed.at);
	map_free(f->things);
	map_free(f->members);
	map_free(f->documents);
	free(f);
}

bool value_has(const struct value *value, const struct text *key)
{
	return value->state == VALUE_SET && set_find(value->u.set, key) != NULL;
}

static struct thing *thing_put(struct fold *f, const struct text *address, uint16_t kind)
{
	struct thing *t = arena_alloc(f->arena, sizeof *t);

	t->address = address;
	t->kind = kind;
	map_put(f->things, address->s, t);
	return t;
}

static struct thing *thing_of(struct fold *f, const struct text *address)
{
	struct thing *t = map_get(f->things, address->s);
	const struct resource *live;

	if (t != NULL || f->live == NULL)
		return t;
	live = side_find(f->live, address);
	if (live == NULL)
		return NULL;
	t = thing_put(f, address, live->kind);
	t->exists = true;
	t->live = live;
	t->v = live->v;
	return t;
}

const struct thing *fold_find(struct fold *f, const struct text *address)
{
	return thing_of(f, address);
}

const struct thing *fold_by_id(struct fold *f, uint16_t kind, const char *id)
{
	size_t len = strlen(id);
	auto_free struct text *text = xcalloc(1, sizeof *text + len + 1);
	const struct resource *live;

	text->len = (uint32_t)len;
	memcpy(text->s, id, len);
	live = f->live == NULL ? NULL : side_by_id(f->live, kind, text);
	return live == NULL ? NULL : thing_of(f, live->address);
}

const struct policy *fold_document(struct fold *f, const struct text *document)
{
	struct policy *policy;
	char key[32];

	/* Texts are immutable and live as long as the plan. */
	snprintf(key, sizeof key, "%p", (const void *)document);
	policy = map_get(f->documents, key);
	if (policy == NULL && (policy = policy_parse(document)) != NULL) {
		map_put(f->documents, key, policy);
		vec_push(&f->parsed, policy);
	}
	return policy;
}

static bool type_is_set(enum attr_type type)
{
	return type == ATTR_SET || type == ATTR_REFS || type == ATTR_TAGS || type == ATTR_POLICIES;
}

/* What a creation brings along: all that is not put in by calls of its own. */
static void thing_make(struct fold *f, const struct text *address)
{
	const struct row *row = bound_find(f->in->bound, address);
	const struct kind *kind;
	struct thing *t;
	struct value *v;

	if (row == NULL || row->head == NULL)
		return;
	kind = kinds[row->head->kind];
	t = thing_put(f, address, row->head->kind);
	if ((kind->flags & KIND_EDGE) != 0) { /* nothing is put into it, and there are many */
		t->exists = true;
		t->v = row->head->v;
		return;
	}
	v = arena_array(f->arena, kind->attrs, sizeof *v);
	for (uint16_t a = 0; a < kind->attrs; a++) {
		if (type_is_set(kind->attr[a].type))
			v[a] = (struct value){.state = VALUE_SET,
					      .u.set = set_make(f->arena, NULL, 0, NULL)};
		else
			v[a] = row->head->v[a];
	}
	t->exists = true;
	t->v = v;
}

static struct value element_put(struct fold *f, const struct value *old, const struct fact *fact)
{
	bool in = fact->after.state == VALUE_TEXT;
	struct item *item;
	size_t n = 0;

	if (old->state != VALUE_SET)
		return *old;
	item = xcalloc(old->u.set->n + 1, sizeof *item);
	for (uint32_t i = 0; i < old->u.set->n; i++)
		if (!text_eq(old->u.set->item[i].key, fact->key))
			item[n++] = old->u.set->item[i];
	if (in)
		item[n++] = (struct item){fact->key, fact->after.u.text};
	struct value made = {.state = VALUE_SET, .u.set = set_make(f->arena, item, n, NULL)};
	free(item);
	return made;
}

/* Values that may be written: what was read stays as it is. */
static struct value *thing_values(struct fold *f, struct thing *t)
{
	uint16_t attrs = kinds[t->kind]->attrs;
	struct value *v;

	if (t->live != NULL && t->v == t->live->v) {
		v = arena_array(f->arena, attrs, sizeof *v);
		memcpy(v, t->v, attrs * sizeof *v);
		t->v = v;
	}
	return (struct value *)t->v;
}

static bool fact_is_member(const struct fact *fact)
{
	return fact->kind == KIND_IDENTITY_GROUP && fact->attr == IDGROUP_MEMBERS &&
	       fact->key != NULL;
}

bool fold_is_member(struct fold *f, const struct text *group, const struct text *user)
{
	auto_free char *key = xasprintf("%s %s", group->s, user->s);
	const struct fact *fact = map_get(f->members, key);
	const struct thing *t = thing_of(f, group);

	if (t == NULL || !t->exists || t->kind != KIND_IDENTITY_GROUP)
		return false;
	return fact != NULL ? fact->after.state == VALUE_TEXT
			    : value_has(&t->v[IDGROUP_MEMBERS], user);
}

static void fact_happens(struct fold *f, const struct fact *fact)
{
	struct thing *t = thing_of(f, fact->address);
	struct value *v;

	if (t == NULL || t->kind != fact->kind)
		return;
	/* Groups are large: one that is made anew for each member would be no small matter. */
	if (fact_is_member(fact)) {
		auto_free char *key = xasprintf("%s %s", fact->address->s, fact->key->s);

		map_put(f->members, key, (void *)fact);
		return;
	}
	v = &thing_values(f, t)[fact->attr];
	*v = fact->key != NULL ? element_put(f, v, fact) : fact->after;
}

void fold_call(struct fold *f, const struct call *call)
{
	struct thing *ended;

	if (call->makes != NULL)
		thing_make(f, call->makes);
	for (uint32_t i = 0; i < call->facts; i++)
		fact_happens(f, &call->fact[i]);
	ended = call->ends != NULL ? thing_of(f, call->ends) : NULL;
	if (ended != NULL)
		ended->exists = false;
}
