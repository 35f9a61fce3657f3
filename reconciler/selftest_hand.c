/* What somebody does outside git. */
#include "reconciler/selftest_hand.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Doing it. */

/* "GROUP/USER". */
static const char *membership_id(const json_t *things, const char *pair)
{
	auto_free char *group = xasprintf("identity_group/%.*s", (int)strcspn(pair, "/"), pair);

	return json_string_value(json_object_get(
	    json_object_get(json_object_get(things, group), "_memberships"), last_name(pair)));
}

/* The id, ARN or name of a thing by its address; NULL: there is none. */
static const char *thing_id(const json_t *things, const char *address)
{
	static const char *const own[][2] = {
	    {"root", "_root"}, {"center", "_center"}, {"store", "_store"}};
	const json_t *thing = json_object_get(things, address);
	const char *id;

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(address, own[i][0]) == 0)
			return json_string_value(
			    json_object_get(json_object_get(things, "organization"), own[i][1]));
	if (str_starts(address, "membership/"))
		return membership_id(things, strchr(address, '/') + 1);
	id = json_string_value(json_object_get(thing, "_arn"));
	return id ? id : json_string_value(json_object_get(thing, "_id"));
}

/* The input with ids for ${ADDRESS}; NULL: one of them is not there. */
static json_t *input_fill(const json_t *things, const json_t *value)
{
	const char *key, *text = json_string_value(value), *id;
	auto_free char *address = NULL;
	json_t *member, *out;

	if (text && str_starts(text, "${") && str_ends(text, "}") && strchr(text, ':') == NULL) {
		address = xasprintf("%.*s", (int)(strlen(text) - 3), text + 2);
		id = thing_id(things, address);
		return id ? json_string(id) : NULL;
	}
	if (text && strstr(text, "${account}")) {
		address = text_replaced(text, "${account}", thing_id(things, "account"));
		return json_string(address);
	}
	if (!json_is_object(value))
		return json_deep_copy(value);
	out = json_object();
	json_object_foreach((json_t *)value, key, member)
	{
		json_t *filled = input_fill(things, member);

		if (!filled) {
			json_decref(out);
			return NULL;
		}
		json_object_set_new(out, key, filled);
	}
	return out;
}

/* In the account (NULL: the management account). Takes the input. -1: refused. */
static int hand_call(struct twin *twin, const char *account, const char *call, json_t *input)
{
	const char *colon = strchr(call, ':');
	auto_free char *service = xasprintf("%.*s", (int)(colon - call), call);
	char code[64] = "";
	json_t *result = twin_do(twin, account, service, colon + 1, input, code);

	json_decref(result);
	jobs_end(twin);
	return result ? 0 : -1;
}

/* One call for each element of a set of the thing. */
static void each_element(struct twin *twin, const char *account, const json_t *set,
			 const char *call, const char *member, const char *fixed, const char *value)
{
	json_auto_t *copy = json_deep_copy(set);
	const char *key;
	json_t *one;

	json_object_foreach(copy, key, one)
	    hand_call(twin, account, call, json_pack("{s:s, s:s}", member, key, fixed, value));
}

static const json_t *table_row(const struct twin *twin, const char *table, const char *id)
{
	return json_object_get(json_object_get(twin_state(twin), table), id);
}

static const json_t *iam_table_of(const struct twin *twin, const char *account, const char *table)
{
	return json_object_get(table_row(twin, "iam", account), table);
}

static int policy_wipe(struct twin *twin, const char *id)
{
	each_element(twin, NULL, json_object_get(table_row(twin, "policies", id), "targets"),
		     "organizations:DetachPolicy", "TargetId", "PolicyId", id);
	return hand_call(twin, NULL, "organizations:DeletePolicy",
			 json_pack("{s:s}", "PolicyId", id));
}

static int unit_wipe(struct twin *twin, const char *id)
{
	const json_t *row = table_row(twin, "units", id);

	if (json_object_size(json_object_get(row, "units")) ||
	    json_object_size(json_object_get(row, "accounts")))
		return -1;
	each_element(twin, NULL, json_object_get(row, "policies"), "organizations:DetachPolicy",
		     "PolicyId", "TargetId", id);
	return hand_call(twin, NULL, "organizations:DeleteOrganizationalUnit",
			 json_pack("{s:s}", "OrganizationalUnitId", id));
}

/* A user, group or role, and what it holds. What a user owns holds it: then it stays. */
static int holder_wipe(struct twin *twin, const char *account, const char *what, const char *name)
{
	auto_free char *table = xasprintf("%ss", what), *call = NULL, *member = NULL;
	bool user = *what == 'u', group = *what == 'g';
	const json_t *row;

	*table = (char)tolower((unsigned char)*table);
	row = json_object_get(iam_table_of(twin, account, table), name);
	member = xasprintf("%c%sName", toupper((unsigned char)*what), what + 1);
	if (user)
		each_element(twin, account, json_object_get(row, "groups"),
			     "iam:RemoveUserFromGroup", "GroupName", "UserName", name);
	if (group)
		each_element(twin, account, json_object_get(row, "users"),
			     "iam:RemoveUserFromGroup", "UserName", "GroupName", name);
	call = xasprintf("iam:Detach%.*sPolicy", (int)strlen(member) - 4, member);
	each_element(twin, account, json_object_get(row, "managed"), call, "PolicyArn", member,
		     name);
	free(call);
	call = xasprintf("iam:Delete%.*sPolicy", (int)strlen(member) - 4, member);
	each_element(twin, account, json_object_get(row, "inline"), call, "PolicyName", member,
		     name);
	free(call);
	call = xasprintf("iam:Delete%.*sPermissionsBoundary", (int)strlen(member) - 4, member);
	if (!group)
		hand_call(twin, account, call, json_pack("{s:s}", member, name));
	free(call);
	call = xasprintf("iam:Delete%.*s", (int)strlen(member) - 4, member);
	return hand_call(twin, account, call, json_pack("{s:s}", member, name));
}

static int principal_wipe(struct twin *twin, const json_t *things, const char *address,
			  const char *id)
{
	bool user = str_starts(address, "identity_user/");

	return hand_call(twin, NULL,
			 user ? "identitystore:DeleteUser" : "identitystore:DeleteGroup",
			 json_pack("{s:s, s:s}", "IdentityStoreId", thing_id(things, "store"),
				   user ? "UserId" : "GroupId", id));
}

static int wipe_do(struct twin *twin, const json_t *things, const char *account,
		   const char *address)
{
	const char *id = thing_id(things, address), *name = strrchr(address, '/');

	if (!id)
		return -1;
	if (str_starts(address, "policy/"))
		return policy_wipe(twin, id);
	if (str_starts(address, "unit/"))
		return unit_wipe(twin, id);
	if (str_starts(address, "identity_"))
		return principal_wipe(twin, things, address, id);
	return holder_wipe(twin, account,
			   str_starts(address, "iam_user/")    ? "user"
			   : str_starts(address, "iam_group/") ? "group"
							       : "role",
			   name + 1);
}

/* What accounts have cost, by their names. */
static int spend_do(struct twin *twin, const json_t *ids, const json_t *spend)
{
	json_auto_t *state = json_deep_copy(twin_state(twin));
	auto_error ignored = {0};
	const char *name;
	json_t *amount;

	json_object_foreach((json_t *)spend, name, amount) if (json_object_get(ids, name))
	    json_object_set(draft_part(state, "spend", true),
			    json_string_value(json_object_get(ids, name)), amount);
	return twin_state_set(twin, state, &ignored);
}

static int hand_do(struct twin *twin, const json_t *hand)
{
	const char *wiped = json_string_value(json_object_get(hand, "wipe"));
	const char *name = json_string_value(json_object_get(hand, "account"));
	json_auto_t *things = (center_ask(twin), things_of_twin(twin_state(twin)));
	json_auto_t *ids = account_ids(twin_state(twin));
	const char *account = name ? json_string_value(json_object_get(ids, name)) : NULL;
	const char *synced = json_string_value(json_object_get(hand, "synchronize"));
	const char *call = json_string_value(json_object_get(hand, "call"));
	json_auto_t *given = NULL;
	json_t *input;

	if (name && !account)
		return -1;
	if (synced && thing_id(things, synced))
		return synchronize_do(twin, synced, thing_id(things, synced));
	if (json_object_get(hand, "spend"))
		return spend_do(twin, ids, json_object_get(hand, "spend"));
	if (wiped)
		return wipe_do(twin, things, account, wiped);
	if (account)
		json_object_set_new(things, "account", json_pack("{s:s}", "_id", account));
	if (!call)
		return -1;
	given = hand_center_input(call, json_deep_copy(json_object_get(hand, "input")));
	input = input_fill(things, given);
	return input ? hand_call(twin, account, call, input) : -1;
}

unsigned hands_do(struct twin *twin, const json_t *hands)
{
	unsigned done = 0;

	for (size_t i = 0; i < json_array_size(hands); i++)
		done += hand_do(twin, json_array_get(hands, i)) == 0;
	return done;
}

/* Choosing it. */

bool hand_add(struct hand *h, const char *call, json_t *input)
{
	json_array_append_new(h->list, json_pack("{s:s, s:o}", "call", call, "input", input));
	return true;
}

const char *last_name(const char *address)
{
	const char *slash = strrchr(address, '/');

	return slash ? slash + 1 : address;
}

static bool address_is_free(const char *address)
{
	return !name_is_kept(last_name(address)) && !str_ends(address, "/" SELF_ACCOUNT);
}

static const char *kind_pick(struct hand *h, const char *kind, bool (*fits)(const char *address))
{
	json_auto_t *of_kind = json_object();
	size_t len = strlen(kind);
	const char *address, *found;
	json_t *thing;

	json_object_foreach(h->a, address,
			    thing) if (strncmp(address, kind, len) == 0 && address[len] == '/')
	    json_object_set(of_kind, address, thing);
	found = chance_key(h->chance, of_kind, fits);
	return found ? json_object_iter_key(json_object_iter_at(h->a, found)) : NULL;
}

const char *thing_pick(struct hand *h, const char *kind)
{
	return kind_pick(h, kind, address_is_free);
}

const char *any_pick(struct hand *h, const char *kind)
{
	return kind_pick(h, kind, NULL);
}

json_t *token(const char *address)
{
	return json_sprintf("${%s}", address);
}

static const char *target_pick(struct hand *h)
{
	static const char *const kinds_held[] = {"unit", "unit", "account"};
	const char *address =
	    chance_of(h->chance, 15) ? NULL : thing_pick(h, chance_word(h->chance, kinds_held, 3));

	return address ? address : "root";
}

static bool hand_tag(struct hand *h)
{
	static const char *const keys[] = {"team", "tier", "cost", "hand"};
	const char *target = chance_of(h->chance, 70) ? target_pick(h) : thing_pick(h, "policy");

	return target &&
	       hand_add(h, "organizations:TagResource",
			json_pack("{s:o, s:[{s:s, s:s}]}", "ResourceId", token(target), "Tags",
				  "Key", chance_word(h->chance, keys, 4), "Value", "by hand"));
}

static bool hand_untag(struct hand *h)
{
	const char *target = target_pick(h);
	const char *key =
	    chance_key(h->chance, json_object_get(json_object_get(h->a, target), "tags"), NULL);

	return key &&
	       hand_add(h, "organizations:UntagResource",
			json_pack("{s:o, s:[s]}", "ResourceId", token(target), "TagKeys", key));
}

static bool hand_attach(struct hand *h)
{
	const char *policy = thing_pick(h, "policy");

	return policy && hand_add(h, "organizations:AttachPolicy",
				  json_pack("{s:o, s:o}", "PolicyId", token(policy), "TargetId",
					    token(target_pick(h))));
}

static bool hand_detach(struct hand *h)
{
	const char *target = target_pick(h);
	const char *at = strcmp(target, "root") == 0 ? "organization" : target;
	const char *policy =
	    chance_key(h->chance, json_object_get(json_object_get(h->a, at), "policies"), NULL);

	return policy &&
	       hand_add(h, "organizations:DetachPolicy",
			json_pack("{s:o, s:o}", "PolicyId", json_sprintf("${policy/%s}", policy),
				  "TargetId", token(target)));
}

static bool hand_rewrite(struct hand *h)
{
	const char *policy = thing_pick(h, "policy");
	json_auto_t *document = draft_document(chance_below(h->chance, 9));
	auto_free char *text = json_dumps(document, 0);
	bool scp = policy && !json_object_get(json_object_get(h->a, policy), "type");

	return scp && hand_add(h, "organizations:UpdatePolicy",
			       json_pack("{s:o, s:s, s:s}", "PolicyId", token(policy), "Content",
					 text, "Description", "by hand"));
}

/* Only accounts that stay declared: another would hold its unit back. */
static bool hand_move(struct hand *h)
{
	const char *account = thing_pick(h, "account"), *from, *to = thing_pick(h, "unit");
	auto_free char *parent = NULL;

	if (!account || !to || !json_object_get(h->b, account))
		return false;
	from = json_string_value(json_object_get(json_object_get(h->a, account), "unit"));
	parent = strcmp(from, "/") == 0 ? xstrdup("${root}") : xasprintf("${unit/%s}", from);
	return hand_add(h, "organizations:MoveAccount",
			json_pack("{s:o, s:s, s:o}", "AccountId", token(account), "SourceParentId",
				  parent, "DestinationParentId", token(to)));
}

/* Units that stay as they are: what is renamed outside git is another unit to charter, and what it
 * holds is nobody's. */
static bool unit_is_calm(const struct hand *h, const char *unit)
{
	size_t len = strlen(unit);
	const char *address;
	json_t *thing;

	if (!json_object_get(h->b, unit))
		return false;
	json_object_foreach(h->a, address, thing) if (strncmp(address, unit, len) == 0 &&
						      address[len] == '/') return false;
	json_object_foreach(h->b, address, thing) if (strncmp(address, unit, len) == 0 &&
						      address[len] == '/') return false;
	return true;
}

static bool path_is_calm(const struct hand *h, const char *unit)
{
	auto_free char *up = xstrdup(unit);
	char *slash;

	while ((slash = strrchr(up, '/')) && slash > up + strlen("unit")) {
		*slash = '\0';
		if (!json_object_get(h->b, up))
			return false;
	}
	return true;
}

static bool hand_rename(struct hand *h)
{
	const char *unit = thing_pick(h, "unit");
	auto_free char *name = chance_name(h->chance, "hand");

	return unit && unit_is_calm(h, unit) && path_is_calm(h, unit) &&
	       hand_add(h, "organizations:UpdateOrganizationalUnit",
			json_pack("{s:o, s:s}", "OrganizationalUnitId", token(unit), "Name", name));
}

static bool hand_wipe(struct hand *h)
{
	static const char *const wiped[] = {"policy", "unit", "iam_user", "iam_group", "iam_role"};
	const char *address = thing_pick(h, chance_word(h->chance, wiped, 5));

	if (!address)
		return false;
	json_array_append_new(h->list, json_pack("{s:s}", "wipe", address));
	if (str_starts(address, "iam_"))
		hand_account(h, address);
	return true;
}

/* In any account, also where no IAM is declared. */
static bool hand_anywhere(struct hand *h)
{
	const char *account =
	    chance_of(h->chance, 60) ? chance_key(h->chance, h->accounts, NULL) : SELF_ACCOUNT;

	json_object_set_new(json_array_get(h->list, json_array_size(h->list) - 1), "account",
			    json_string(account ? account : SELF_ACCOUNT));
	return true;
}

/* What nobody declares: it must be there afterwards, as it was. */
static bool hand_found(struct hand *h)
{
	auto_free char *name = chance_name(h->chance, "foreign");
	json_auto_t *document = draft_document(7);
	auto_free char *text = json_dumps(document, 0);
	auto_free char *self = xasprintf("policy/%s", name);

	switch (chance_below(h->chance, 5)) {
	case 0:
		hand_add(h, "organizations:CreatePolicy",
			 json_pack("{s:s, s:s, s:s, s:s}", "Name", name, "Description", "", "Type",
				   "SERVICE_CONTROL_POLICY", "Content", text));
		return chance_of(h->chance, 30) ||
		       hand_add(h, "organizations:AttachPolicy",
				json_pack("{s:o, s:s}", "PolicyId", token(self), "TargetId",
					  "${unit/keep}"));
	case 1:
		return hand_add(h, "organizations:CreateOrganizationalUnit",
				json_pack("{s:s, s:s}", "ParentId",
					  chance_of(h->chance, 50) ? "${root}" : "${unit/keep}",
					  "Name", name));
	case 2:
		return hand_add(h, "iam:CreateUser", json_pack("{s:s}", "UserName", name)) &&
		       hand_anywhere(h);
	case 3:
		return hand_add(h, "iam:CreateGroup", json_pack("{s:s}", "GroupName", name)) &&
		       hand_anywhere(h);
	default:
		return hand_add(
			   h, "iam:CreatePolicy",
			   json_pack("{s:s, s:s}", "PolicyName", name, "PolicyDocument", text)) &&
		       hand_anywhere(h);
	}
}

static hand_fn *const hands[] = {
    hand_tag,      hand_tag,     hand_untag,    hand_attach,   hand_detach, hand_detach,
    hand_rewrite,  hand_move,    hand_move,     hand_rename,   hand_wipe,   hand_found,
    hand_found,    hand_member,  hand_managed,  hand_inline,   hand_inline, hand_boundary,
    hand_user_tag, hand_version, hand_role,     hand_role,     hand_own,    hand_own,
    hand_settings, hand_assign,  hand_assign,   hand_unassign, hand_team,   hand_person,
    hand_set,      hand_set,     hand_stranger, hand_gone};

json_t *hands_random(struct chance *c, const json_t *a, const json_t *b, unsigned n)
{
	struct hand h = {.chance = c,
			 .a = things_of_draft(a),
			 .b = things_of_draft(b),
			 .accounts = json_object_get(a, "accounts"),
			 .list = json_array()};

	for (unsigned tries = n * 4; n > 0 && tries > 0; tries--)
		n -= hands[chance_below(c, sizeof hands / sizeof *hands)](&h);
	json_decref(h.a);
	json_decref(h.b);
	return h.list;
}
