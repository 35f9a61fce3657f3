/* What somebody does to IAM Identity Center outside git. */
#include "reconciler/selftest_draft.h"
#include "reconciler/selftest_hand.h"

#include <string.h>

/* Doing it. */

/* From now on an identity provider keeps it. */
int synchronize_do(struct twin *twin, const char *address, const char *id)
{
	const char *table =
	    str_starts(address, "identity_user/") ? "identity_users" : "identity_groups";
	auto_free char *path = xasprintf("%s.%s", table, id);
	json_auto_t *state = json_deep_copy(twin_state(twin));
	json_t *row = draft_part(state, path, false);
	auto_error ignored = {0};

	if (!row)
		return -1;
	json_object_set_new(
	    row, "ExternalIds",
	    json_pack("[{s:s, s:s}]", "Issuer", "https://idp.example.com", "Id", address));
	return twin_state_set(twin, state, &ignored);
}

/* Identity Center has ids from when it is asked for first. */
void center_ask(struct twin *twin)
{
	char code[64] = "";

	json_decref(twin_do(twin, NULL, "sso-admin", "ListInstances", json_object(), code));
}

/* What was begun by hand has ended before anybody looks. */
void jobs_end(struct twin *twin)
{
	json_t *running = json_object_get(twin_state(twin), "identity_running"), *due;
	const char *id;

	if (!json_object_size(running))
		return;
	json_object_foreach(running, id, due) json_integer_set(due, 0);
	center_ask(twin);
}

json_t *hand_center_input(const char *call, json_t *input)
{
	if (str_starts(call, "sso-admin:"))
		json_object_set_new(input, "InstanceArn", json_string("${center}"));
	if (str_starts(call, "identitystore:"))
		json_object_set_new(input, "IdentityStoreId", json_string("${store}"));
	return input;
}

json_t *center_before(const json_t *draft)
{
	static const char user[] = "identity_user/" OUTSIDE_USER,
			  group[] = "identity_group/" OUTSIDE_GROUP;

	if (!json_object_get(json_object_get(draft, "identity_center"), "source"))
		return NULL;
	return json_pack("[{s:s, s:{s:s}}, {s:s, s:{s:s, s:s, s:{s:s, s:s}}}, {s:s, s:{s:s}}, "
			 "{s:s, s:{s:o, s:{s:o}}}, {s:s}, {s:s}]",
			 "call", "organizations:CreateOrganization", "input", "FeatureSet", "ALL",
			 "call", "identitystore:CreateUser", "input", "UserName", OUTSIDE_USER,
			 "DisplayName", "Someone", "Name", "GivenName", "Some", "FamilyName", "One",
			 "call", "identitystore:CreateGroup", "input", "DisplayName", OUTSIDE_GROUP,
			 "call", "identitystore:CreateGroupMembership", "input", "GroupId",
			 token(group), "MemberId", "UserId", token(user), "synchronize", user,
			 "synchronize", group);
}

/* Choosing it. */

static json_t *assignment_input(const char *set, const char *account, const char *principal)
{
	bool user = str_starts(principal, "identity_user/");

	return json_pack("{s:o, s:s, s:o, s:s, s:o}", "TargetId", token(account), "TargetType",
			 "AWS_ACCOUNT", "PermissionSetArn", token(set), "PrincipalType",
			 user ? "USER" : "GROUP", "PrincipalId", token(principal));
}

bool hand_assign(struct hand *h)
{
	const char *set = any_pick(h, "permission_set"), *account = any_pick(h, "account");
	const char *principal =
	    any_pick(h, chance_of(h->chance, 60) ? "identity_group" : "identity_user");

	return set && account && principal && strcmp(set, "permission_set/keep-own") != 0 &&
	       hand_add(h, "sso-admin:CreateAccountAssignment",
			assignment_input(set, account, principal));
}

bool hand_unassign(struct hand *h)
{
	const char *address = any_pick(h, "assignment");
	auto_free char *set = NULL, *account = NULL, *principal = NULL;

	if (!address || str_starts(address, "assignment/keep-"))
		return false;
	set = assignment_set(address);
	account = assignment_account(address);
	principal = assignment_principal(address);
	return hand_add(h, "sso-admin:DeleteAccountAssignment",
			assignment_input(set, account, principal));
}

bool hand_team(struct hand *h)
{
	const char *group = thing_pick(h, "identity_group"), *user = any_pick(h, "identity_user");
	const json_t *members =
	    group ? json_object_get(json_object_get(h->a, group), "members") : NULL;
	const char *member = chance_key(h->chance, members, NULL);

	if (!group || !user)
		return false;
	if (member && chance_of(h->chance, 50))
		return hand_add(
		    h, "identitystore:DeleteGroupMembership",
		    json_pack("{s:o}", "MembershipId",
			      json_sprintf("${membership/%s/%s}", last_name(group), member)));
	return hand_add(h, "identitystore:CreateGroupMembership",
			json_pack("{s:o, s:{s:o}}", "GroupId", token(group), "MemberId", "UserId",
				  token(user)));
}

bool hand_person(struct hand *h)
{
	const char *user = thing_pick(h, "identity_user"), *group = thing_pick(h, "identity_group");

	if (user && chance_of(h->chance, 50))
		return hand_add(h, "identitystore:UpdateUser",
				json_pack("{s:o, s:[{s:s, s:s}]}", "UserId", token(user),
					  "Operations", "AttributePath", "name.familyName",
					  "AttributeValue", "Byhand"));
	return group &&
	       hand_add(h, "identitystore:UpdateGroup",
			json_pack("{s:o, s:[{s:s, s:s}]}", "GroupId", token(group), "Operations",
				  "AttributePath", "description", "AttributeValue", "by hand"));
}

/* A policy is there and gone again: what accounts have is not the latest. */
static bool hand_stale(struct hand *h, const char *set)
{
	static const char arn[] = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

	return hand_add(h, "sso-admin:AttachManagedPolicyToPermissionSet",
			json_pack("{s:o, s:s}", "PermissionSetArn", token(set), "ManagedPolicyArn",
				  arn)) &&
	       hand_add(h, "sso-admin:DetachManagedPolicyFromPermissionSet",
			json_pack("{s:o, s:s}", "PermissionSetArn", token(set), "ManagedPolicyArn",
				  arn));
}

bool hand_set(struct hand *h)
{
	const char *set = thing_pick(h, "permission_set");
	json_auto_t *document = draft_document(chance_below(h->chance, 9));
	auto_free char *text = json_dumps(document, 0);

	if (!set)
		return false;
	switch (chance_below(h->chance, 7)) {
	case 0:
		return hand_add(
		    h, "sso-admin:PutInlinePolicyToPermissionSet",
		    json_pack("{s:o, s:s}", "PermissionSetArn", token(set), "InlinePolicy", text));
	case 1:
		return hand_add(h, "sso-admin:DeletePermissionsBoundaryFromPermissionSet",
				json_pack("{s:o}", "PermissionSetArn", token(set)));
	case 2:
		return hand_add(h, "sso-admin:DetachManagedPolicyFromPermissionSet",
				json_pack("{s:o, s:s}", "PermissionSetArn", token(set),
					  "ManagedPolicyArn",
					  "arn:aws:iam::aws:policy/ReadOnlyAccess"));
	case 3:
		return hand_add(h, "sso-admin:AttachManagedPolicyToPermissionSet",
				json_pack("{s:o, s:s}", "PermissionSetArn", token(set),
					  "ManagedPolicyArn",
					  "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"));
	case 4:
		return hand_add(h, "sso-admin:UpdatePermissionSet",
				json_pack("{s:o, s:s, s:s}", "PermissionSetArn", token(set),
					  "SessionDuration", "PT3H", "Description", "by hand"));
	case 5:
		return hand_add(h, "sso-admin:TagResource",
				json_pack("{s:o, s:[{s:s, s:s}]}", "ResourceArn", token(set),
					  "Tags", "Key", "team", "Value", "by hand"));
	default:
		return hand_stale(h, set);
	}
}

/* Sets, people and groups that nobody declares; what is kept holds them. */
bool hand_stranger(struct hand *h)
{
	const char *account = any_pick(h, "account");
	auto_free char *name = chance_name(h->chance, "foreign");
	auto_free char *set = xasprintf("permission_set/%s", name);

	if (!json_object_get(h->a, "permission_set/keep-set"))
		return false;
	switch (chance_below(h->chance, 3)) {
	case 0:
		return hand_add(h, "identitystore:CreateUser",
				json_pack("{s:s, s:s, s:{s:s, s:s}}", "UserName", name,
					  "DisplayName", name, "Name", "GivenName", name,
					  "FamilyName", name));
	case 1:
		return hand_add(h, "identitystore:CreateGroup",
				json_pack("{s:s}", "DisplayName", name));
	default:
		return hand_add(h, "sso-admin:CreatePermissionSet",
				json_pack("{s:s}", "Name", name)) &&
		       hand_add(h, "sso-admin:CreateAccountAssignment",
				assignment_input(set, account, "identity_group/keep-ig"));
	}
}

/* Who goes is wiped out with all that holds them; assignments stay. */
bool hand_gone(struct hand *h)
{
	static const char *const wiped[] = {"identity_user", "identity_group"};
	const char *address = thing_pick(h, chance_word(h->chance, wiped, 2));

	return address && json_array_append_new(h->list, json_pack("{s:s}", "wipe", address)) == 0;
}
