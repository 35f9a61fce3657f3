/* How many administrators are left after each call. A few of them are kept as witnesses: as long as
 * enough of these still administer, nobody else is looked at. */
#include "reconciler/lockout.h"

#include <stdlib.h>
#include <string.h>

#define WITNESSES_MORE 8
#define SHOWN          4

typedef VEC(const struct text *) addresses;

/* An account, by the settings of one configuration: were the two taken together, a merge that
 * counts nobody there is would leave nobody to be missed. */
struct watched {
	const struct text *account; /* address */
	const char *what;
	const struct guard_settings *settings; /* of who counts; NULL: whoever administers */
	uint32_t needed;                       /* the minimum, or what is live where that is less */
	uint32_t left;                         /* at the last count */
	addresses principals, witnesses;
	struct center *center; /* who administers it by Identity Center */
};

struct administrators {
	const struct judge *judge;
	struct fold *fold;
	const struct resource *self;
	struct watched at[4];
	size_t n;
};

/* Of two settings the stricter: nobody may loosen what holds. */
static uint32_t minimum_of(const struct judge *j)
{
	uint32_t base = j->base && j->base->administrators ? j->base->administrators : 1;
	uint32_t head = j->head ? j->head->administrators : 0;

	return head > base ? head : base;
}

/* "group/NAME" is a group of this name in any account; else the address of a user, role or group.
 */
static bool settings_name(const struct guard_settings *s, const struct text *address)
{
	const char *name = strrchr(address->s, '/');
	auto_free char *bare = NULL;

	if (address_is(address, kinds[KIND_IAM_GROUP]->name))
		bare = xasprintf("group%s", name ? name : "/");
	for (size_t i = 0; i < s->administrator.n; i++)
		if (pattern_match(s->administrator.at[i]->s, address->s) ||
		    (bare && pattern_match(s->administrator.at[i]->s, bare)))
			return true;
	return false;
}

/* Under its name of today, too: else a merge could rename the group that counts and empty it. */
static bool is_named(const struct administrators *a, const struct guard_settings *s,
		     const struct text *address)
{
	return settings_name(s, address) || settings_name(s, address_live(a->judge->in, address));
}

static bool settings_count(const struct administrators *a, const struct guard_settings *s,
			   const struct thing *t)
{
	const struct value *groups = &t->v[USER_GROUPS];

	if (!s || !s->administrator.n || is_named(a, s, t->address))
		return true;
	if (t->kind != KIND_IAM_USER || groups->state != VALUE_SET)
		return false;
	for (uint32_t i = 0; i < groups->u.set->n; i++)
		if (is_named(a, s, groups->u.set->item[i].key))
			return true;
	return false;
}

/* What Identity Center makes of a permission set in an account: where that was read, the people who
 * come by it are counted. */
static bool role_is_of_center(const struct administrators *a, const struct thing *t)
{
	return a->judge->in->sides->live->world.instance_arn && t->kind == KIND_IAM_ROLE &&
	       t->v[ROLE_PATH].state == VALUE_TEXT &&
	       str_starts(t->v[ROLE_PATH].u.text->s, "/aws-reserved/sso.amazonaws.com/");
}

static bool principal_counts(const struct administrators *a, const struct watched *w,
			     const struct text *address)
{
	const struct thing *t;

	if (address_is(address, "identity_user") || address_is(address, "identity_group"))
		return center_administers(w->center, address);
	t = fold_find(a->fold, address);
	return t && !role_is_of_center(a, t) && thing_administers(a->fold, a->self, t) &&
	       settings_count(a, w->settings, t);
}

/* Witnesses anew, up to this many. */
static void watched_count(const struct administrators *a, struct watched *w, size_t most)
{
	w->witnesses.n = 0;
	for (size_t i = 0; i < w->principals.n && w->witnesses.n < most; i++)
		if (principal_counts(a, w, w->principals.at[i]))
			vec_push(&w->witnesses, w->principals.at[i]);
	w->left = (uint32_t)w->witnesses.n;
}

/* Whether they count the same. */
static bool settings_alike(const struct guard_settings *a, const struct guard_settings *b)
{
	size_t n = a ? a->administrator.n : 0;

	if (n != (b ? b->administrator.n : 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!text_eq(a->administrator.at[i], b->administrator.at[i]))
			return false;
	return true;
}

static void watch_add(struct administrators *a, const struct text *account, const char *what,
		      const struct guard_settings *settings)
{
	const struct side *live = a->judge->in->sides->live;
	struct watched *w;

	for (size_t i = 0; i < a->n; i++)
		if (text_eq(a->at[i].account, account) &&
		    settings_alike(a->at[i].settings, settings))
			return;
	w = &a->at[a->n++];
	w->account = account;
	w->what = what;
	w->settings = settings;
	w->center = center_new(a->judge->in, a->fold, account, settings);
	for (size_t i = 0; i < live->all.n; i++) {
		const struct resource *r = live->all.at[i];

		if ((r->kind == KIND_IAM_USER || r->kind == KIND_IAM_ROLE) &&
		    r->v[1].state == VALUE_TEXT && text_eq(r->v[1].u.text, account))
			vec_push(&w->principals, r->address);
	}
	for (size_t i = 0; center_principal(w->center, i); i++)
		vec_push(&w->principals, center_principal(w->center, i));
	watched_count(a, w, minimum_of(a->judge) + WITNESSES_MORE);
	w->needed = w->left < minimum_of(a->judge) ? w->left : minimum_of(a->judge);
}

/* jump.account of a configuration, as an address; or NULL. */
static const struct text *jump_account(const struct plan_input *in, const struct config *config)
{
	const struct text *name = config ? config_jump_account(config) : NULL;

	return name ? address_make(in->arena, "account", name->s, NULL) : NULL;
}

static const struct text *identity_account(const struct plan_input *in)
{
	const struct text *account = jump_account(in, in->head_config);

	if (!account)
		account = jump_account(in, in->base_config);
	return account ? account : account_of_id(in, in->sides->live->world.caller_account);
}

struct watched_accounts watched_accounts(const struct plan_input *in)
{
	return (struct watched_accounts){
	    .management = account_of_id(in, in->sides->live->world.management_account),
	    .identity = identity_account(in)};
}

/* A pattern that is misspelt would count nobody, and let everybody go. */
static void nobody_warn(const struct administrators *a, const struct text *account)
{
	const struct guard_settings *s = a->judge->head;

	if (!s || !s->administrator.n)
		return;
	for (size_t i = 0; i < a->n; i++)
		if (settings_alike(a->at[i].settings, s) && a->at[i].left)
			return;
	judge_warn(a->judge, KIND_ACCOUNT, account,
		   "no administrator of it matches `guards: {administrators: {principals: ...}}`, "
		   "so that the guard has nobody to keep");
}

struct administrators *administrators_new(const struct judge *j, struct fold *f)
{
	struct administrators *a = xcalloc(1, sizeof *a);
	struct watched_accounts accounts = watched_accounts(j->in);

	a->judge = j;
	a->fold = f;
	a->self = self_identity(j->in);
	if (accounts.management) {
		watch_add(a, accounts.management, "management account", j->base);
		watch_add(a, accounts.management, "management account", j->head);
	}
	if (accounts.identity) {
		watch_add(a, accounts.identity, "identity account", j->base);
		watch_add(a, accounts.identity, "identity account", j->head);
	}
	if (accounts.management)
		nobody_warn(a, accounts.management);
	return a;
}

void administrators_free(struct administrators *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++) {
		free(a->at[i].principals.at);
		free(a->at[i].witnesses.at);
		center_free(a->at[i].center);
	}
	free(a);
}

static const struct text *account_of(struct fold *f, const struct text *address)
{
	const struct thing *t = fold_find(f, address);

	if (!t || !kind_is_iam(t->kind) || t->v[1].state != VALUE_TEXT)
		return NULL;
	return t->v[1].u.text;
}

/* Who is deleted may be whom alone a role of any other account trusts. */
static bool call_touches(const struct administrators *a, const struct watched *w,
			 const struct call *call)
{
	if ((call->ends && account_of(a->fold, call->ends)) ||
	    center_concerns(w->center, a->judge->plan->change, call))
		return true;
	for (uint32_t i = 0; i < call->facts; i++)
		if (text_eq(account_of(a->fold, call->fact[i].address), w->account))
			return true;
	return false;
}

static void names_add(struct buf *out, const addresses *list)
{
	for (size_t i = 0; i < list->n && i < SHOWN; i++)
		buf_printf(out, "%s%s", i ? ", " : "", list->at[i]->s);
	if (list->n > SHOWN)
		buf_printf(out, " and %zu more", list->n - SHOWN);
	if (!list->n)
		buf_puts(out, "nobody");
}

static void few_tell(const struct watched *w, const struct call *call, const addresses *lost,
		     struct findings *out)
{
	auto_buf takes = BUF_INIT(1 << 16), left = BUF_INIT(1 << 16);

	names_add(&takes, lost);
	names_add(&left, &w->witnesses);
	finding(out,
		"call %u, %s, takes administrator access to the %s (%s) from %s: left is %s, and "
		"at least %u must be; give it to somebody else first, in a merge of its own",
		call->n, call->op->name, w->what, w->account->s, buf_str(&takes), buf_str(&left),
		w->needed);
}

static void watched_after(const struct administrators *a, struct watched *w,
			  const struct call *call, struct findings *out)
{
	addresses lost = {0};
	size_t n = 0;

	for (size_t i = 0; i < w->witnesses.n; i++) {
		if (principal_counts(a, w, w->witnesses.at[i]))
			w->witnesses.at[n++] = w->witnesses.at[i];
		else
			vec_push(&lost, w->witnesses.at[i]);
	}
	w->witnesses.n = n;
	if (n < w->needed) {
		watched_count(a, w, w->needed + WITNESSES_MORE);
		if (w->left < w->needed) {
			few_tell(w, call, &lost, out);
			w->needed = w->left; /* said once for each step down */
		}
	}
	free(lost.at);
}

static void principal_made(struct administrators *a, const struct call *call)
{
	const struct thing *t = call->makes ? fold_find(a->fold, call->makes) : NULL;

	if (!t || (t->kind != KIND_IAM_USER && t->kind != KIND_IAM_ROLE))
		return;
	for (size_t i = 0; i < a->n; i++)
		if (text_eq(t->v[1].u.text, a->at[i].account))
			vec_push(&a->at[i].principals, t->address);
}

void administrators_after(struct administrators *a, const struct call *call, struct findings *out)
{
	principal_made(a, call);
	for (size_t i = 0; i < a->n; i++) {
		struct watched *w = &a->at[i];

		if (!call_touches(a, w, call))
			continue;
		center_after(w->center, a->judge->plan->change, call);
		watched_after(a, w, call, out);
	}
}

const char *administrators_count(struct administrators *a)
{
	const char *all = NULL;

	for (size_t i = 0; i < a->n; i++) {
		struct watched *w = &a->at[i];

		if (i > 0 && text_eq(w->account, a->at[i - 1].account))
			continue;
		watched_count(a, w, w->principals.n);
		if (w->principals.n)
			all = arena_printf(a->judge->arena, "%s%s%u of %s", all ? all : "",
					   all ? ", " : "", w->left, w->account->s);
	}
	return all;
}
