/* What somebody else does behind the program's back: one real operation on what exists, chosen by
 * the seed. Candidates are tried from a random one on until AWS's rules admit one. */
#include "aws/twin/faults.h"

#include "aws/twin/sso_priv.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_MAX   16 /* of candidates that AWS may refuse */
#define CANDIDATES_MAX (1u << 16)

struct change_run {
	struct twin *twin;
	const char *account; /* the management account */
	struct random_seeded random;
	char word[16]; /* of this change alone: "1f03c2" */
};

/* Something that may be changed: ids and rows are borrowed from the state, which the first change
 * that succeeds makes stale. */
struct candidate {
	const char *account, *id, *other; /* account: whose IAM; NULL: the organization */
	json_t *row;
};
struct candidates {
	VEC(struct candidate) list;
};

typedef void on_collect(struct change_run *, struct candidates *);
typedef bool on_change(struct change_run *, const struct candidate *);

static uint64_t dice(struct change_run *run, uint64_t sides)
{
	return sides == 0 ? 0 : run->random.base.next(&run->random.base) % sides;
}

/* True: AWS did it. Takes the input. */
static bool ask(struct change_run *run, const char *account, const char *service,
		const char *operation, json_t *input)
{
	char code[64];
	json_auto_t *result = twin_do(run->twin, account, service, operation, input, code);

	return result != NULL;
}

/* The same of an account's IAM, or (NULL) of the organization. */
static bool do_it(struct change_run *run, const char *account, const char *operation, json_t *input)
{
	if (account == NULL)
		return ask(run, run->account, "organizations", operation, input);
	return ask(run, account, "iam", operation, input);
}

/* The same of Identity Center and its identity store. */
static bool do_in_center(struct change_run *run, const char *service, const char *operation,
			 json_t *input)
{
	bool store = strcmp(service, "identitystore") == 0;
	const char *member = store ? "IdentityStoreId" : "InstanceArn";

	json_object_set(input, member, json_object_get(idc_instance(run->twin), member));
	return ask(run, run->account, service, operation, input);
}

static bool is_set(const struct candidate *c)
{
	return json_object_get(c->row, "PermissionSetArn") != NULL;
}

static bool key_is_ours(const char *key)
{
	return strncmp(key, "charter:", 8) != 0 && strncmp(key, "aws:", 4) != 0;
}

static bool row_is_aws(const json_t *row)
{
	return json_is_true(json_object_get(row, "AwsManaged"));
}

static void rows_collect(struct change_run *run, struct candidates *all, const char *table)
{
	const char *id;
	json_t *row;

	json_object_foreach(twin_table(run->twin, table), id, row)
	{
		if (!row_is_aws(row))
			vec_push(&all->list, ((struct candidate){.id = id, .row = row}));
	}
}

static void iam_collect(struct change_run *run, struct candidates *all, const char *table)
{
	const char *account, *id;
	json_t *iam, *row;

	json_object_foreach(twin_table(run->twin, "iam"), account, iam)
	{
		json_object_foreach(json_object_get(iam, table), id, row)
		{
			vec_push(&all->list,
				 ((struct candidate){.account = account, .id = id, .row = row}));
		}
	}
}

static void tag_collect(struct change_run *run, struct candidates *all)
{
	rows_collect(run, all, "units");
	rows_collect(run, all, "accounts");
	rows_collect(run, all, "policies");
	iam_collect(run, all, "users");
	rows_collect(run, all, "permission_sets");
}

/* A tag key that is nobody's own, or NULL. */
static const char *tag_pick(struct change_run *run, const json_t *tags)
{
	const char *key, *picked = NULL;
	json_t *value;
	uint64_t n = 0;

	json_object_foreach((json_t *)tags, key, value)
	{
		if (key_is_ours(key) && dice(run, ++n) == 0)
			picked = key;
	}
	return picked;
}

static bool tag_send(struct change_run *run, const struct candidate *c, const char *key,
		     const char *value)
{
	json_t *input = json_object();

	if (c->account != NULL)
		json_object_set(input, "UserName", json_object_get(c->row, "UserName"));
	else
		json_object_set_new(input, is_set(c) ? "ResourceArn" : "ResourceId",
				    json_string(c->id));
	if (value == NULL)
		json_object_set_new(input, "TagKeys", json_pack("[s]", key));
	else
		json_object_set_new(input, "Tags",
				    json_pack("[{s:s, s:s}]", "Key", key, "Value", value));
	if (c->account != NULL)
		return do_it(run, c->account, value == NULL ? "UntagUser" : "TagUser", input);
	if (is_set(c))
		return do_in_center(run, "sso-admin",
				    value == NULL ? "UntagResource" : "TagResource", input);
	return do_it(run, NULL, value == NULL ? "UntagResource" : "TagResource", input);
}

static bool tag_change(struct change_run *run, const struct candidate *c)
{
	auto_free char *key = NULL;
	const char *present = tag_pick(run, json_object_get(c->row, "tags"));
	uint64_t way = present == NULL ? 0 : dice(run, 3);

	if (way == 0)
		key = xasprintf("outside-%s", run->word);
	else
		key = xstrdup(present);
	return tag_send(run, c, key, way == 2 ? NULL : run->word);
}

static void set_policies_collect(struct change_run *run, struct candidates *all)
{
	const char *arn, *policy;
	json_t *set, *one;

	json_object_foreach(twin_table(run->twin, "permission_sets"), arn, set)
	{
		json_object_foreach(json_object_get(set, "managed"), policy, one)
		{
			vec_push(&all->list,
				 ((struct candidate){.id = arn, .other = policy, .row = set}));
		}
	}
}

static void detach_collect(struct change_run *run, struct candidates *all)
{
	const char *id, *target;
	json_t *row, *one;

	json_object_foreach(twin_table(run->twin, "policies"), id, row)
	{
		if (row_is_aws(row))
			continue;
		json_object_foreach(json_object_get(row, "targets"), target, one)
		{
			vec_push(&all->list,
				 ((struct candidate){.id = id, .other = target, .row = row}));
		}
	}
	set_policies_collect(run, all);
}

static bool detach_change(struct change_run *run, const struct candidate *c)
{
	if (is_set(c))
		return do_in_center(run, "sso-admin", "DetachManagedPolicyFromPermissionSet",
				    json_pack("{s:s, s:s}", "PermissionSetArn", c->id,
					      "ManagedPolicyArn", c->other));
	return do_it(run, NULL, "DetachPolicy",
		     json_pack("{s:s, s:s}", "PolicyId", c->id, "TargetId", c->other));
}

static void rename_collect(struct change_run *run, struct candidates *all)
{
	rows_collect(run, all, "units");
	iam_collect(run, all, "groups");
	rows_collect(run, all, "identity_groups");
}

static bool rename_change(struct change_run *run, const struct candidate *c)
{
	auto_free char *name = xasprintf("renamed-%s", run->word);

	if (json_object_get(c->row, "DisplayName") != NULL)
		return do_in_center(run, "identitystore", "UpdateGroup",
				    json_pack("{s:s, s:[{s:s, s:s}]}", "GroupId", c->id,
					      "Operations", "AttributePath", "displayName",
					      "AttributeValue", name));
	if (c->account == NULL)
		return do_it(run, NULL, "UpdateOrganizationalUnit",
			     json_pack("{s:s, s:s}", "OrganizationalUnitId", c->id, "Name", name));
	return do_it(run, c->account, "UpdateGroup",
		     json_pack("{s:s, s:s}", "GroupName", row_str(c->row, "GroupName"),
			       "NewGroupName", name));
}

/* Each account with each place where it is not. */
static void move_collect(struct change_run *run, struct candidates *all)
{
	json_t *units = twin_table(run->twin, "units"), *row, *unit;
	const char *id, *unit_id;
	const char *root = row_str(json_object_get(run->twin->state, "root"), "Id");

	json_object_foreach(twin_table(run->twin, "accounts"), id, row)
	{
		const char *parent = row_str(row, "parent");

		if (*root != '\0' && strcmp(parent, root) != 0)
			vec_push(&all->list,
				 ((struct candidate){.id = id, .other = root, .row = row}));
		json_object_foreach(units, unit_id, unit)
		{
			if (all->list.n < CANDIDATES_MAX && strcmp(parent, unit_id) != 0)
				vec_push(&all->list, ((struct candidate){
							 .id = id, .other = unit_id, .row = row}));
		}
	}
}

static bool move_change(struct change_run *run, const struct candidate *c)
{
	return do_it(run, NULL, "MoveAccount",
		     json_pack("{s:s, s:s, s:s}", "AccountId", c->id, "SourceParentId",
			       row_str(c->row, "parent"), "DestinationParentId", c->other));
}

static void policy_collect(struct change_run *run, struct candidates *all)
{
	rows_collect(run, all, "policies");
	iam_collect(run, all, "policies");
	rows_collect(run, all, "permission_sets");
}

/* One more statement: the first again, under a name of its own. */
static bool statement_add(struct change_run *run, json_t *document)
{
	json_t *statements = json_object_get(document, "Statement");
	auto_free char *sid = xasprintf("Outside%s", run->word);
	json_t *copy;

	if (json_is_object(statements)) {
		json_object_set_new(document, "Statement", json_pack("[O]", statements));
		statements = json_object_get(document, "Statement");
	}
	if (!json_is_object(json_array_get(statements, 0)))
		return false;
	copy = json_deep_copy(json_array_get(statements, 0));
	json_object_set_new(copy, "Sid", json_string(sid));
	return json_array_append_new(statements, copy) == 0;
}

/* The text of the document with the change; NULL: it is none that is known how to change. */
static char *document_changed(struct change_run *run, const char *text, const char *type)
{
	json_auto_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	if (json_object_get(document, "Statement") != NULL) {
		if (!statement_add(run, document))
			return NULL;
	} else if (strcmp(type, "TAG_POLICY") == 0 && document != NULL) {
		auto_free char *key = xasprintf("outside%s", run->word);
		json_t *tags = twin_sub(document, "tags");

		json_object_set_new(tags, key, json_pack("{s:{s:s}}", "tag_key", "@@assign", key));
	} else {
		return NULL;
	}
	return json_dumps(document, JSON_COMPACT);
}

static const char *iam_document(const json_t *row)
{
	const json_t *versions = json_object_get(row, "versions");

	return row_str(json_object_get(versions, row_str(row, "DefaultVersionId")), "Document");
}

static bool policy_change(struct change_run *run, const struct candidate *c)
{
	bool iam = c->account != NULL;
	const char *text = iam         ? iam_document(c->row)
			   : is_set(c) ? row_str(c->row, "inline")
				       : row_str(c->row, "Content");
	auto_free char *changed = document_changed(run, text, row_str(c->row, "Type"));

	if (changed == NULL)
		return false;
	if (is_set(c))
		return do_in_center(
		    run, "sso-admin", "PutInlinePolicyToPermissionSet",
		    json_pack("{s:s, s:s}", "PermissionSetArn", c->id, "InlinePolicy", changed));
	if (!iam)
		return do_it(run, NULL, "UpdatePolicy",
			     json_pack("{s:s, s:s}", "PolicyId", c->id, "Content", changed));
	return do_it(run, c->account, "CreatePolicyVersion",
		     json_pack("{s:s, s:s, s:b}", "PolicyArn", c->id, "PolicyDocument", changed,
			       "SetAsDefault", 1));
}

/* Each row of the table with each of the other. */
static void pairs_collect(struct change_run *run, struct candidates *all, const char *table,
			  const char *others)
{
	const char *id, *other;
	json_t *row, *one;

	json_object_foreach(twin_table(run->twin, table), id, row)
	{
		json_object_foreach(twin_table(run->twin, others), other, one)
		{
			if (all->list.n < CANDIDATES_MAX)
				vec_push(&all->list, ((struct candidate){
							 .id = id, .other = other, .row = row}));
		}
	}
}

/* Each group with each user: who is a member leaves, who is none joins. */
static void member_collect(struct change_run *run, struct candidates *all)
{
	pairs_collect(run, all, "identity_groups", "identity_users");
}

static bool member_change(struct change_run *run, const struct candidate *c)
{
	const char *membership = row_str(json_object_get(c->row, "members"), c->other);

	if (*membership != '\0')
		return do_in_center(run, "identitystore", "DeleteGroupMembership",
				    json_pack("{s:s}", "MembershipId", membership));
	return do_in_center(
	    run, "identitystore", "CreateGroupMembership",
	    json_pack("{s:s, s:{s:s}}", "GroupId", c->id, "MemberId", "UserId", c->other));
}

/* Each set with each account: the first group gets or loses it there. */
static void assign_collect(struct change_run *run, struct candidates *all)
{
	pairs_collect(run, all, "permission_sets", "accounts");
}

static bool assign_change(struct change_run *run, const struct candidate *c)
{
	json_t *groups = twin_table(run->twin, "identity_groups");
	const char *group = json_object_iter_key(json_object_iter(groups));
	auto_free char *principal = xasprintf("GROUP/%s", group == NULL ? "" : group);

	if (group == NULL)
		return false;
	return do_in_center(run, "sso-admin",
			    idc_assigned(c->row, c->other, principal) ? "DeleteAccountAssignment"
								      : "CreateAccountAssignment",
			    json_pack("{s:s, s:s, s:s, s:s, s:s}", "PermissionSetArn", c->id,
				      "TargetId", c->other, "TargetType", "AWS_ACCOUNT",
				      "PrincipalType", "GROUP", "PrincipalId", group));
}

static const struct change_way {
	const char *name;
	on_collect *collect;
	on_change *change;
} ways[] = {
    {"tag", tag_collect, tag_change},          {"detach", detach_collect, detach_change},
    {"rename", rename_collect, rename_change}, {"move", move_collect, move_change},
    {"policy", policy_collect, policy_change}, {"member", member_collect, member_change},
    {"assign", assign_collect, assign_change},
};
#define WAYS (sizeof(ways) / sizeof(*ways))

static bool way_go(struct change_run *run, const struct change_way *way)
{
	struct candidates all = {.list = {0}};
	bool done = false;
	uint64_t start;

	way->collect(run, &all);
	start = dice(run, all.list.n);
	for (size_t i = 0; i < all.list.n && i < ATTEMPTS_MAX && !done; i++)
		done = way->change(run, &all.list.at[(start + i) % all.list.n]);
	free(all.list.at);
	return done;
}

void faults_change(struct twin *t, const char *what, uint64_t seed)
{
	struct change_run run = {.twin = t};
	auto_free char *account = xstrdup(row_str(t->state, "management"));
	size_t start;

	run.account = account;
	/* Jobs that are due end first: what is then collected stays while it is tried. */
	if (twin_has_organization(t))
		creations_settle(t);
	identity_settle(t);
	random_seed(&run.random, seed);
	snprintf(run.word, sizeof(run.word), "%06x", (unsigned)dice(&run, 1u << 24));
	start = (size_t)dice(&run, WAYS);
	for (size_t i = 0; i < WAYS; i++) {
		const struct change_way *way = &ways[(start + i) % WAYS];

		if (what == NULL || strcmp(what, "any") == 0) {
			if (way_go(&run, way))
				return;
		} else if (strcmp(way->name, what) == 0) {
			way_go(&run, way);
			return;
		}
	}
}
