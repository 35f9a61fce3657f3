/* The members of groups. */
#include "aws/identitystore/identitystore.h"

#include "state/canon.h"

#include <string.h>

static void member_add(struct crawl *crawl, struct identity_members *members,
		       const struct text *user, const struct text *membership)
{
	struct identity_member *member = arena_alloc(crawl->arena, sizeof(*member));

	*member = (struct identity_member){user, membership, members->first};
	members->first = member;
}

static void members_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "GroupMemberships", "memberships", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(list, i);
		const struct text *user = crawl_text(crawl, one, "MemberId.UserId");
		const struct text *membership = crawl_text(crawl, one, "MembershipId");

		if (user == NULL || membership == NULL)
			crawl_bad_reply(crawl, read, "has a membership without user or id");
		else
			member_add(crawl, read->own, user, membership);
	}
}

static void members_whole(struct crawl *crawl, const struct read *read)
{
	struct identity_members *members = read->own;

	members->whole(crawl, members);
}

void identity_members_list(struct crawl *crawl, uint32_t scope, struct resource *group,
			   identity_members_whole *whole)
{
	struct identity_members *members = arena_alloc(crawl->arena, sizeof(*members));
	struct read read = {.op = OP_IDENTITY_STORE_ListGroupMemberships,
			    .scope = scope,
			    .own = members,
			    .page = members_page,
			    .whole = members_whole};
	json_t *input = identity_store_input(crawl);

	*members = (struct identity_members){.group = group, .whole = whole};
	json_object_set_new(input, "GroupId", json_of_text(group->id));
	crawl_read(crawl, &read, input);
}

/* Users that the side has are written as there, so that each of their addresses is kept once. */
static const struct text *user_address(struct crawl *crawl, const struct text *id)
{
	const struct resource *user = side_by_id(crawl->side, KIND_IDENTITY_USER, id);

	return user != NULL ? user->address : address_raw(crawl->arena, "identity_user", id->s);
}

void identity_members_know(struct crawl *crawl, struct identity_members *members)
{
	json_auto_t *aux = json_object();

	for (const struct identity_member *m = members->first; m != NULL; m = m->next) {
		json_object_set_new(aux, m->user->s, json_of_text(m->membership));
		side_add(crawl->side, members->group, IDGROUP_MEMBERS, user_address(crawl, m->user),
			 NULL);
	}
	side_know(crawl->side, members->group, IDGROUP_MEMBERS);
	members->group->aux = canon_json(crawl->arena, aux);
}

static void member_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct text *membership = crawl_text(crawl, page, "MembershipId");

	if (membership == NULL) {
		crawl_bad_reply(crawl, read, "has no id of a membership");
		return;
	}
	member_add(crawl, read->own, read->note, membership);
	identity_members_know(crawl, read->own);
}

/* No such membership; or no such group or user, in which there is none either. */
static bool member_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	if (strcmp(code, "ResourceNotFoundException") != 0)
		return false;
	identity_members_know(crawl, read->own);
	return true;
}

void identity_member_read(struct crawl *crawl, uint32_t scope, const struct text *group,
			  const struct text *user)
{
	struct identity_members *members = arena_alloc(crawl->arena, sizeof(*members));
	struct read read = {.op = OP_IDENTITY_STORE_GetGroupMembershipId,
			    .scope = scope,
			    .note = user,
			    .own = members,
			    .page = member_page,
			    .refused = member_refused};
	json_t *input = identity_store_input(crawl);

	members->group = crawl_resource(crawl, KIND_IDENTITY_GROUP, group);
	json_object_set_new(input, "GroupId", json_of_text(group));
	json_object_set_new(input, "MemberId", json_pack("{s:o}", "UserId", json_of_text(user)));
	crawl_read(crawl, &read, input);
}

const struct text *identity_membership(struct arena *arena, const struct resource *group,
				       const struct text *user)
{
	auto_free char *key = xasprintf("\"%s\":\"", user->s);
	const char *at = group->aux == NULL ? NULL : strstr(group->aux->s, key);

	if (at == NULL)
		return NULL;
	at += strlen(key);
	return text_new(arena, at, strcspn(at, "\""));
}
