/* Who administers the management account, and the one where identities are kept. */
#include "reconciler/lockout.h"

#include "state/presence.h"

#include <string.h>

/* How each kind holds policies. 0: it has no such attribute (attribute 0 is the name). */
static const struct holder {
	uint16_t kind, managed, inlines, groups, boundary;
} holders[] = {
    {KIND_IAM_USER, USER_MANAGED, USER_INLINE, USER_GROUPS, USER_BOUNDARY},
    {KIND_IAM_GROUP, GROUP_MANAGED, GROUP_INLINE, 0, 0},
    {KIND_IAM_ROLE, ROLE_MANAGED, ROLE_INLINE, 0, ROLE_BOUNDARY},
};

static const struct holder *holder_of(uint16_t kind)
{
	for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
		if (holders[i].kind == kind)
			return &holders[i];
	return NULL;
}

/* What one policy or principal says of administration. A denial overrules, whoever allows. */
struct says {
	bool gives, denies;
};

static void document_says(struct fold *f, const struct text *document, struct says *says)
{
	const struct policy *policy = document ? fold_document(f, document) : NULL;

	says->gives = says->gives || policy_is_administrator(policy);
	says->denies = says->denies || policy_denies_administration(policy);
}

/* AWS's own policy, or one of the account whose document is as much. */
static void policy_says(struct fold *f, const struct text *policy, struct says *says)
{
	const struct thing *t;

	if (str_starts(policy->s, "arn:")) {
		says->gives =
		    says->gives || str_ends(policy->s, ":iam::aws:policy/AdministratorAccess");
		says->denies = says->denies || str_ends(policy->s, ":iam::aws:policy/AWSDenyAll");
		return;
	}
	t = fold_find(f, policy);
	if (t && t->exists && t->kind == KIND_IAM_POLICY &&
	    t->v[IAMPOLICY_DOCUMENT].state == VALUE_TEXT)
		document_says(f, t->v[IAMPOLICY_DOCUMENT].u.text, says);
}

static void holder_says(struct fold *f, const struct thing *t, struct says *says)
{
	const struct holder *h = holder_of(t->kind);
	const struct value *managed, *inlines;

	if (!h || !t->exists)
		return;
	managed = &t->v[h->managed];
	inlines = &t->v[h->inlines];
	for (uint32_t i = 0; managed->state == VALUE_SET && i < managed->u.set->n; i++)
		policy_says(f, managed->u.set->item[i].key, says);
	for (uint32_t i = 0; inlines->state == VALUE_SET && i < inlines->u.set->n; i++)
		document_says(f, inlines->u.set->item[i].value, says);
}

static struct says thing_says(struct fold *f, const struct thing *t)
{
	const struct holder *h = holder_of(t->kind);
	const struct value *groups = h && h->groups ? &t->v[h->groups] : NULL;
	struct says says = {0};

	if (t->kind == KIND_IAM_POLICY)
		policy_says(f, t->address, &says);
	holder_says(f, t, &says);
	for (uint32_t i = 0; groups && groups->state == VALUE_SET && i < groups->u.set->n; i++) {
		const struct thing *group = fold_find(f, groups->u.set->item[i].key);

		if (group)
			holder_says(f, group, &says);
	}
	return says;
}

bool thing_gives_administration(struct fold *f, const struct thing *t)
{
	struct says says = t->exists ? thing_says(f, t) : (struct says){0};

	return says.gives && !says.denies;
}

bool address_touches_administration(struct fold *f, const struct text *address)
{
	const struct thing *t = fold_find(f, address);
	struct says says = {0};

	if (!t) /* AWS's own */
		policy_says(f, address, &says);
	else if (t->exists)
		says = thing_says(f, t);
	return says.gives || says.denies;
}

bool thing_is_held_back(struct fold *f, const struct thing *t)
{
	const struct value *boundary = &t->v[holder_of(t->kind)->boundary];
	struct says says = {0};

	if (boundary->state != VALUE_TEXT)
		return false;
	policy_says(f, boundary->u.text, &says);
	return !says.gives || says.denies;
}

static struct says set_says(struct fold *f, struct arena *arena, const struct text *account,
			    const struct value *set)
{
	const struct value *managed = &set[PSET_MANAGED], *customer = &set[PSET_CUSTOMER];
	struct says says = {0};

	for (uint32_t i = 0; managed->state == VALUE_SET && i < managed->u.set->n; i++)
		policy_says(f, managed->u.set->item[i].key, &says);
	for (uint32_t i = 0; customer->state == VALUE_SET && i < customer->u.set->n; i++)
		policy_says(f,
			    customer_policy_address(arena, account, customer->u.set->item[i].key),
			    &says);
	if (set[PSET_INLINE].state == VALUE_TEXT)
		document_says(f, set[PSET_INLINE].u.text, &says);
	return says;
}

bool set_holds_administration(struct fold *f, struct arena *arena, const struct text *account,
			      const struct value *set)
{
	return set_says(f, arena, account, set).gives;
}

bool set_gives_administration(struct fold *f, struct arena *arena, const struct text *account,
			      const struct value *set)
{
	const struct value *boundary = &set[PSET_BOUNDARY];
	struct says says = set_says(f, arena, account, set), beyond = {0};

	if (!says.gives || says.denies || !value_says(boundary))
		return says.gives && !says.denies;
	policy_says(f,
		    str_starts(boundary->u.text->s, "arn:")
			? boundary->u.text
			: customer_policy_address(arena, account, boundary->u.text),
		    &beyond);
	return beyond.gives && !beyond.denies;
}

/* Whether somebody else than the run can become the role. */
struct entrance {
	struct fold *fold;
	const struct resource *self;
	bool open;
};

/* What a trust policy names was not deleted by the plan, as far as it was read. */
static bool named_exists(const struct entrance *e, const char *arn)
{
	static const struct {
		const char *mark;
		uint16_t kind;
	} marks[] = {{":user/", KIND_IAM_USER},
		     {":role/", KIND_IAM_ROLE},
		     {":oidc-provider/", KIND_IAM_OIDC_PROVIDER}};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		const struct thing *t;

		if (!strstr(arn, marks[i].mark))
			continue;
		t = fold_by_id(e->fold, marks[i].kind, arn);
		return !t || t->exists;
	}
	return true;
}

static void entrance_try(void *ctx, const struct trusted *t)
{
	struct entrance *e = ctx;

	if (t->what == TRUSTED_SERVICE || t->denied)
		return;
	if (e->self && e->self->id && strcmp(e->self->id->s, t->principal) == 0)
		return;
	e->open = e->open || t->what == TRUSTED_EVERYONE || named_exists(e, t->principal);
}

static bool role_is_reachable(struct fold *f, const struct resource *self, const struct thing *t)
{
	struct entrance e = {.fold = f, .self = self};

	/* Not read: it is not for us to say that nobody can. */
	if (t->v[ROLE_TRUST].state != VALUE_TEXT)
		return t->v[ROLE_TRUST].state == VALUE_UNSET;
	policy_trusted(fold_document(f, t->v[ROLE_TRUST].u.text), entrance_try, &e);
	return e.open;
}

bool thing_administers(struct fold *f, const struct resource *self, const struct thing *t)
{
	if (!t->exists || (t->kind != KIND_IAM_USER && t->kind != KIND_IAM_ROLE))
		return false;
	if ((self && text_eq(self->address, t->address)) || !thing_gives_administration(f, t) ||
	    thing_is_held_back(f, t))
		return false;
	return t->kind == KIND_IAM_USER || role_is_reachable(f, self, t);
}
