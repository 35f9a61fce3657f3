/* Assignments as replies show them: by pair of set and account, or by user and group. */
#include "aws/sso/reading.h"

#include <stdlib.h>
#include <string.h>

/* Requests that are queued at once: their inputs stand in memory meanwhile. */
#define BATCH 2000
/* Assignments on a page. */
#define PAGE 100

/* How a reply calls users and groups. */
struct principal_type {
	uint16_t kind;
	const char *type, *word; /* of the id, of the raw address */
};
static const struct principal_type principal_types[] = {
    {KIND_IDENTITY_USER, "USER", "user"},
    {KIND_IDENTITY_GROUP, "GROUP", "group"},
};

/* NULL: none that is known here. */
static const struct principal_type *principal_type(const char *type)
{
	for (size_t i = 0; i < sizeof(principal_types) / sizeof(principal_types[0]); i++) {
		if (type != NULL && strcmp(type, principal_types[i].type) == 0)
			return &principal_types[i];
	}
	return NULL;
}

static const struct principal_type *principal_type_of(uint16_t kind)
{
	return &principal_types[kind == KIND_IDENTITY_GROUP];
}

/* What stands on two pages, or was read by principal before, is recorded once. */
static struct resource *assignment_known(const struct crawl *crawl, const char *address)
{
	return map_get(crawl->side->by_address, address);
}

/* As a reply shows it. NULL: the reply lacks something, or what it means is not known; the crawl
 * was told. */
static struct resource *assignment_record(struct crawl *crawl, const struct read *read,
					  const json_t *row)
{
	const char *set = reply_str(row, "PermissionSetArn"),
		   *account = reply_str(row, "AccountId");
	const char *id = reply_str(row, "PrincipalId");
	const struct principal_type *of = principal_type(reply_str(row, "PrincipalType"));
	auto_free char *address = NULL;
	struct resource *edge;

	if (set == NULL || account == NULL || id == NULL || of == NULL) {
		crawl_bad_reply(crawl, read,
				"has an assignment that lacks its set, account or principal");
		return NULL;
	}
	address = xasprintf("assignment/~%s/%s/%s/%s", set, account, of->word, id);
	edge = assignment_known(crawl, address);
	if (edge != NULL)
		return edge;
	edge = side_resource(crawl->side, KIND_ASSIGNMENT, text_str(crawl->arena, address),
			     text_printf(crawl->arena, "%s/%s/%s/%s", set, account, of->type, id));
	edge->owner = sso_ref(crawl, "permission_set", set);
	edge->v[ASSIGNMENT_SET] = value_text(edge->owner);
	edge->v[ASSIGNMENT_ACCOUNT] = value_text(sso_ref(crawl, "account", account));
	edge->v[ASSIGNMENT_PRINCIPAL] = value_text(sso_ref(crawl, kinds[of->kind]->name, id));
	return edge;
}

/* Part of a full reading. */

static void set_missing(struct identity_crawl *c, const struct text *raw)
{
	if (map_put(c->set_missing, raw->s, c) == NULL &&
	    (c->set_missed == NULL || text_cmp(raw, c->set_missed) < 0))
		c->set_missed = raw;
}

/* What stands in an account that is shut is nobody's, and what is of a set or a principal that no
 * listing showed is judged by nobody. */
static void assignment_place(struct crawl *crawl, struct resource *edge, const json_t *row)
{
	struct identity_crawl *c = crawl->identity;
	const struct principal_type *of = principal_type(reply_str(row, "PrincipalType"));
	const struct resource *account = sso_account(crawl, reply_str(row, "AccountId"));

	if (account != NULL && sso_account_shut(account))
		edge->flags |= RES_FOREIGN;
	if (side_find(crawl->side, edge->owner) == NULL) {
		set_missing(c, edge->owner);
		edge->flags |= RES_FOREIGN;
	}
	if (side_find(crawl->side, edge->v[ASSIGNMENT_PRINCIPAL].u.text) == NULL) {
		stranger_meet(crawl, of->kind, crawl_text(crawl, row, "PrincipalId"));
		vec_push(&c->strange, edge);
	}
}

static void rows_each(struct crawl *crawl, const struct read *read, const json_t *page,
		      bool (*wanted)(const struct read *, const json_t *))
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "AccountAssignments", "assignments", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(list, i);
		struct resource *edge;

		if (!wanted(read, row))
			continue;
		edge = assignment_record(crawl, read, row);
		if (edge != NULL && crawl->identity != NULL)
			assignment_place(crawl, edge, row);
	}
}

/* What is not said is shown to be bad. */
static bool says_other(const json_t *row, const char *member, const struct text *wanted)
{
	const char *s = reply_str(row, member);

	return s != NULL && strcmp(s, wanted->s) != 0;
}

static bool row_any(const struct read *read, const json_t *row)
{
	(void)read;
	(void)row;
	return true;
}

/* Those that a user has by a group are asked for with the group. */
static bool row_own(const struct read *read, const json_t *row)
{
	const char *type = reply_str(row, "PrincipalType");

	return !says_other(row, "PrincipalId", read->about->id) &&
	       (type == NULL || strcmp(type, principal_type_of(read->about->kind)->type) == 0);
}

static void pair_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	rows_each(crawl, read, page, row_any);
}

static void sample_see(struct identity_crawl *c, const struct sso_principal *principal,
		       const json_t *list)
{
	for (size_t i = 0; principal == c->sample && i < json_array_size(list); i++) {
		const char *type = reply_str(json_array_get(list, i), "PrincipalType");

		c->inherits = c->inherits || (type != NULL && strcmp(type, "GROUP") == 0);
	}
}

static void principal_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct sso_principal *principal = read->own;
	const json_t *list;

	principal->rows += reply_list(page, "AccountAssignments", &list);
	sample_see(crawl->identity, principal, list);
	rows_each(crawl, read, page, row_own);
}

void pair_read(struct crawl *crawl, uint32_t scope, const struct text *set,
	       const struct text *account)
{
	struct read read = {
	    .op = OP_SSO_ADMIN_ListAccountAssignments, .scope = scope, .page = pair_page};
	json_t *input = instance_input(crawl);

	json_object_set_new(input, "PermissionSetArn", json_of_text(set));
	json_object_set_new(input, "AccountId", json_of_text(account));
	crawl_read(crawl, &read, input);
}

static void principal_read(struct crawl *crawl, uint32_t scope, struct sso_principal *principal)
{
	struct resource *who = principal->who;
	struct read read = {.op = OP_SSO_ADMIN_ListAccountAssignmentsForPrincipal,
			    .scope = scope,
			    .about = who,
			    .own = principal,
			    .page = principal_page};
	json_t *input = instance_input(crawl);

	principal->asked = true;
	json_object_set_new(input, "PrincipalId", json_of_text(who->id));
	json_object_set_new(input, "PrincipalType",
			    json_string(principal_type_of(who->kind)->type));
	crawl_read(crawl, &read, input);
}

/* Only the management account is told by principal. Where sets were not listed the pairs are not
 * known. */
static bool reads_by_principal(const struct crawl *crawl)
{
	const struct identity_crawl *c = crawl->identity;
	const struct world *world = &crawl->side->world;

	return !c->wanted.exact && world->management_account != NULL &&
	       text_eq(world->management_account, world->caller_account) &&
	       (c->people.n + c->teams.n < c->pairs.n || sso_scope_failed(crawl, c->sets));
}

/* Adds to each user what the groups have that it is in. */
static void users_inherit(const struct identity_crawl *c)
{
	for (size_t i = 0; i < c->membership.n; i++) {
		const struct identity_members *members = c->membership.at[i];
		const struct sso_principal *group =
		    map_get(c->principal, members->group->address->s);
		const struct identity_member *m = members->first;

		for (; m != NULL; m = m->next) {
			auto_free char *raw = xasprintf("identity_user/~%s", m->user->s);
			struct sso_principal *user = map_get(c->principal, raw);

			if (user != NULL)
				user->rows += group->rows;
		}
	}
}

/* With what they have by groups. The first who has any may tell whether that is shown. */
static size_t users_pages(struct identity_crawl *c)
{
	size_t pages = 0;

	users_inherit(c);
	for (size_t i = 0; i < c->people.n; i++) {
		size_t rows = c->people.at[i]->rows;

		pages += rows == 0 ? 1 : (rows + PAGE - 1) / PAGE;
		if (rows > 0 && c->sample == NULL)
			c->sample = c->people.at[i];
	}
	return pages;
}

/* A set leaves an account with its last assignment there: who has it in an account where nobody was
 * seen to have it was not listed, or is gone. */
static void pairs_keep_rest(struct crawl *crawl)
{
	struct identity_crawl *c = crawl->identity;
	auto_map *seen = map_new();
	size_t kept = 0;

	for (size_t i = 0; i < crawl->side->all.n; i++) {
		const struct resource *edge = crawl->side->all.at[i];
		auto_free char *key = NULL;

		if (edge->kind != KIND_ASSIGNMENT)
			continue;
		key = xasprintf("%s %s", edge->owner->s, edge->v[ASSIGNMENT_ACCOUNT].u.text->s);
		map_put(seen, key, c);
	}
	for (size_t i = 0; i < c->pairs.n; i++) {
		auto_free char *key = xasprintf("permission_set/~%s account/~%s",
						c->pairs.at[i].set->s, c->pairs.at[i].account->s);

		if (map_get(seen, key) == NULL)
			c->pairs.at[kept++] = c->pairs.at[i];
	}
	c->pairs.n = kept;
}

static enum assignment_stage stage_next(struct crawl *crawl)
{
	struct identity_crawl *c = crawl->identity;

	if (c->stage == STAGE_USERS) {
		pairs_keep_rest(crawl);
		return STAGE_REST;
	}
	if (c->stage == STAGE_SAMPLE)
		return c->inherits ? STAGE_PAIRS : STAGE_USERS;
	return sso_scope_failed(crawl, c->sets) || users_pages(c) < c->pairs.n ? STAGE_USERS
									       : STAGE_SAMPLE;
}

/* Of principals, or sets, that were not listed no assignment is seen. */
static void stage_begin(struct crawl *crawl, enum assignment_stage stage)
{
	struct identity_crawl *c = crawl->identity;
	bool people = sso_scope_failed(crawl, c->users) || sso_scope_failed(crawl, c->groups);

	c->stage = stage;
	c->asked = 0;
	if (stage == STAGE_USERS && people)
		scope_fail(crawl->side, c->assignments, "IncompleteListing",
			   "those of users and groups that were not listed are not known");
	if (stage == STAGE_PAIRS && sso_scope_failed(crawl, c->sets))
		scope_fail(crawl->side, c->assignments, "IncompleteListing",
			   "those of permission sets that were not listed are not known");
}

static size_t stage_size(const struct identity_crawl *c)
{
	switch (c->stage) {
	case STAGE_GROUPS:
		return c->teams.n;
	case STAGE_SAMPLE:
		return 1;
	case STAGE_USERS:
		return c->people.n;
	case STAGE_REST:
	case STAGE_PAIRS:
		break;
	}
	return c->pairs.n;
}

static struct sso_principal *stage_principal(const struct identity_crawl *c, size_t i)
{
	if (c->stage == STAGE_SAMPLE)
		return c->sample;
	return c->stage == STAGE_GROUPS ? c->teams.at[i] : c->people.at[i];
}

static void stage_ask(struct crawl *crawl, uint32_t scope, size_t i)
{
	const struct identity_crawl *c = crawl->identity;

	if (c->stage >= STAGE_REST)
		pair_read(crawl, scope, c->pairs.at[i].set, c->pairs.at[i].account);
	else if (!stage_principal(c, i)->asked)
		principal_read(crawl, scope, stage_principal(c, i));
}

/* Who may not ask the first of them may not ask the others. */
static bool assignments_denied(const struct crawl *crawl)
{
	const struct text *code = crawl->side->scopes.at[crawl->identity->assignments].code;

	return code != NULL && str_starts(code->s, "AccessDenied");
}

static void assignments_more(struct crawl *crawl, uint32_t scope)
{
	struct identity_crawl *c = crawl->identity;
	size_t n, end;

	if (assignments_denied(crawl))
		return;
	while (c->stage < STAGE_REST && c->asked == stage_size(c))
		stage_begin(crawl, stage_next(crawl));
	n = stage_size(c);
	if (c->asked == n)
		return;
	for (end = n - c->asked > BATCH ? c->asked + BATCH : n; c->asked < end; c->asked++)
		stage_ask(crawl, scope, c->asked);
	scope_then(crawl, scope, assignments_more);
}

void assignments_read(struct crawl *crawl)
{
	stage_begin(crawl, reads_by_principal(crawl) ? STAGE_GROUPS : STAGE_PAIRS);
	assignments_more(crawl, crawl->identity->assignments);
}
