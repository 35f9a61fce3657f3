/* Inputs, and who stands in what: from a person or group to its groups and assignments. */
#include "aws/sso/center.h"

#include <stdlib.h>

/* Of the live side: a member and its group, or a principal and its assignment. */
struct center_tie {
	const struct text *who;
	const struct resource *in;
};
struct center_ties {
	size_t n;
	struct center_tie tie[]; /* sorted */
};

bool center_known(const struct calls *calls)
{
	const struct world *world = &calls->sides->live->world;

	return world->instance_arn != NULL && world->identity_store != NULL;
}

json_t *center_input(const struct calls *calls)
{
	return json_pack("{s:o}", "InstanceArn",
			 json_of_text(calls->sides->live->world.instance_arn));
}

json_t *center_store_input(const struct calls *calls)
{
	return json_pack("{s:o}", "IdentityStoreId",
			 json_of_text(calls->sides->live->world.identity_store));
}

const struct text *center_management(const struct calls *calls)
{
	const struct world *world = &calls->sides->live->world;

	return text_eq(world->management_account, world->caller_account)
		   ? NULL
		   : world->management_account;
}

void input_say(json_t *input, const char *member, const struct value *value)
{
	if (value_says(value))
		json_object_set_new(input, member, json_of_text(value->u.text));
}

static int tie_cmp(const void *pa, const void *pb)
{
	const struct center_tie *a = pa, *b = pb;
	int c = text_cmp(a->who, b->who);

	if (c != 0)
		return c;
	if (a->in->kind != b->in->kind)
		return a->in->kind < b->in->kind ? -1 : 1;
	return text_cmp(a->in->address, b->in->address);
}

/* How many ties a live resource has. */
static size_t ties_of(const struct resource *r)
{
	if (r->kind == KIND_ASSIGNMENT)
		return r->v[ASSIGNMENT_PRINCIPAL].state == VALUE_TEXT;
	if (r->kind == KIND_IDENTITY_GROUP && r->v[IDGROUP_MEMBERS].state == VALUE_SET)
		return r->v[IDGROUP_MEMBERS].u.set->n;
	return 0;
}

static struct center_tie *ties_put(struct center_tie *at, const struct resource *r)
{
	size_t n = ties_of(r);

	if (r->kind == KIND_ASSIGNMENT && n > 0)
		*at = (struct center_tie){r->v[ASSIGNMENT_PRINCIPAL].u.text, r};
	for (size_t i = 0; r->kind == KIND_IDENTITY_GROUP && i < n; i++)
		at[i] = (struct center_tie){r->v[IDGROUP_MEMBERS].u.set->item[i].key, r};
	return at + n;
}

/* Made once for all who go: a look at every group and assignment for each would be too slow. */
static const struct center_ties *ties_make(struct calls *calls)
{
	const struct side *live = calls->sides->live;
	struct center_ties *ties;
	struct center_tie *at;
	size_t n = 0;

	if (calls->center != NULL)
		return calls->center;
	for (size_t i = 0; i < live->all.n; i++)
		n += ties_of(live->all.at[i]);
	ties = arena_alloc(calls->arena, sizeof(*ties) + n * sizeof(ties->tie[0]));
	ties->n = n;
	at = ties->tie;
	for (size_t i = 0; i < live->all.n; i++)
		at = ties_put(at, live->all.at[i]);
	if (n > 1)
		qsort(ties->tie, n, sizeof(ties->tie[0]), tie_cmp);
	return calls->center = ties;
}

static size_t ties_first(const struct center_ties *ties, const struct text *who)
{
	size_t low = 0, high = ties->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_cmp(ties->tie[middle].who, who) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What is not ours is left as it is: that of a closed account, a group that others keep. */
static bool tie_is_ours(const struct calls *calls, const struct resource *in)
{
	const struct row *row = calls_row(calls, in->address);
	const struct kind *kind = kinds[in->kind];

	return (in->flags & RES_FOREIGN) == 0 && (kind->foreign == NULL || !kind->foreign(in)) &&
	       (row == NULL || row->head == NULL || (row->head->flags & RES_EXTERNAL) == 0);
}

void center_follow(struct calls *calls, struct call *call, const struct text *principal)
{
	const struct center_ties *ties = ties_make(calls);

	for (size_t i = ties_first(ties, principal);
	     i < ties->n && text_eq(ties->tie[i].who, principal); i++)
		if (ties->tie[i].in->kind == KIND_ASSIGNMENT)
			assignment_follow(calls, call, ties->tie[i].in);
}

void center_end_calls(struct calls *calls, const struct text *principal)
{
	const struct center_ties *ties = ties_make(calls);

	for (size_t i = ties_first(ties, principal);
	     i < ties->n && text_eq(ties->tie[i].who, principal); i++) {
		const struct resource *in = ties->tie[i].in;

		if (!tie_is_ours(calls, in))
			continue;
		if (in->kind == KIND_IDENTITY_GROUP) {
			if (!calls_take_out(calls, in->kind, in->address, IDGROUP_MEMBERS,
					    principal))
				membership_call(calls, in->address, principal, false);
		} else if (calls_change(calls, in->kind, in->address) == NULL) {
			assignment_end_call(calls, in);
		}
	}
}
