/* Users and groups that memberships and assignments name, and that no listing showed: gone, or left
 * out by a listing that was not whole, as while an identity provider is synchronizing. */
#include "aws/sso/reading.h"

#include <string.h>

/* Asked about at once. One who is there tells that the listing was cut, and of whom there are many
 * then. Where all of these are gone, so may the others be: years of deletions. */
#define STRANGERS_BATCH 20

static uint32_t stranger_scope(const struct identity_crawl *c, uint16_t kind)
{
	return kind == KIND_IDENTITY_USER ? c->users : c->groups;
}

bool stranger_meet(struct crawl *crawl, uint16_t kind, const struct text *id)
{
	struct identity_crawl *c = crawl->identity;
	auto_free char *raw = xasprintf("%s/~%s", kinds[kind]->name, id->s);
	const struct resource *listed = map_get(crawl->side->by_address, raw);
	struct stranger *stranger;

	if (listed != NULL || map_get(c->stranger, raw) != NULL)
		return listed != NULL;
	stranger = arena_alloc(crawl->arena, sizeof(*stranger));
	*stranger = (struct stranger){.kind = kind, .id = id};
	map_put(c->stranger, raw, stranger);
	vec_push(&c->strangers, stranger);
	return false;
}

static size_t strangers_count(const struct identity_crawl *c, uint16_t kind,
			      enum stranger_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < c->strangers.n; i++)
		n += c->strangers.at[i]->kind == kind && c->strangers.at[i]->state == state;
	return n;
}

static void stranger_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct stranger *stranger = read->own;

	(void)crawl;
	(void)page;
	stranger->state = STRANGER_THERE;
}

static bool stranger_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	struct stranger *stranger = read->own;

	(void)crawl;
	if (strcmp(code, "ResourceNotFoundException") != 0)
		return false;
	stranger->state = STRANGER_GONE;
	return true;
}

static void stranger_ask(struct crawl *crawl, struct stranger *stranger)
{
	bool user = stranger->kind == KIND_IDENTITY_USER;
	struct read read = {.op = user ? OP_IDENTITY_STORE_DescribeUser
				       : OP_IDENTITY_STORE_DescribeGroup,
			    .scope = stranger_scope(crawl->identity, stranger->kind),
			    .own = stranger,
			    .page = stranger_page,
			    .refused = stranger_refused};
	json_t *input = identity_store_input(crawl);

	json_object_set_new(input, user ? "UserId" : "GroupId", json_of_text(stranger->id));
	stranger->state = STRANGER_ASKED;
	crawl_read(crawl, &read, input);
}

static size_t kind_ask(struct crawl *crawl, uint16_t kind)
{
	struct identity_crawl *c = crawl->identity;
	size_t asked = 0;

	if (crawl->side->scopes.at[stranger_scope(c, kind)].code != NULL ||
	    strangers_count(c, kind, STRANGER_THERE) > 0 ||
	    strangers_count(c, kind, STRANGER_ASKED) > 0)
		return 0;
	for (size_t i = 0; i < c->strangers.n && asked < STRANGERS_BATCH; i++) {
		if (c->strangers.at[i]->kind != kind || c->strangers.at[i]->state != STRANGER_NEW)
			continue;
		stranger_ask(crawl, c->strangers.at[i]);
		asked++;
	}
	return asked;
}

bool strangers_ask(struct crawl *crawl)
{
	size_t users = kind_ask(crawl, KIND_IDENTITY_USER);

	return users + kind_ask(crawl, KIND_IDENTITY_GROUP) > 0;
}

/* Those that were not asked about count as there. */
static void kind_settle(struct crawl *crawl, uint16_t kind, size_t listed)
{
	struct identity_crawl *c = crawl->identity;
	bool user = kind == KIND_IDENTITY_USER;
	size_t n = 0;
	const struct text *first = NULL;
	auto_free char *message = NULL;

	for (size_t i = 0; i < c->strangers.n; i++) {
		const struct stranger *one = c->strangers.at[i];

		if (one->kind != kind || one->state == STRANGER_GONE)
			continue;
		n++;
		if (first == NULL || text_cmp(one->id, first) < 0)
			first = one->id;
	}
	if (first == NULL)
		return;
	message = xasprintf("%s listed %zu, but not %zu that %s name (%s is one): none of what it "
			    "did not list is taken for absent. Is the identity provider still "
			    "synchronizing?",
			    user ? "ListUsers" : "ListGroups", listed, n,
			    user ? "groups and assignments" : "assignments", first->s);
	scope_fail(crawl->side, stranger_scope(c, kind), "IncompleteListing", message);
}

void strangers_settle(struct crawl *crawl)
{
	kind_settle(crawl, KIND_IDENTITY_USER, crawl->identity->people.n);
	kind_settle(crawl, KIND_IDENTITY_GROUP, crawl->identity->teams.n);
}

bool stranger_may_exist(const struct crawl *crawl, const char *raw)
{
	const struct stranger *stranger = map_get(crawl->identity->stranger, raw);

	return stranger != NULL && stranger->state != STRANGER_GONE;
}
