/* IAM Identity Center of a reading: people, groups with their members, permission sets, and who has
 * which where. */
#include "aws/twin/load_priv.h"

#include "aws/twin/sso_priv.h"
#include "base/env.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ISSUER "the identity provider of the reading"
#define NOT_IN "not in "
#define HOUR   3600

static int instance_load(struct load *l)
{
	const char *arn = row_str(l->world, "instance_arn");
	const char *store = row_str(l->world, "identity_store");
	json_t *instance = twin_sub(l->twin->state, "identity");
	const char *known = row_str(instance, "InstanceArn");

	if (*arn == '\0' || *store == '\0')
		return 0;
	l->line = 1;
	if (*known != '\0' && strcmp(known, arn) != 0)
		return load_bad(
		    l, "this snapshot is of another instance of Identity Center: %.200s", arn);
	if (strrchr(arn, '/') == NULL)
		return load_bad(l, "`%.200s` is no ARN of an instance", arn);
	twin_set_str(instance, "InstanceArn", arn);
	twin_set_str(instance, "IdentityStoreId", store);
	json_object_set_new(instance, "CreatedDate", json_integer(l->when));
	return 0;
}

/* The time of the reading where its own is not known. */
static void times_load(const struct load *l, const struct load_row *row, json_t *to,
		       const char *member)
{
	json_int_t created = load_created(row);

	json_object_set_new(to, member, json_integer(created < 0 ? l->when : created));
}

/* Whether it was loaded already: snapshots may overlap. */
static bool is_there(const struct load *l, const char *table, const struct load_row *row)
{
	return twin_row(l->twin, table, row->id) != NULL;
}

static int row_check(struct load *l, const struct load_row *row)
{
	if (*row->id == '\0' || strchr(row->id, '/') != NULL)
		return load_bad(l, "`%.100s` is no id of a user or a group", row->id);
	return load_name(l, row) == NULL ? -1 : 0;
}

static void text_load(const struct load_row *row, const char *name, json_t *to, const char *member)
{
	const char *text = load_text(row, name);

	if (text != NULL && *text != '\0')
		twin_set_str(to, member, text);
}

static void synced_load(const struct load_row *row, json_t *to)
{
	if (load_text(row, "synchronized") != NULL)
		json_object_set_new(to, "ExternalIds",
				    json_pack("[{s:s, s:s}]", "Issuer", ISSUER, "Id", row->id));
}

static int user_row(struct load *l, const struct load_row *row)
{
	const char *email = load_text(row, "email");
	json_t *user;

	if (row_check(l, row) != 0)
		return -1;
	if (is_there(l, "identity_users", row))
		return 0;
	user = store_user_new(l->twin, row->id, load_text(row, "name"));
	times_load(l, row, user, "CreatedAt");
	text_load(row, "given_name", twin_sub(user, "Name"), "GivenName");
	text_load(row, "family_name", twin_sub(user, "Name"), "FamilyName");
	if (json_object_size(json_object_get(user, "Name")) == 0)
		json_object_del(user, "Name");
	text_load(row, "display_name", user, "DisplayName");
	if (email != NULL && *email != '\0') {
		json_object_set_new(user, "Emails",
				    json_pack("[{s:s, s:b}]", "Value", email, "Primary", 1));
		store_name_set(l->twin, "email", email, row->id);
	}
	synced_load(row, user);
	return 0;
}

static int group_row(struct load *l, const struct load_row *row)
{
	json_t *group;

	if (row_check(l, row) != 0)
		return -1;
	if (is_there(l, "identity_groups", row))
		return 0;
	group = store_group_new(l->twin, row->id, load_text(row, "name"));
	times_load(l, row, group, "CreatedAt");
	text_load(row, "description", group, "Description");
	synced_load(row, group);
	return 0;
}

/* `aux`: {"USER": "MEMBERSHIP"}, whose ids are not those of two groups. Absent: a fresh one. */
static const char *membership_of(const struct load *l, const json_t *known, const char *user)
{
	const char *id = json_string_value(json_object_get(known, user));

	if (id == NULL || *id == '\0' || twin_row(l->twin, "memberships", id) != NULL)
		return NULL;
	return id;
}

static int members_row(struct load *l, const struct load_row *row)
{
	const char *aux = json_string_value(json_object_get(row->json, "aux"));
	json_auto_t *known = aux == NULL ? NULL : json_loads(aux, JSON_REJECT_DUPLICATES, NULL);
	const json_t *refs = json_object_get(row->values, "members");
	json_t *group = twin_row(l->twin, "identity_groups", row->id);
	size_t i;

	for (i = 0; i < json_array_size(refs); i++) {
		const char *ref = json_string_value(json_array_get(refs, i));
		const char *id = load_raw(ref, "identity_user");
		json_t *user = id == NULL ? NULL : twin_row(l->twin, "identity_users", id);

		if (user == NULL)
			load_note(l,
				  "%.200s is a member of the group %.100s and was not read "
				  "itself",
				  ref, row->id);
		else if (json_object_get(json_object_get(group, "members"), id) == NULL)
			store_join(l->twin, group, user, membership_of(l, known, id));
	}
	return 0;
}

/* "5400" as "PT1H30M"; what is no number of seconds as it is. */
static void duration_load(const struct load_row *row, json_t *set)
{
	const char *text = load_text(row, "session_duration");
	long long n = text == NULL ? 0 : strtoll(text, NULL, 10);
	char iso[DURATION_ISO];

	if (n <= 0 || n > 1000 * HOUR || strspn(text, "0123456789") != strlen(text)) {
		text_load(row, "session_duration", set, "SessionDuration");
		return;
	}
	duration_iso(n, iso);
	twin_set_str(set, "SessionDuration", iso);
}

static bool is_arn(const char *policy)
{
	return strstr(policy, ":policy/") != NULL;
}

static bool is_reference(const char *policy)
{
	return *policy == '/';
}

/* The policies of a list that have this form, into the set's table. */
static int policies_load(struct load *l, const struct load_row *row, json_t *set, const char *name,
			 const char *table, bool (*valid)(const char *))
{
	const json_t *list = json_object_get(row->values, name);
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const char *policy = json_string_value(json_array_get(list, i));

		if (!valid(policy))
			return load_bad(l, "`%s` holds %.200s", name, policy);
		json_object_set_new(twin_sub(set, table), policy, json_integer(1));
	}
	return 0;
}

static int boundary_load(struct load *l, const struct load_row *row, json_t *set)
{
	const char *boundary = load_text(row, "permissions_boundary");

	if (boundary != NULL && *boundary != '\0' && !is_arn(boundary) && !is_reference(boundary))
		return load_bad(l, "`permissions_boundary` is %.200s", boundary);
	text_load(row, "permissions_boundary", set, "boundary");
	return 0;
}

/* Whether "not in NAME, NAME" names the account, by its name or its id. */
static bool list_names(const struct load *l, const char *list, const char *account)
{
	const char *names[] = {row_str(twin_row(l->twin, "accounts", account), "Name"), account};
	size_t i;

	for (i = 0; i < 2; i++) {
		size_t len = strlen(names[i]);
		const char *at = list;

		while (len > 0 && (at = strstr(at, names[i])) != NULL) {
			bool begins = at == list || strncmp(at - 2, ", ", 2) == 0;

			if (begins && (at[len] == '\0' || str_starts(at + len, ", ")))
				return true;
			at++;
		}
	}
	return false;
}

static int accounts_load(struct load *l, const struct load_row *row, json_t *set)
{
	const json_t *refs = json_object_get(row->values, "accounts");
	const char *provisioned = load_text(row, "provisioned");
	const char *list = "";
	size_t i;

	if (provisioned != NULL && str_starts(provisioned, NOT_IN))
		list = provisioned + strlen(NOT_IN);
	json_object_set_new(set, "version", json_integer(2));
	for (i = 0; i < json_array_size(refs); i++) {
		const char *ref = json_string_value(json_array_get(refs, i));
		const char *account = load_raw(ref, "account");

		if (account == NULL || !load_is_account(account))
			return load_bad(l, "`accounts` holds %.200s", ref);
		json_object_set_new(twin_sub(set, "accounts"), account,
				    json_integer(list_names(l, list, account) ? 1 : 2));
	}
	return 0;
}

static int set_row(struct load *l, const struct load_row *row)
{
	json_t *set;

	if (!str_starts(row->id, "arn:") || strstr(row->id, "/ps-") == NULL)
		return load_bad(l, "`%.200s` is no ARN of a permission set", row->id);
	if (load_name(l, row) == NULL)
		return -1;
	if (is_there(l, "permission_sets", row))
		return 0;
	set = idc_set_new(l->twin, row->id, load_text(row, "name"));
	times_load(l, row, set, "CreatedDate");
	duration_load(row, set);
	text_load(row, "description", set, "Description");
	text_load(row, "relay_state", set, "RelayState");
	text_load(row, "inline_policy", set, "inline");
	load_map(set, "tags", json_object_get(row->values, "tags"));
	if (policies_load(l, row, set, "aws_managed_policies", "managed", is_arn) != 0 ||
	    policies_load(l, row, set, "customer_managed_policies", "customer", is_reference) != 0)
		return -1;
	return boundary_load(l, row, set) != 0 ? -1 : accounts_load(l, row, set);
}

/* Cuts the last part off and gives it; NULL: there is none. */
static const char *part_cut(char *id)
{
	char *slash = strrchr(id, '/');

	if (slash == NULL || slash[1] == '\0')
		return NULL;
	*slash = '\0';
	return slash + 1;
}

/* The id is "SET'S ARN/ACCOUNT/GROUP/PRINCIPAL'S ID"; of whom that is need not be known. */
static int assignment_row(struct load *l, const struct load_row *row)
{
	auto_free char *id = xstrdup(row->id), *principal = NULL;
	const char *holder = part_cut(id), *type = part_cut(id), *account = part_cut(id);
	json_t *set;

	if (account == NULL || !load_is_account(account) ||
	    (strcmp(type, "USER") != 0 && strcmp(type, "GROUP") != 0))
		return load_bad(l, "`%.300s` is no assignment", row->id);
	set = idc_set_find(l->twin, id);
	if (set == NULL) {
		load_note(l, "the permission set of the assignment %.300s was not read", row->id);
		return 0;
	}
	principal = xasprintf("%s/%s", type, holder);
	idc_assign(l->twin, set, account, principal);
	if (json_object_get(json_object_get(set, "accounts"), account) == NULL)
		json_object_set(twin_sub(set, "accounts"), account,
				json_object_get(set, "version"));
	return 0;
}

int load_identity(struct load *l)
{
	if (instance_load(l) != 0 || load_each(l, "identity_user", user_row) != 0 ||
	    load_each(l, "identity_group", group_row) != 0 ||
	    load_each(l, "identity_group", members_row) != 0 ||
	    load_each(l, "permission_set", set_row) != 0)
		return -1;
	return load_each(l, "assignment", assignment_row);
}
