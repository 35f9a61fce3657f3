#include "reconciler/drift_subject.h"

#include "aws/wire.h"

#include <stdlib.h>
#include <string.h>

typedef VEC(const char *) name_list;

static void name_add(name_list *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], s) == 0)
			return;
	if (*s)
		vec_push(list, s);
}

static const char *const *names_take(struct arena *arena, name_list *list)
{
	const char **out = arena_array(arena, list->n + 1, sizeof *out);

	if (list->n)
		memcpy(out, list->at, list->n * sizeof *out);
	free(list->at);
	*list = (name_list){0};
	return out;
}

static const char *last_part(const char *s)
{
	const char *slash = strrchr(s, '/');

	return slash ? slash + 1 : s;
}

/* The console speaks of a permission set by the end of its ARN. */
static void id_add(name_list *list, const struct text *id)
{
	if (!id)
		return;
	name_add(list, id->s);
	if (str_starts(id->s, "arn:") && str_starts(last_part(id->s), "ps-"))
		name_add(list, last_part(id->s));
}

static const struct resource *const *resources(const struct row *row, const struct resource *of[7])
{
	const struct resource *any[] = {row->live,   row->leaving, row->head,
					row->target, row->base,    row->leftover};
	size_t n = 0;

	for (size_t i = 0; i < sizeof any / sizeof *any; i++)
		if (any[i])
			of[n++] = any[i];
	of[n] = NULL;
	return of;
}

static const struct text *text_of(const struct resource *r, uint16_t attr)
{
	return r->v[attr].state == VALUE_TEXT ? r->v[attr].u.text : NULL;
}

/* The id of an account by its address, or NULL. */
static const struct text *account_id(struct arena *arena, const struct bound *bound,
				     const struct world *world, const struct text *address)
{
	const struct row *row = bound_find(bound, address);
	const struct resource *of[7];

	if (!row && raw_account_id(address))
		return text_str(arena, raw_account_id(address));
	if (!row)
		return NULL;
	for (const struct resource *const *r = resources(row, of); *r; r++)
		if ((*r)->id)
			return (*r)->id;
	/* Without an organization nothing lists the run's own. */
	return world->no_organization ? world->caller_account : NULL;
}

/* Of an entity of IAM that is gone: what its ARN was. */
static void arn_add(struct arena *arena, const struct world *world, const struct resource *r,
		    const struct text *account, name_list *list)
{
	static const struct {
		enum kind_id kind;
		const char *noun;
		int path;
	} nouns[] = {
	    {KIND_IAM_USER, "user", USER_PATH},
	    {KIND_IAM_GROUP, "group", GROUP_PATH},
	    {KIND_IAM_ROLE, "role", ROLE_PATH},
	    {KIND_IAM_POLICY, "policy", IAMPOLICY_PATH},
	    {KIND_IAM_OIDC_PROVIDER, "oidc-provider", -1},
	};

	for (size_t i = 0; account && i < sizeof nouns / sizeof *nouns; i++) {
		const struct text *path;

		if (nouns[i].kind != r->kind || !text_of(r, 0))
			continue;
		path = nouns[i].path < 0 ? NULL : text_of(r, (uint16_t)nouns[i].path);
		name_add(list,
			 arena_printf(arena, "arn:%s:iam::%s:%s%s%s",
				      world->partition ? world->partition->s : "aws", account->s,
				      nouns[i].noun, path ? path->s : "/", text_of(r, 0)->s));
	}
}

/* Ids first. Names stand in events of IAM alone: those of people and accounts are hidden, and of
 * what Organizations has only the making says its name. */
static void row_names(struct arena *arena, const struct bound *bound, const struct world *world,
		      const struct row *row, name_list *list)
{
	const struct resource *of[7];
	const struct resource *const *r;

	for (r = resources(row, of); *r; r++)
		id_add(list, (*r)->id);
	for (r = resources(row, of); *r; r++) {
		const struct text *account;

		if (kinds[(*r)->kind]->address != ADDRESS_ACCOUNT || !text_of(*r, 1))
			continue;
		account = account_id(arena, bound, world, text_of(*r, 1));
		if (!row->live)
			arn_add(arena, world, *r, account, list);
		if (text_of(*r, 0))
			name_add(list, text_of(*r, 0)->s);
	}
}

static int attr_find(uint16_t kind, const char *name)
{
	for (int i = 0; name && i < kinds[kind]->attrs; i++)
		if (strcmp(kinds[kind]->attr[i].name, name) == 0)
			return i;
	return TRAIL_RESOURCE;
}

/* "policy_attachment/NAME/unit/PATH", as the elements of a set are called. */
static const struct row *attachment_row(struct arena *arena, const struct bound *bound,
					const char *address, int *attr, const struct text **element)
{
	size_t kind_len = strcspn(address, "/"), name_len;
	const char *name = address + kind_len + (address[kind_len] == '/');
	const char *target;
	const struct row *row;

	name_len = strcspn(name, "/");
	target = name + name_len + (name[name_len] == '/');
	row = bound_find(bound,
			 text_str(arena, strcmp(target, "root") == 0 ? "organization" : target));
	if (!row)
		return NULL;
	for (int i = 0; i < kinds[row_kind(row)]->attrs; i++) {
		const struct attr *a = &kinds[row_kind(row)]->attr[i];

		if (!a->edge || strlen(a->edge) != kind_len || memcmp(a->edge, address, kind_len))
			continue;
		*attr = i;
		*element = text_printf(arena, "%s/%.*s", a->ref, (int)name_len, name);
		return row;
	}
	return NULL;
}

const struct row *drift_item_row(struct arena *arena, const struct bound *bound,
				 const struct drift_item *item, int *attr,
				 const struct text **element)
{
	const struct row *row = bound_find(bound, text_str(arena, item->address));

	*attr = TRAIL_RESOURCE;
	*element = NULL;
	if (!row)
		return attachment_row(arena, bound, item->address, attr, element);
	*attr = attr_find(row_kind(row), item->attribute);
	if (item->element && *attr != TRAIL_RESOURCE)
		*element = text_str(arena, item->element);
	return row;
}

/* NULL: nothing is known by which an event could name it. */
static const char *const *element_names(struct arena *arena, const struct bound *bound,
					const struct world *world, const struct attr *attr,
					const struct text *element)
{
	const struct row *row = attr->type == ATTR_REFS ? bound_find(bound, element) : NULL;
	const char *raw = attr->type == ATTR_REFS ? strstr(element->s, "/~") : NULL;
	name_list list = {0};

	if (row)
		row_names(arena, bound, world, row, &list);
	else if (raw)
		name_add(&list, raw + 2);
	else if (attr->type != ATTR_REFS || str_starts(element->s, "arn:"))
		name_add(&list, element->s);
	/* "/path/NAME" of a policy in every account. */
	if (attr->type == ATTR_SET && *element->s == '/')
		name_add(&list, last_part(element->s));
	return list.n ? names_take(arena, &list) : NULL;
}

/* What an edge joins, each by itself: the last is the subject. */
static void edge_names(struct arena *arena, const struct bound *bound, const struct world *world,
		       const struct row *row, struct trail_question *q)
{
	const char *const **to[] = {&q->object, &q->also, &q->subject};
	const struct resource *of[7], *r = resources(row, of)[0];
	const struct kind *kind = kinds[r->kind];
	uint16_t skip = kind->attrs < 3;

	for (uint16_t i = 0; i < kind->attrs && i < 3; i++) {
		const struct row *other = NULL;
		name_list list = {0};

		if (text_of(r, i) && kind->attr[i].ref)
			other = bound_find(bound, text_of(r, i));
		if (other)
			row_names(arena, bound, world, other, &list);
		else if (text_of(r, i) && !kind->attr[i].ref)
			name_add(&list, text_of(r, i)->s);
		*to[i + (i > 0 ? skip : 0)] = names_take(arena, &list);
	}
}

/* One that a declaration speaks of and AWS has no id for any more is known by no name. */
static const char *const *subject_names(struct arena *arena, const struct bound *bound,
					const struct world *world, const struct row *row, int attr)
{
	const struct kind *kind = kinds[row_kind(row)];
	name_list list = {0};

	if (kind->bare || (attr >= 0 && kind->attr[attr].flags & ATTR_ADDITIVE))
		return NULL;
	row_names(arena, bound, world, row, &list);
	if (kind->address == ADDRESS_SINGLE)
		id_add(&list, world->root_id);
	return names_take(arena, &list);
}

bool drift_question(struct arena *arena, const struct bound *bound, const struct world *world,
		    const struct drift_item *item, struct trail_question *q)
{
	const struct text *element;
	const struct kind *kind;
	const struct row *row;
	int attr;

	if (item->kind == ITEM_UNREAD || item->kind == ITEM_RULE)
		return false;
	row = drift_item_row(arena, bound, item, &attr, &element);
	if (!row)
		return false;
	kind = kinds[row_kind(row)];
	*q = (struct trail_question){.kind = (enum kind_id)row_kind(row),
				     .attr = attr,
				     .sign = item->sign,
				     .event = TRAIL_NONE};
	if (kind->address == ADDRESS_ACCOUNT) {
		const struct resource *of[7], *r = resources(row, of)[0];

		q->account = text_of(r, 1) ? account_id(arena, bound, world, text_of(r, 1)) : NULL;
		if (!q->account)
			return false;
	}
	if (kind->flags & KIND_EDGE) {
		edge_names(arena, bound, world, row, q);
		return true;
	}
	q->subject = subject_names(arena, bound, world, row, attr);
	if (element && !kind->bare)
		q->object = element_names(arena, bound, world, &kind->attr[attr], element);
	return true;
}
