/* What somebody does to IAM outside git. */
#include "reconciler/selftest_hand.h"

#include <string.h>

bool hand_account(struct hand *h, const char *address)
{
	const char *account = strchr(address, '/') + 1;

	json_object_set_new(json_array_get(h->list, json_array_size(h->list) - 1), "account",
			    json_stringn(account, strcspn(account, "/")));
	return true;
}

/* A thing of this kind in the account of another; NULL: none was found. */
static const char *neighbour_pick(struct hand *h, const char *address, const char *kind)
{
	const char *other = address ? thing_pick(h, kind) : NULL;
	const char *a = other ? strchr(address, '/') : NULL, *b = other ? strchr(other, '/') : NULL;
	size_t n = other ? 1 + strcspn(a + 1, "/") : 0;

	return other && strncmp(a, b, n) == 0 && b[n] == '/' ? other : NULL;
}

bool hand_member(struct hand *h)
{
	const char *user = thing_pick(h, "iam_user"), *group = neighbour_pick(h, user, "iam_group");
	bool out = chance_of(h->chance, 50);

	if (user && out)
		group = chance_key(h->chance,
				   json_object_get(json_object_get(h->a, user), "groups"), NULL);
	return user && group &&
	       hand_add(h, out ? "iam:RemoveUserFromGroup" : "iam:AddUserToGroup",
			json_pack("{s:s, s:s}", "UserName", last_name(user), "GroupName",
				  last_name(group))) &&
	       hand_account(h, user);
}

bool hand_managed(struct hand *h)
{
	bool user = chance_of(h->chance, 60);
	const char *principal = thing_pick(h, user ? "iam_user" : "iam_group");
	const char *policy = neighbour_pick(h, principal, "iam_policy");

	return principal && policy &&
	       hand_add(h, user ? "iam:AttachUserPolicy" : "iam:AttachGroupPolicy",
			json_pack("{s:s, s:o}", user ? "UserName" : "GroupName",
				  last_name(principal), "PolicyArn", token(policy))) &&
	       hand_account(h, principal);
}

bool hand_inline(struct hand *h)
{
	bool user = chance_of(h->chance, 60), out = chance_of(h->chance, 30);
	const char *principal = thing_pick(h, user ? "iam_user" : "iam_group");
	auto_free char *name = xasprintf("in%u", chance_below(h->chance, 4));
	json_auto_t *document = draft_document(chance_below(h->chance, 9));
	auto_free char *text = json_dumps(document, 0);
	const char *who = user ? "UserName" : "GroupName";

	if (!principal)
		return false;
	if (out)
		return hand_add(h, user ? "iam:DeleteUserPolicy" : "iam:DeleteGroupPolicy",
				json_pack("{s:s, s:s}", who, last_name(principal), "PolicyName",
					  name)) &&
		       hand_account(h, principal);
	return hand_add(h, user ? "iam:PutUserPolicy" : "iam:PutGroupPolicy",
			json_pack("{s:s, s:s, s:s}", who, last_name(principal), "PolicyName", name,
				  "PolicyDocument", text)) &&
	       hand_account(h, principal);
}

bool hand_boundary(struct hand *h)
{
	const char *user = thing_pick(h, "iam_user");

	return user &&
	       hand_add(h, "iam:DeleteUserPermissionsBoundary",
			json_pack("{s:s}", "UserName", last_name(user))) &&
	       hand_account(h, user);
}

bool hand_user_tag(struct hand *h)
{
	static const char *const keys[] = {"team", "tier", "cost", "hand"};
	const char *user = thing_pick(h, "iam_user");

	return user &&
	       hand_add(h, "iam:TagUser",
			json_pack("{s:s, s:[{s:s, s:s}]}", "UserName", last_name(user), "Tags",
				  "Key", chance_word(h->chance, keys, 4), "Value", "by hand")) &&
	       hand_account(h, user);
}

bool hand_version(struct hand *h)
{
	const char *policy = thing_pick(h, "iam_policy");
	json_auto_t *document = draft_document(chance_below(h->chance, 9));
	auto_free char *text = json_dumps(document, 0);

	return policy &&
	       hand_add(h, "iam:CreatePolicyVersion",
			json_pack("{s:o, s:s, s:b}", "PolicyArn", token(policy), "PolicyDocument",
				  text, "SetAsDefault", 1)) &&
	       hand_account(h, policy);
}

bool hand_role(struct hand *h)
{
	const char *role = thing_pick(h, "iam_role");
	json_auto_t *document = draft_document(chance_below(h->chance, 9));
	auto_free char *text = json_dumps(document, 0);
	const char *name = role ? last_name(role) : NULL;

	if (!role)
		return false;
	switch (chance_below(h->chance, 4)) {
	case 0:
		hand_add(h, "iam:UpdateRole",
			 json_pack("{s:s, s:s, s:i}", "RoleName", name, "Description", "by hand",
				   "MaxSessionDuration", 7200));
		break;
	case 1:
		hand_add(
		    h, "iam:UpdateAssumeRolePolicy",
		    json_pack("{s:s, s:s}", "RoleName", name, "PolicyDocument",
			      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			      "\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":"
			      "\"sts:AssumeRole\"}]}"));
		break;
	case 2:
		hand_add(h, "iam:PutRolePolicy",
			 json_pack("{s:s, s:s, s:s}", "RoleName", name, "PolicyName", "in1",
				   "PolicyDocument", text));
		break;
	default:
		hand_add(h, "iam:TagRole",
			 json_pack("{s:s, s:[{s:s, s:s}]}", "RoleName", name, "Tags", "Key", "team",
				   "Value", "by hand"));
	}
	return hand_account(h, role);
}

/* What users own goes with them, and never before. */
bool hand_own(struct hand *h)
{
	const char *user = thing_pick(h, "iam_user"), *name = user ? last_name(user) : NULL;
	auto_free char *device = chance_name(h->chance, "device");

	if (!user)
		return false;
	switch (chance_below(h->chance, 4)) {
	case 0:
		hand_add(h, "iam:CreateAccessKey", json_pack("{s:s}", "UserName", name));
		break;
	case 1:
		hand_add(h, "iam:CreateLoginProfile",
			 json_pack("{s:s, s:s}", "UserName", name, "Password",
				   "Correct-horse-battery-9-staple-and-more"));
		break;
	case 2:
		hand_add(h, "iam:UploadSSHPublicKey",
			 json_pack("{s:s, s:s}", "UserName", name, "SSHPublicKeyBody",
				   "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 x"));
		break;
	default:
		hand_add(h, "iam:CreateVirtualMFADevice",
			 json_pack("{s:s}", "VirtualMFADeviceName", device));
		hand_account(h, user);
		hand_add(h, "iam:EnableMFADevice",
			 json_pack("{s:s, s:o, s:s, s:s}", "UserName", name, "SerialNumber",
				   json_sprintf("arn:aws:iam::${account}:mfa/%s", device),
				   "AuthenticationCode1", "123456", "AuthenticationCode2",
				   "654321"));
	}
	return hand_account(h, user);
}

bool hand_settings(struct hand *h)
{
	const char *provider = thing_pick(h, "iam_oidc_provider");
	const char *settings = thing_pick(h, "iam_account");
	auto_free char *alias = chance_name(h->chance, "by-hand-");

	if (provider && chance_of(h->chance, 50))
		return hand_add(h, "iam:AddClientIDToOpenIDConnectProvider",
				json_pack("{s:o, s:s}", "OpenIDConnectProviderArn", token(provider),
					  "ClientID", "by-hand")) &&
		       hand_account(h, provider);
	if (!settings)
		return false;
	if (chance_of(h->chance, 50))
		hand_add(h, "iam:CreateAccountAlias", json_pack("{s:s}", "AccountAlias", alias));
	else
		hand_add(h, "iam:UpdateAccountPasswordPolicy",
			 json_pack("{s:i, s:b}", "MinimumPasswordLength", 20, "RequireNumbers", 1));
	return hand_account(h, settings);
}
