/* The identity store: users, groups, and who is in which. */
#include "aws/identitystore/identitystore.h"

/* Users and groups are read alike. */
struct store_kind {
	uint16_t kind;
	enum op_id list, describe, find;
	const char *listed;    /* member of a page: "Users" */
	const char *id, *name; /* of one: "UserId", "UserName" */
	const char *path;      /* what it is found by */
	void (*record)(struct crawl *, struct resource *, const json_t *);
};

static void user_record(struct crawl *, struct resource *, const json_t *);
static void group_record(struct crawl *, struct resource *, const json_t *);

static const struct store_kind store_user = {KIND_IDENTITY_USER,
					     OP_IDENTITY_STORE_ListUsers,
					     OP_IDENTITY_STORE_DescribeUser,
					     OP_IDENTITY_STORE_GetUserId,
					     "Users",
					     "UserId",
					     "UserName",
					     "userName",
					     user_record};
static const struct store_kind store_group = {KIND_IDENTITY_GROUP,
					      OP_IDENTITY_STORE_ListGroups,
					      OP_IDENTITY_STORE_DescribeGroup,
					      OP_IDENTITY_STORE_GetGroupId,
					      "Groups",
					      "GroupId",
					      "DisplayName",
					      "displayName",
					      group_record};

/* What a reading of users or groups carries along. */
struct store_reading {
	const struct store_kind *of;
	identity_listed *each; /* or NULL */
};

json_t *identity_store_input(const struct crawl *crawl)
{
	charter_assert(crawl->side->world.identity_store != NULL);
	return json_pack("{s:s}", "IdentityStoreId", crawl->side->world.identity_store->s);
}

/* Whoever came by SCIM or from a directory is known there under an id of its own. */
static struct value synced_value(struct crawl *crawl, const json_t *object)
{
	const json_t *ids;

	return reply_list(object, "ExternalIds", &ids) > 0 ? value_str(crawl->arena, "yes")
							   : VALUE_EMPTY;
}

/* The primary one, else the first. */
static struct value email_value(struct crawl *crawl, const json_t *object)
{
	const json_t *list, *chosen = NULL;
	size_t n = reply_list(object, "Emails", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *email = json_array_get(list, i);

		if (chosen == NULL ||
		    (reply_bool(email, "Primary") && !reply_bool(chosen, "Primary")))
			chosen = email;
	}
	return crawl_value(crawl, chosen, "Value");
}

static void user_record(struct crawl *crawl, struct resource *user, const json_t *object)
{
	user->v[IDUSER_GIVEN_NAME] = crawl_value(crawl, object, "Name.GivenName");
	user->v[IDUSER_FAMILY_NAME] = crawl_value(crawl, object, "Name.FamilyName");
	user->v[IDUSER_DISPLAY_NAME] = crawl_value(crawl, object, "DisplayName");
	user->v[IDUSER_EMAIL] = email_value(crawl, object);
	user->v[IDUSER_SYNCED] = synced_value(crawl, object);
}

static void group_record(struct crawl *crawl, struct resource *group, const json_t *object)
{
	group->v[IDGROUP_DESCRIPTION] = crawl_value(crawl, object, "Description");
	group->v[IDGROUP_SYNCED] = synced_value(crawl, object);
}

/* What stands on two pages, since another went from the first meanwhile, is recorded once. */
static void store_record(struct crawl *crawl, const struct read *read, const json_t *object)
{
	const struct store_reading *reading = read->own;
	const struct text *id = crawl_text(crawl, object, reading->of->id);
	const struct text *name = crawl_text(crawl, object, reading->of->name);
	struct resource *resource;

	if (id == NULL || name == NULL) {
		crawl_bad_reply(crawl, read, "has a user or group without id or name");
		return;
	}
	resource = crawl_resource(crawl, reading->of->kind, id);
	if (resource->v[0].state != VALUE_UNSET)
		return;
	resource->v[0] = value_text(name);
	reading->of->record(crawl, resource, object);
	crawl_created(crawl, resource, object, "CreatedAt");
	crawl_recorded(crawl, resource);
	if (reading->each != NULL)
		reading->each(crawl, resource);
}

static void store_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct store_reading *reading = read->own;
	const json_t *list;
	size_t n = reply_list(page, reading->of->listed, &list);

	if (!reply_has_list(page, reading->of->listed))
		crawl_bad_reply(crawl, read, "has no list");
	for (size_t i = 0; i < n; i++)
		store_record(crawl, read, json_array_get(list, i));
}

static void store_list(struct crawl *crawl, uint32_t scope, const struct store_kind *of,
		       identity_listed *each)
{
	struct store_reading *reading = arena_alloc(crawl->arena, sizeof(*reading));
	struct read read = {.op = of->list, .scope = scope, .own = reading, .page = store_page};

	*reading = (struct store_reading){of, each};
	crawl_read(crawl, &read, identity_store_input(crawl));
}

static void store_describe(struct crawl *crawl, uint32_t scope, const struct store_kind *of,
			   const struct text *id)
{
	struct store_reading *reading = arena_alloc(crawl->arena, sizeof(*reading));
	struct read read = {
	    .op = of->describe, .scope = scope, .own = reading, .page = store_record};
	json_t *input = identity_store_input(crawl);

	*reading = (struct store_reading){.of = of};
	json_object_set_new(input, of->id, json_of_text(id));
	crawl_read(crawl, &read, input);
}

static void store_found(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct store_reading *reading = read->own;
	const struct text *id = crawl_text(crawl, page, reading->of->id);

	if (id == NULL)
		crawl_bad_reply(crawl, read, "has no id");
	else
		store_describe(crawl, read->scope, reading->of, id);
}

static void store_find(struct crawl *crawl, uint32_t scope, const struct store_kind *of,
		       const struct text *name)
{
	struct store_reading *reading = arena_alloc(crawl->arena, sizeof(*reading));
	struct read read = {.op = of->find, .scope = scope, .own = reading, .page = store_found};
	json_t *input = identity_store_input(crawl);

	*reading = (struct store_reading){.of = of};
	json_object_set_new(input, "AlternateIdentifier",
			    json_pack("{s:{s:s, s:o}}", "UniqueAttribute", "AttributePath",
				      of->path, "AttributeValue", json_of_text(name)));
	crawl_read(crawl, &read, input);
}

void identity_users_list(struct crawl *crawl, uint32_t scope, identity_listed *each)
{
	store_list(crawl, scope, &store_user, each);
}

void identity_groups_list(struct crawl *crawl, uint32_t scope, identity_listed *each)
{
	store_list(crawl, scope, &store_group, each);
}

void identity_user_read(struct crawl *crawl, uint32_t scope, const struct text *id)
{
	store_describe(crawl, scope, &store_user, id);
}

void identity_user_named_read(struct crawl *crawl, uint32_t scope, const struct text *name)
{
	store_find(crawl, scope, &store_user, name);
}

void identity_group_read(struct crawl *crawl, uint32_t scope, const struct text *id)
{
	store_describe(crawl, scope, &store_group, id);
}

void identity_group_named_read(struct crawl *crawl, uint32_t scope, const struct text *name)
{
	store_find(crawl, scope, &store_group, name);
}
