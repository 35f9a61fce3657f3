/* What the wires of AWS Organizations share while they read. */
#include "aws/org/org.h"

#include <stdlib.h>
#include <string.h>

static void org_free(void *priv)
{
	struct org *org = priv;

	free(org->parents.at);
	free(org->targets.at);
	free(org->services.at);
	free(org);
}

struct org *org_of(struct crawl *crawl)
{
	if (crawl->priv == NULL) {
		crawl->priv = xcalloc(1, sizeof(struct org));
		crawl->priv_free = org_free;
	}
	return crawl->priv;
}

const struct text *parent_raw(struct arena *arena, const char *id)
{
	return str_starts(id, "r-") ? text_str(arena, "root") : address_raw(arena, "unit", id);
}

static bool id_is_account(const char *id)
{
	return strlen(id) == 12 && strspn(id, "0123456789") == 12;
}

/* The kind that an id shows by its form; -1: none. */
static int id_kind(const char *id)
{
	if (str_starts(id, "r-"))
		return KIND_ORGANIZATION;
	if (str_starts(id, "ou-"))
		return KIND_UNIT;
	if (str_starts(id, "p-"))
		return KIND_POLICY;
	return id_is_account(id) ? KIND_ACCOUNT : -1;
}

struct resource *organization_resource(struct crawl *crawl)
{
	const struct text *address = text_str(crawl->arena, "organization");
	struct resource *found = side_find(crawl->side, address);

	if (found != NULL)
		return found;
	return side_resource(crawl->side, KIND_ORGANIZATION, address,
			     crawl->side->world.organization_id);
}

struct resource *org_find(const struct crawl *crawl, const char *id)
{
	const struct text *text = text_str(crawl->arena, id);
	int kind = id_kind(id);

	if (kind == KIND_ORGANIZATION)
		return side_find(crawl->side, text_str(crawl->arena, "organization"));
	return kind < 0 ? NULL : side_by_id(crawl->side, (uint16_t)kind, text);
}

struct resource *org_resource(struct crawl *crawl, const char *id)
{
	struct resource *found = org_find(crawl, id);
	int kind = id_kind(id);

	if (found != NULL || kind < 0)
		return found;
	if (kind == KIND_ORGANIZATION)
		return organization_resource(crawl);
	return side_resource(crawl->side, (uint16_t)kind,
			     address_raw(crawl->arena, kinds[kind]->name, id),
			     text_str(crawl->arena, id));
}

uint16_t tags_attr(uint16_t kind)
{
	switch (kind) {
	case KIND_UNIT:
		return UNIT_TAGS;
	case KIND_ACCOUNT:
		return ACCOUNT_TAGS;
	case KIND_POLICY:
		return POLICY_TAGS;
	default:
		return ORG_TAGS;
	}
}

uint16_t policies_attr(uint16_t kind)
{
	switch (kind) {
	case KIND_UNIT:
		return UNIT_POLICIES;
	case KIND_ACCOUNT:
		return ACCOUNT_POLICIES;
	default:
		return ORG_POLICIES;
	}
}

static void tags_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	crawl_tags_add(crawl, read, page, tags_attr(read->about->kind));
}

static void tags_whole(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, tags_attr(read->about->kind));
}

void tags_read(struct crawl *crawl, uint32_t scope, struct resource *about)
{
	const struct text *id =
	    about->kind == KIND_ORGANIZATION ? crawl->side->world.root_id : about->id;
	struct read read = {.op = OP_ORGANIZATIONS_ListTagsForResource,
			    .scope = scope,
			    .about = about,
			    .page = tags_page,
			    .whole = tags_whole};

	crawl_read(crawl, &read, json_pack("{s:s}", "ResourceId", id->s));
}
