/* Whether the policies that permission sets name exist in the accounts. */
#include "state/presence.h"

#include <stdlib.h>
#include <string.h>

static int presence_cmp(const struct policy_presence *a, const struct policy_presence *b)
{
	int order = text_cmp(a->account, b->account);

	return order != 0 ? order : text_cmp(a->policy, b->policy);
}

static int presence_cmp_ptr(const void *a, const void *b)
{
	return presence_cmp(*(struct policy_presence *const *)a,
			    *(struct policy_presence *const *)b);
}

void side_policies_asked(struct side *side, struct policy_presence **at, size_t n)
{
	struct policies_asked *asked = arena_alloc(side->arena, sizeof(*asked));

	qsort(at, n, sizeof(at[0]), presence_cmp_ptr);
	*asked = (struct policies_asked){n, at};
	side->policies = asked;
}

static enum presence presence_asked(const struct side *live, const struct text *account,
				    const struct text *policy)
{
	const struct policy_presence key = {.account = account, .policy = policy};
	const struct policy_presence *wanted = &key;
	struct policy_presence **found = NULL;

	if (live->policies != NULL && live->policies->n > 0)
		found = bsearch(&wanted, live->policies->at, live->policies->n,
				sizeof(live->policies->at[0]), presence_cmp_ptr);
	return found != NULL ? (*found)->presence : POLICY_UNREAD;
}

char *customer_policy_arn(const struct world *world, const struct text *account,
			  const struct text *policy)
{
	const char *partition = world->partition == NULL ? "aws" : world->partition->s;

	return xasprintf("arn:%s:iam::%s:policy%s", partition, account->s, policy->s);
}

enum presence customer_policy_presence(const struct side *live, const struct text *account,
				       const struct text *policy)
{
	auto_free char *scope = xasprintf("iam/%s", account->s);
	auto_free char *arn = customer_policy_arn(&live->world, account, policy);
	auto_free char *key = xasprintf("iam_policy %s", arn);

	if (map_get(live->by_id, key) != NULL)
		return POLICY_PRESENT;
	if (side_scope_state(live, scope) == SCOPE_WHOLE)
		return POLICY_ABSENT;
	return presence_asked(live, account, policy);
}

const struct text *customer_policy_address(struct arena *arena, const struct text *account,
					   const struct text *policy)
{
	const char *slash = strrchr(policy->s, '/');

	return address_make(arena, kinds[KIND_IAM_POLICY]->name, address_name(arena, account)->s,
			    slash == NULL ? policy->s : slash + 1);
}

bool customer_policy_declared(struct arena *arena, const struct bound *bound,
			      const struct text *account, const struct text *policy)
{
	const char *name = strrchr(policy->s, '/') + 1;
	const struct row *row = bound_find(bound, customer_policy_address(arena, account, policy));
	const struct value *path;

	if (row == NULL || row->head == NULL || row->head->flags & RES_ENDED)
		return false;
	path = &row->head->v[IAMPOLICY_PATH];
	if (path->state != VALUE_TEXT)
		return name == policy->s + 1;
	return path->u.text->len == (size_t)(name - policy->s) &&
	       memcmp(path->u.text->s, policy->s, path->u.text->len) == 0;
}

/* What it is once head is applied: both, where head manages some elements alone. */
static size_t values_of(const struct row *set, uint16_t attr, const struct value *out[2])
{
	const struct value *head = set->head == NULL ? NULL : &set->head->v[attr];
	const struct value *live = set->live == NULL ? NULL : &set->live->v[attr];
	bool declared = head != NULL && head->state != VALUE_UNSET;
	size_t n = 0;

	if (declared)
		out[n++] = head;
	if (live != NULL && (!declared || head->only))
		out[n++] = live;
	return n;
}

static int text_cmp_ptr(const void *a, const void *b)
{
	return text_cmp(*(const struct text *const *)a, *(const struct text *const *)b);
}

static size_t texts_unique(const struct text **at, size_t n)
{
	size_t kept = 0;

	qsort(at, n, sizeof(at[0]), text_cmp_ptr);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || !text_eq(at[kept - 1], at[i]))
			at[kept++] = at[i];
	}
	return kept;
}

static size_t policies_of(struct arena *arena, const struct row *set, const struct text ***out)
{
	static const uint16_t attrs[] = {PSET_CUSTOMER, PSET_BOUNDARY};
	VEC(const struct text *) found = {0};
	const struct value *values[2];
	size_t n;

	for (size_t a = 0; a < sizeof(attrs) / sizeof(attrs[0]); a++) {
		size_t sources = values_of(set, attrs[a], values);

		for (size_t i = 0; i < sources; i++) {
			const struct value *v = values[i];

			if (v->state == VALUE_TEXT && v->u.text->s[0] == '/')
				vec_push(&found, v->u.text);
			for (uint32_t k = 0; v->state == VALUE_SET && k < v->u.set->n; k++)
				vec_push(&found, v->u.set->item[k].key);
		}
	}
	n = found.n == 0 ? 0 : texts_unique(found.at, found.n);
	*out = arena_array(arena, n, sizeof(struct text *));
	if (n > 0)
		memcpy(*out, found.at, n * sizeof(struct text *));
	free(found.at);
	return n;
}

const struct named_policies *customer_policies_named(struct arena *arena, const struct bound *bound,
						     struct map *known, const struct text *set)
{
	struct named_policies *named = map_get(known, set->s);

	if (named != NULL)
		return named;
	named = arena_alloc(arena, sizeof(*named));
	named->set = bound_find(bound, set);
	if (named->set != NULL)
		named->n = policies_of(arena, named->set, &named->policy);
	map_put(known, set->s, named);
	return named;
}
