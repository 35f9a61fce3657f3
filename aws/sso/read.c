/* The reading of IAM Identity Center. With U users, G groups of m_g members each, S permission sets
 * in k_s accounts each, s_s of them with an old version, its requests are
 *
 *     1 + U/100 + G/100 + sum over g of m_g/100
 *       + S/100 + 6 S + sum over s of k_s/100 + sum over s with k_s > 0 of s_s/100
 *       + sum over p of a_p/100 where p are U + G principals, or the pairs of set and account
 *
 * where each quotient is rounded up and at least 1; a_p is how many assignments each has, a user
 * with those by groups, where AWS shows these again. The management account alone may ask by
 * principal. It does where that takes fewer requests than asking by pair; where the reading is to
 * be exact it does not, since assignments of principals that were deleted are seen by pair alone.
 * Groups are asked first, and tell what users will take, with one user who is in one of them: where
 * that is more than there are pairs, they were asked for nothing. Users and groups that are named
 * and were not listed are looked up, some at a time, until one is found that is there. Where
 * principals were asked, so are the pairs of which none of them told: there are none, unless a
 * listing was not whole or a principal was deleted. */
#include "aws/sso/reading.h"

#include <stdlib.h>
#include <string.h>

static void identity_free(struct identity_crawl *c)
{
	free(c->people.at);
	free(c->teams.at);
	map_free(c->principal);
	free(c->membership.at);
	free(c->pairs.at);
	free(c->strangers.at);
	free(c->strange.at);
	map_free(c->stranger);
	map_free(c->set_missing);
	free(c);
}

static void identity_new(struct crawl *crawl, const struct identity_wanted *wanted)
{
	struct identity_crawl *c = xcalloc(1, sizeof(*c));

	charter_assert(crawl->identity == NULL);
	c->wanted = *wanted;
	c->principal = map_new();
	c->stranger = map_new();
	c->set_missing = map_new();
	/* What could not begin is then unread, since the scope that holds it failed. */
	c->center = scope_open(crawl, 0, "identity_center");
	c->users = scope_open(crawl, c->center, "identity_users");
	c->groups = scope_open(crawl, c->center, "identity_groups");
	c->members = scope_open(crawl, c->center, "identity_members");
	c->sets = scope_open(crawl, c->center, "permission_sets");
	c->assignments = scope_open(crawl, c->center, "assignments");
	crawl->identity = c;
	crawl->identity_free = identity_free;
}

const struct text *sso_ref(struct crawl *crawl, const char *kind, const char *id)
{
	auto_free char *raw = xasprintf("%s/~%s", kind, id);
	const struct resource *known = map_get(crawl->side->by_address, raw);

	return known != NULL ? known->address : text_str(crawl->arena, raw);
}

const struct resource *sso_account(const struct crawl *crawl, const char *id)
{
	auto_free char *raw = xasprintf("account/~%s", id);

	return map_get(crawl->side->by_address, raw);
}

bool sso_account_shut(const struct resource *account)
{
	return account->v[ACCOUNT_STATE].state == VALUE_TEXT &&
	       !text_is(account->v[ACCOUNT_STATE].u.text, "ACTIVE");
}

void sso_pair_found(struct crawl *crawl, const struct resource *set, const char *id)
{
	const struct resource *account = sso_account(crawl, id);

	if (crawl->identity == NULL)
		return;
	vec_push(&crawl->identity->pairs,
		 ((struct sso_pair){set->id, account != NULL && account->id != NULL
						 ? account->id
						 : text_str(crawl->arena, id)}));
}

/* The last phase: whose assignments nobody can judge. */
static void strange_settle(struct crawl *crawl, uint32_t scope)
{
	struct identity_crawl *c = crawl->identity;

	if (strangers_ask(crawl)) {
		scope_then(crawl, scope, strange_settle);
		return;
	}
	strangers_settle(crawl);
	for (size_t i = 0; i < c->strange.n; i++) {
		const struct text *raw = c->strange.at[i]->v[ASSIGNMENT_PRINCIPAL].u.text;

		if (stranger_may_exist(crawl, raw->s))
			c->strange.at[i]->flags |= RES_FOREIGN;
	}
}

static void sets_settle(struct crawl *crawl)
{
	struct identity_crawl *c = crawl->identity;
	auto_free char *message = NULL;

	if (c->set_missed == NULL)
		return;
	message = xasprintf("ListPermissionSets listed %zu, but not %zu that assignments name (%s "
			    "is one): none of what it did not list is taken for absent",
			    c->sets_n, map_count(c->set_missing),
			    c->set_missed->s + strlen("permission_set/~"));
	scope_fail(crawl->side, c->sets, "IncompleteListing", message);
}

/* After the assignments. */
static void strange_ask(struct crawl *crawl, uint32_t scope)
{
	sets_settle(crawl);
	strange_settle(crawl, scope);
}

bool sso_scope_failed(const struct crawl *crawl, uint32_t scope)
{
	return crawl->side->scopes.at[scope].state == SCOPE_PARTIAL;
}

/* A group that names somebody who may exist has members that are not known. A user who is gone is
 * in none. */
static bool members_certain(const struct crawl *crawl, struct identity_members *members)
{
	struct identity_member **at = &members->first;

	while (*at != NULL) {
		auto_free char *raw = xasprintf("identity_user/~%s", (*at)->user->s);

		if (map_get(crawl->side->by_address, raw) != NULL)
			at = &(*at)->next;
		else if (stranger_may_exist(crawl, raw))
			return false;
		else
			*at = (*at)->next;
	}
	return true;
}

/* After the look-up of those who are members and were not listed. */
static void members_settle(struct crawl *crawl, uint32_t scope)
{
	struct identity_crawl *c = crawl->identity;

	if (strangers_ask(crawl)) {
		scope_then(crawl, scope, members_settle);
		return;
	}
	strangers_settle(crawl);
	for (size_t i = 0; i < c->membership.n; i++) {
		if (members_certain(crawl, c->membership.at[i]))
			identity_members_know(crawl, c->membership.at[i]);
	}
	assignments_read(crawl);
	scope_then(crawl, scope, strange_ask);
}

/* After all listings. */
static void members_ask(struct crawl *crawl, uint32_t scope)
{
	struct identity_crawl *c = crawl->identity;

	for (size_t i = 0; i < c->membership.n; i++) {
		const struct identity_member *m = c->membership.at[i]->first;

		for (; m != NULL; m = m->next)
			stranger_meet(crawl, KIND_IDENTITY_USER, m->user);
	}
	members_settle(crawl, scope);
}

static void members_listed(struct crawl *crawl, struct identity_members *members)
{
	vec_push(&crawl->identity->membership, members);
}

static struct sso_principal *principal_new(struct crawl *crawl, struct resource *who)
{
	struct sso_principal *principal = arena_alloc(crawl->arena, sizeof(*principal));

	principal->who = who;
	map_put(crawl->identity->principal, who->address->s, principal);
	return principal;
}

static void user_listed(struct crawl *crawl, struct resource *user)
{
	vec_push(&crawl->identity->people, principal_new(crawl, user));
}

static void group_listed(struct crawl *crawl, struct resource *group)
{
	vec_push(&crawl->identity->teams, principal_new(crawl, group));
	identity_members_list(crawl, crawl->identity->members, group, members_listed);
}

static void instance_begin(struct crawl *crawl)
{
	struct identity_crawl *c = crawl->identity;

	identity_users_list(crawl, c->users, user_listed);
	identity_groups_list(crawl, c->groups, group_listed);
	sets_read(crawl, c->sets, SET_ALL);
	scope_then(crawl, c->center, members_ask);
}

static void instance_record(struct crawl *crawl, const struct read *read, const json_t *instance)
{
	const struct text *arn = crawl_text(crawl, instance, "InstanceArn");
	const struct text *store = crawl_text(crawl, instance, "IdentityStoreId");
	const char *status = reply_str(instance, "Status");

	if (status != NULL && strcmp(status, "ACTIVE") != 0)
		return;
	if (arn == NULL || store == NULL) {
		crawl_bad_reply(crawl, read, "has an instance without ARN or identity store");
		return;
	}
	crawl->identity->instances_n++;
	crawl->side->world.instance_arn = arn;
	crawl->side->world.identity_store = store;
}

static void instances_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "Instances", "instances", &list);

	for (size_t i = 0; i < n; i++)
		instance_record(crawl, read, json_array_get(list, i));
}

static void instances_whole(struct crawl *crawl, const struct read *read)
{
	const char *region = client_service_region(crawl->client, SERVICE_SSO_ADMIN), *code = NULL;
	auto_free char *message = NULL;

	if (crawl->identity->instances_n == 1) {
		instance_begin(crawl);
		return;
	}
	if (crawl->identity->instances_n == 0) {
		code = "NoInstance";
		message =
		    xasprintf("no active instance of IAM Identity Center is seen in %s: enable "
			      "it there, correct identity_center.region, or run in the "
			      "management account or the one that administers it",
			      region);
	} else {
		code = "ManyInstances";
		message =
		    xasprintf("%zu instances of IAM Identity Center are seen in %s: run in the "
			      "management account, or in an account without one of its own",
			      crawl->identity->instances_n, region);
	}
	crawl->side->world.instance_arn = crawl->side->world.identity_store = NULL;
	scope_fail(crawl->side, read->scope, code, message);
}

static void instances_ask(struct crawl *crawl)
{
	struct read read = {.op = OP_SSO_ADMIN_ListInstances,
			    .scope = crawl->identity->center,
			    .page = instances_page,
			    .whole = instances_whole};

	crawl_read(crawl, &read, NULL);
}

static void accounts_closed(struct crawl *crawl, uint32_t scope)
{
	(void)scope;
	instances_ask(crawl);
}

void identity_read(struct crawl *crawl, const struct identity_wanted *wanted)
{
	const size_t *accounts = map_get(crawl->side->by_scope, "accounts");

	identity_new(crawl, wanted);
	/* Names and states of accounts are looked at as assignments come. */
	if (accounts != NULL && crawl->side->scopes.at[*accounts].state == SCOPE_OPEN)
		scope_then(crawl, (uint32_t)*accounts, accounts_closed);
	else
		instances_ask(crawl);
}
