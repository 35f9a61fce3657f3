/* table: few things of which base, head and live each say what chance gives them, so that every row
 * of the three-way table comes up again and again. */
#include "reconciler/selftest.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS "iam.accounts." SELF_ACCOUNT ".groups"
#define USERS  "iam.accounts." SELF_ACCOUNT ".users"

static const char *const values[] = {"x", "y", "z"};
static const char *const keys[] = {"k1", "k2", "k3", "k4", "k5", "k6"};
static const char *const attached[] = {"p1", "p2", "p3"};
static const char *const members[] = {"g1", "g2", "g3"};
static const char *const inlines[] = {"i1", "i2", "i3"};

struct table {
	struct chance *chance;
	json_t *a, *b, *hands;
};

static json_t *tags_some(struct chance *c)
{
	json_t *tags = json_object();

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (chance_of(c, 60))
			json_object_set_new(tags, keys[i], json_string(chance_word(c, values, 2)));
	return tags;
}

static json_t *names_some(struct chance *c, const char *const *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < 3; i++)
		if (chance_of(c, 50))
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static json_t *documents_some(struct chance *c)
{
	json_t *map = json_object();

	for (size_t i = 0; i < 3; i++)
		if (chance_of(c, 50))
			json_object_set_new(map, inlines[i],
					    draft_document(2 * chance_below(c, 2)));
	return map;
}

/* Declared here or not; whole, or just its elements. */
static void list_declare(struct chance *c, json_t *row, const char *name, json_t *list)
{
	unsigned n = chance_below(c, 10);

	if (n == 0)
		json_decref(list);
	else if (n == 1)
		json_object_set_new(row, name, json_pack("{s:o}", "only", list));
	else
		json_object_set_new(row, name, list);
}

static void map_declare(struct chance *c, json_t *row, const char *name, json_t *map)
{
	if (chance_of(c, 15))
		json_decref(map);
	else
		json_object_set_new(row, name, map);
}

static void text_declare(struct chance *c, json_t *row, const char *name)
{
	if (chance_of(c, 75))
		json_object_set_new(row, name, json_string(chance_word(c, values, 3)));
}

static void fill(struct chance *c, json_t *draft)
{
	json_t *unit = draft_part(draft, "units.t", true);
	json_t *policy = draft_part(draft, "policies.q", true);
	json_t *user = draft_part(draft, USERS ".t", true);
	json_t *group = draft_part(draft, GROUPS ".g1", true);

	/* What is never taken away, since no removal may be of all. */
	draft_part(draft, GROUPS ".keep", true);
	json_object_update_new(draft_part(draft, USERS ".keep", true),
			       json_pack("{s:[s], s:{s:o}}", "groups", "keep", "inline_policies",
					 "keep", draft_document(0)));
	for (size_t i = 0; i < 3; i++) {
		auto_free char *path = xasprintf("policies.%s.document", attached[i]);

		json_object_update_new(draft_part(draft, path, true), draft_document(10));
		free(path);
		path = xasprintf(GROUPS ".%s", members[i]);
		draft_part(draft, path, true);
	}
	list_declare(c, unit, "policies", names_some(c, attached));
	map_declare(c, unit, "tags", tags_some(c));
	json_object_set_new(policy, "document", draft_document(2 * chance_below(c, 2)));
	text_declare(c, policy, "description");
	map_declare(c, policy, "tags", tags_some(c));
	list_declare(c, user, "groups", names_some(c, members));
	map_declare(c, user, "inline_policies", documents_some(c));
	map_declare(c, user, "tags", tags_some(c));
	map_declare(c, group, "inline_policies", documents_some(c));
}

/* Each of these is in base, head and live, or not. */
static void wholes_add(struct table *t, unsigned i)
{
	auto_free char *policy = xasprintf("policies.w%u", i), *unit = xasprintf("units.w%u", i);
	json_t *drafts[] = {t->a, t->b};

	for (size_t k = 0; k < 2; k++) {
		if (chance_of(t->chance, 60))
			json_object_set_new(draft_part(drafts[k], policy, true), "document",
					    draft_document(2 * chance_below(t->chance, 2)));
		if (chance_of(t->chance, 60))
			json_object_set_new(draft_part(drafts[k], unit, true), "tags",
					    tags_some(t->chance));
	}
}

static void hand_add(struct table *t, const char *call, json_t *input)
{
	json_array_append_new(t->hands, json_pack("{s:s, s:o}", "call", call, "input", input));
}

static void wholes_handle(struct table *t, unsigned i)
{
	auto_free char *name = xasprintf("w%u", i), *policy = xasprintf("policy/%s", name);
	auto_free char *unit = xasprintf("unit/%s", name);
	json_auto_t *document = draft_document(2 * chance_below(t->chance, 2));
	auto_free char *text = json_dumps(document, 0);

	if (chance_of(t->chance, 30))
		json_array_append_new(t->hands, json_pack("{s:s}", "wipe", policy));
	if (chance_of(t->chance, 30))
		json_array_append_new(t->hands, json_pack("{s:s}", "wipe", unit));
	/* Refused where it is there already. */
	if (chance_of(t->chance, 40))
		hand_add(t, "organizations:CreatePolicy",
			 json_pack("{s:s, s:s, s:s, s:s}", "Name", name, "Description", "", "Type",
				   "SERVICE_CONTROL_POLICY", "Content", text));
	if (chance_of(t->chance, 40))
		hand_add(t, "organizations:CreateOrganizationalUnit",
			 json_pack("{s:s, s:s}", "ParentId", "${root}", "Name", name));
}

static void tags_handle(struct table *t, const char *call, const char *untag, const char *member,
			const char *id)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		unsigned n = chance_below(t->chance, 6);

		if (n < 3)
			hand_add(t, call,
				 json_pack("{s:s, s:[{s:s, s:s}]}", member, id, "Tags", "Key",
					   keys[i], "Value", values[n]));
		else if (n == 3)
			hand_add(t, untag,
				 json_pack("{s:s, s:[s]}", member, id, "TagKeys", keys[i]));
	}
}

static void lists_handle(struct table *t)
{
	for (size_t i = 0; i < 3; i++) {
		unsigned n = chance_below(t->chance, 4), m = chance_below(t->chance, 4);

		if (n < 2)
			hand_add(t, n ? "organizations:AttachPolicy" : "organizations:DetachPolicy",
				 json_pack("{s:o, s:s}", "PolicyId",
					   json_sprintf("${policy/%s}", attached[i]), "TargetId",
					   "${unit/t}"));
		if (m < 2)
			hand_add(t, m ? "iam:AddUserToGroup" : "iam:RemoveUserFromGroup",
				 json_pack("{s:s, s:s}", "UserName", "t", "GroupName", members[i]));
	}
}

static void inlines_handle(struct table *t, bool user)
{
	for (size_t i = 0; i < 3; i++) {
		unsigned n = chance_below(t->chance, 5);
		json_auto_t *document = draft_document(2 * n);
		auto_free char *text = json_dumps(document, 0);
		const char *who = user ? "UserName" : "GroupName", *name = user ? "t" : "g1";

		if (n < 3)
			hand_add(t, user ? "iam:PutUserPolicy" : "iam:PutGroupPolicy",
				 json_pack("{s:s, s:s, s:s}", who, name, "PolicyName", inlines[i],
					   "PolicyDocument", text));
		else if (n == 3)
			hand_add(t, user ? "iam:DeleteUserPolicy" : "iam:DeleteGroupPolicy",
				 json_pack("{s:s, s:s}", who, name, "PolicyName", inlines[i]));
	}
}

static void texts_handle(struct table *t)
{
	json_auto_t *document = draft_document(2 * chance_below(t->chance, 3));
	auto_free char *text = json_dumps(document, 0);

	if (chance_of(t->chance, 50))
		hand_add(t, "organizations:UpdatePolicy",
			 json_pack("{s:s, s:s}", "PolicyId", "${policy/q}", "Description",
				   chance_word(t->chance, values, 3)));
	if (chance_of(t->chance, 50))
		hand_add(t, "organizations:UpdatePolicy",
			 json_pack("{s:s, s:s}", "PolicyId", "${policy/q}", "Content", text));
}

json_t *table_make(struct chance *c)
{
	struct table t = {
	    .chance = c, .a = draft_small(), .b = draft_small(), .hands = json_array()};

	fill(c, t.a);
	fill(c, t.b);
	for (unsigned i = 0; i < 3; i++) {
		wholes_add(&t, i);
		wholes_handle(&t, i);
	}
	tags_handle(&t, "organizations:TagResource", "organizations:UntagResource", "ResourceId",
		    "${unit/t}");
	tags_handle(&t, "organizations:TagResource", "organizations:UntagResource", "ResourceId",
		    "${policy/q}");
	tags_handle(&t, "iam:TagUser", "iam:UntagUser", "UserName", "t");
	lists_handle(&t);
	inlines_handle(&t, true);
	inlines_handle(&t, false);
	texts_handle(&t);
	return json_pack("{s:{}, s:o, s:o, s:o}", "twin", "a", t.a, "hands", t.hands, "b", t.b);
}

int table_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
	      struct error *err)
{
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0 || stage_play(&s, err) < 0)
		return -1;
	return stage_one_writer(&s, err);
}
