/* What a difference is worth: by kind and attribute, and by the strength of the permissions that it
 * is about. */
#include "reconciler/drift_rank.h"

#include <string.h>

/* What an attribute is about. */
enum worth {
	WORTH_NOTHING,
	WORTH_WRITE,
	WORTH_FENCE,    /* guardrails, trust, who is in which unit */
	WORTH_OWN,      /* the strength of what it holds: policies by name or by document */
	WORTH_RESOURCE, /* that of the whole resource */
	WORTH_GROUP,    /* that of the groups which its elements are */
	WORTH_SET,      /* of an edge, that of its set */
};

#define WHOLE (-1)

/* Attributes and whole resources that are about access; others are not. */
static const struct {
	uint16_t kind;
	int attr;
	enum worth worth;
} worths[] = {
    {KIND_ORGANIZATION, WHOLE, WORTH_FENCE},
    {KIND_ORGANIZATION, ORG_FEATURE_SET, WORTH_FENCE},
    {KIND_ORGANIZATION, ORG_POLICY_TYPES, WORTH_FENCE},
    {KIND_ORGANIZATION, ORG_TRUSTED_SERVICES, WORTH_WRITE},
    {KIND_ORGANIZATION, ORG_POLICIES, WORTH_FENCE},
    {KIND_UNIT, WHOLE, WORTH_FENCE},
    {KIND_UNIT, UNIT_PARENT, WORTH_FENCE},
    {KIND_UNIT, UNIT_POLICIES, WORTH_FENCE},
    {KIND_ACCOUNT, WHOLE, WORTH_WRITE},
    {KIND_ACCOUNT, ACCOUNT_UNIT, WORTH_FENCE},
    {KIND_ACCOUNT, ACCOUNT_POLICIES, WORTH_FENCE},
    {KIND_POLICY, WHOLE, WORTH_FENCE},
    {KIND_POLICY, POLICY_DOCUMENT, WORTH_FENCE},
    {KIND_DELEGATED_ADMINISTRATOR, WHOLE, WORTH_FENCE},
    {KIND_IAM_POLICY, WHOLE, WORTH_RESOURCE},
    {KIND_IAM_POLICY, IAMPOLICY_DOCUMENT, WORTH_OWN},
    {KIND_IAM_GROUP, WHOLE, WORTH_RESOURCE},
    {KIND_IAM_GROUP, GROUP_MANAGED, WORTH_OWN},
    {KIND_IAM_GROUP, GROUP_INLINE, WORTH_OWN},
    {KIND_IAM_USER, WHOLE, WORTH_RESOURCE},
    {KIND_IAM_USER, USER_GROUPS, WORTH_GROUP},
    {KIND_IAM_USER, USER_MANAGED, WORTH_OWN},
    {KIND_IAM_USER, USER_INLINE, WORTH_OWN},
    {KIND_IAM_USER, USER_BOUNDARY, WORTH_FENCE},
    {KIND_IAM_USER, USER_LOGIN, WORTH_RESOURCE},
    {KIND_IAM_ROLE, WHOLE, WORTH_RESOURCE},
    {KIND_IAM_ROLE, ROLE_TRUST, WORTH_FENCE},
    {KIND_IAM_ROLE, ROLE_MANAGED, WORTH_OWN},
    {KIND_IAM_ROLE, ROLE_INLINE, WORTH_OWN},
    {KIND_IAM_ROLE, ROLE_BOUNDARY, WORTH_FENCE},
    {KIND_IAM_OIDC_PROVIDER, WHOLE, WORTH_FENCE},
    {KIND_IAM_OIDC_PROVIDER, OIDC_CLIENTS, WORTH_FENCE},
    {KIND_IAM_OIDC_PROVIDER, OIDC_THUMBPRINTS, WORTH_FENCE},
    {KIND_IDENTITY_USER, WHOLE, WORTH_RESOURCE},
    {KIND_IDENTITY_GROUP, WHOLE, WORTH_RESOURCE},
    {KIND_IDENTITY_GROUP, IDGROUP_MEMBERS, WORTH_RESOURCE},
    {KIND_PERMISSION_SET, WHOLE, WORTH_RESOURCE},
    {KIND_PERMISSION_SET, PSET_MANAGED, WORTH_OWN},
    {KIND_PERMISSION_SET, PSET_CUSTOMER, WORTH_OWN},
    {KIND_PERMISSION_SET, PSET_INLINE, WORTH_OWN},
    {KIND_PERMISSION_SET, PSET_BOUNDARY, WORTH_FENCE},
    {KIND_PERMISSION_SET, PSET_PROVISIONED, WORTH_RESOURCE},
    {KIND_ASSIGNMENT, WHOLE, WORTH_SET},
};

static enum worth worth_of(uint16_t kind, int attr)
{
	for (size_t i = 0; i < sizeof worths / sizeof *worths; i++)
		if (worths[i].kind == kind && worths[i].attr == attr)
			return worths[i].worth;
	return WORTH_NOTHING;
}

struct ranking {
	struct arena *arena;
	const struct plan *plan;
	struct map *known; /* address -> its strength, one more than enum level */
	struct map *given; /* address of a person or group -> that of all its sets */
	bool given_read;
};

/* What is less than reading is nothing. */
enum level { LEVEL_NONE, LEVEL_READ, LEVEL_WRITE, LEVEL_ADMINISTRATOR };

static const enum drift_rank ranks[] = {[LEVEL_NONE] = DRIFT_RANK_PLAIN,
					[LEVEL_READ] = DRIFT_RANK_READ,
					[LEVEL_WRITE] = DRIFT_RANK_WRITE,
					[LEVEL_ADMINISTRATOR] = DRIFT_RANK_ADMINISTRATOR};

/* What map_get() finds must differ from NULL. */
static char marks[LEVEL_ADMINISTRATOR + 1];

static enum level level_most(enum level a, enum level b)
{
	return a > b ? a : b;
}

static enum level level_of(enum strength s)
{
	static const enum level levels[STRENGTHS] = {[STRENGTH_READ] = LEVEL_READ,
						     [STRENGTH_UNKNOWN] = LEVEL_WRITE,
						     [STRENGTH_WRITE] = LEVEL_WRITE,
						     [STRENGTH_ADMINISTRATOR] =
							 LEVEL_ADMINISTRATOR};

	return levels[s];
}

struct ranking *ranking_new(struct arena *arena, const struct plan *plan)
{
	struct ranking *r = xcalloc(1, sizeof *r);

	*r = (struct ranking){.arena = arena, .plan = plan, .known = map_new(), .given = map_new()};
	return r;
}

void ranking_free(struct ranking *r)
{
	if (!r)
		return;
	map_free(r->known);
	map_free(r->given);
	free_ptr(&r);
}

static bool level_get(const struct map *map, const char *key, enum level *level)
{
	const char *mark = map_get(map, key);

	if (mark)
		*level = (enum level)(mark - marks);
	return mark != NULL;
}

static void level_raise(struct map *map, const char *key, enum level level)
{
	enum level before = LEVEL_NONE;

	level_get(map, key, &before);
	map_put_lasting(map, key, &marks[level_most(before, level)]);
}

static enum level document_level(const struct text *document)
{
	struct policy *policy = document->len ? policy_parse(document) : NULL;
	enum level level = document->len ? level_of(strength_of_policy(policy)) : LEVEL_NONE;

	policy_free(policy);
	return level;
}

static enum level row_level(struct ranking *, const struct row *);

/* A policy by its ARN, its address, or its path in the accounts. */
static enum level named_level(struct ranking *r, const struct text *name)
{
	const char *aws = str_starts(name->s, "arn:") ? aws_policy_name(name->s) : NULL;
	const struct row *row = bound_find(r->plan->in->bound, name);

	if (aws)
		return level_of(strength_of_aws(aws));
	return row ? row_level(r, row) : level_of(strength_of_name(name->s));
}

static enum level element_level(struct ranking *r, const struct attr *attr, const struct text *key,
				const struct text *value)
{
	if (attr->type == ATTR_POLICIES)
		return value ? document_level(value) : LEVEL_NONE;
	return named_level(r, key);
}

static enum level value_level(struct ranking *r, const struct attr *attr, struct value v)
{
	enum level level = LEVEL_NONE;

	if (v.state == VALUE_TEXT)
		return attr->type == ATTR_POLICY ? document_level(v.u.text)
						 : named_level(r, v.u.text);
	for (uint32_t i = 0; v.state == VALUE_SET && i < v.u.set->n; i++)
		level = level_most(
		    level, element_level(r, attr, v.u.set->item[i].key, v.u.set->item[i].value));
	return level;
}

static const struct text *ref_of(const struct resource *edge, uint16_t attr)
{
	return edge->v[attr].state == VALUE_TEXT ? edge->v[attr].u.text : NULL;
}

static enum level edge_level(struct ranking *r, const struct resource *edge)
{
	const struct text *set = ref_of(edge, ASSIGNMENT_SET);

	return set ? named_level(r, set) : LEVEL_WRITE;
}

/* What people and groups have by assignments, on any side. */
static void given_read(struct ranking *r)
{
	const struct bound *bound = r->plan->in->bound;

	if (r->given_read)
		return;
	r->given_read = true;
	for (size_t i = 0; i < bound->rows; i++) {
		const struct row *row = &bound->row[i];
		const struct resource *edge = row->head ? row->head : row->live;
		const struct text *who;

		if (!edge || edge->kind != KIND_ASSIGNMENT)
			continue;
		who = ref_of(edge, ASSIGNMENT_PRINCIPAL);
		if (who)
			level_raise(r->given, who->s, edge_level(r, edge));
	}
}

static enum level resource_level(struct ranking *r, const struct resource *res)
{
	enum level level = LEVEL_NONE;

	if (!res)
		return LEVEL_NONE;
	if (res->kind == KIND_ASSIGNMENT)
		return edge_level(r, res);
	/* Someone can act as it. */
	if (res->kind == KIND_IAM_ROLE || res->kind == KIND_PERMISSION_SET)
		level = LEVEL_READ;
	for (uint16_t a = 0; a < kinds[res->kind]->attrs; a++) {
		enum worth worth = worth_of(res->kind, a);

		if (worth == WORTH_OWN || worth == WORTH_GROUP)
			level = level_most(level,
					   value_level(r, &kinds[res->kind]->attr[a], res->v[a]));
	}
	return level;
}

/* Of all that it gives, in git or live. Groups that hold one another are no more than none. */
static enum level row_level(struct ranking *r, const struct row *row)
{
	enum level level = LEVEL_NONE, given = LEVEL_NONE;

	if (level_get(r->known, row->address->s, &level))
		return level;
	map_put_lasting(r->known, row->address->s, &marks[LEVEL_NONE]);
	level = level_most(resource_level(r, row->head), resource_level(r, row->live));
	if (!row->head && !row->live)
		level = resource_level(r, row->base);
	if (str_starts(row->address->s, "identity_")) {
		given_read(r);
		level_get(r->given, row->address->s, &given);
	}
	level = level_most(level, given);
	map_put_lasting(r->known, row->address->s, &marks[level]);
	return level;
}

static enum level diff_level(struct ranking *r, const struct attr *attr, const struct diff *d)
{
	if (d->key && attr->type != ATTR_POLICIES)
		return named_level(r, d->key);
	return level_most(value_level(r, attr, d->head), value_level(r, attr, d->live));
}

enum drift_rank ranking_of(struct ranking *r, const struct row *row, const struct diff *d)
{
	const struct resource *res = row->head   ? row->head
				     : row->live ? row->live
				     : row->base ? row->base
						 : row->leftover;

	switch (worth_of(res->kind, d ? d->attr : WHOLE)) {
	case WORTH_NOTHING:
		return DRIFT_RANK_PLAIN;
	case WORTH_WRITE:
		return DRIFT_RANK_WRITE;
	case WORTH_FENCE:
		return DRIFT_RANK_ADMINISTRATOR;
	case WORTH_OWN:
	case WORTH_GROUP:
		return ranks[diff_level(r, &kinds[res->kind]->attr[d->attr], d)];
	case WORTH_RESOURCE:
	case WORTH_SET:
		break;
	}
	return ranks[row_level(r, row)];
}

enum drift_rank ranking_of_note(const char *kind)
{
	/* An attachment of a policy to what does not say what is attached to it. */
	return strcmp(kind, "policy") == 0 ? DRIFT_RANK_ADMINISTRATOR : DRIFT_RANK_PLAIN;
}

static bool settings_name(const struct config *config, const char *s)
{
	for (size_t i = 0; config && i < config->settings.guards.break_glass.n; i++)
		if (pattern_match(config->settings.guards.break_glass.at[i]->s, s))
			return true;
	return false;
}

bool ranking_is_break_glass(const struct ranking *r, const char *address, const char *element)
{
	const struct config *head = r->plan->in->head_config, *base = r->plan->in->base_config;

	return settings_name(head, address) || settings_name(base, address) ||
	       (element && (settings_name(head, element) || settings_name(base, element)));
}
