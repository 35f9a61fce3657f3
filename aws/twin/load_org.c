/* The organization of a reading: its root, units, accounts, policies, attachments, services and
 * delegated administrators. */
#include "aws/twin/load_priv.h"

#include "aws/twin/org_priv.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define UNIT_DEPTH        5
#define ACCOUNTS_STANDARD 10 /* AWS's default quota */
#define MILLION           1000000LL
#define SPEND_MOST        (1000000000000LL * MILLION)
#define FULL_ACCESS       "policy/FullAWSAccess"

static const char *const standard_ids[] = {"p-FullAWSAccess", "p-RCPFullAWSAccess"};

static bool id_is_standard(const char *id)
{
	return strcmp(id, standard_ids[0]) == 0 || strcmp(id, standard_ids[1]) == 0;
}

static const char *root_id(const struct load *l)
{
	return row_str(twin_table(l->twin, "root"), "Id");
}

static void organization_set(struct load *l, const char *id)
{
	json_t *org = twin_table(l->twin, "organization");
	const char *features = row_str(l->world, "feature_set");
	const char *management = row_str(l->twin->state, "management");
	auto_free char *arn = NULL, *account = NULL;

	twin_set_str(org, "Id", id);
	arn = org_arn(l->twin, "organization", "");
	account = org_arn(l->twin, "account", management);
	twin_set_str(org, "Arn", arn);
	twin_set_str(org, "FeatureSet", *features == '\0' ? "ALL" : features);
	twin_set_str(org, "MasterAccountArn", account);
	twin_set_str(org, "MasterAccountId", management);
	twin_set_str(org, "MasterAccountEmail", "");
}

static int root_set(struct load *l)
{
	json_t *root = twin_table(l->twin, "root");
	const char *id = row_str(l->world, "root_id");
	auto_free char *arn = NULL;
	char fresh[TWIN_ID];

	if (*root_id(l) != '\0')
		return 0;
	if (*id != '\0' && !str_starts(id, "r-"))
		return load_bad(l, "`%.50s` is no id of a root", id);
	if (*id == '\0') {
		twin_id(l->twin, fresh, "r-", 4);
		id = fresh;
		load_note(l, "the root was not read: the twin's has an id of its own");
	}
	arn = org_arn(l->twin, "root", id);
	twin_set_str(root, "Id", id);
	twin_set_str(root, "Arn", arn);
	twin_set_str(root, "Name", "Root");
	return 0;
}

static int type_enable(struct load *l, const char *type)
{
	const json_t *enabled = twin_sub(twin_table(l->twin, "root"), "types");

	if (json_object_get(enabled, type) != NULL)
		return 0;
	if (org_type_find(type) == NULL)
		load_note(l, "the twin does not know the policy type %.100s: it is left out", type);
	else
		policy_type_enable(l->twin, type);
	return 0;
}

static void service_enable(struct load *l, const char *service)
{
	json_t *table = twin_table(l->twin, "services");

	if (json_object_get(table, service) == NULL)
		json_object_set_new(
		    table, service,
		    json_pack("{s:s, s:I}", "ServicePrincipal", service, "DateEnabled", l->when));
}

static int organization_row(struct load *l, const struct load_row *row)
{
	const json_t *types = json_object_get(row->values, "policy_types");
	const json_t *trusted = json_object_get(row->values, "trusted_services");

	for (size_t i = 0; i < json_array_size(types); i++)
		type_enable(l, json_string_value(json_array_get(types, i)));
	for (size_t i = 0; i < json_array_size(trusted); i++)
		service_enable(l, json_string_value(json_array_get(trusted, i)));
	load_map(twin_table(l->twin, "root"), "tags", json_object_get(row->values, "tags"));
	return 0;
}

/* The root, or a unit that stands already; NULL: neither. */
static const char *parent_of(const struct load *l, const char *ref)
{
	const char *id = load_raw(ref, "unit");

	if (strcmp(ref, "root") == 0)
		return root_id(l);
	return id != NULL && twin_row(l->twin, "units", id) != NULL ? id : NULL;
}

static unsigned unit_depth(const struct load *l, const char *id)
{
	const json_t *unit = twin_row(l->twin, "units", id);
	unsigned depth = 0;

	for (; unit != NULL; unit = twin_row(l->twin, "units", row_str(unit, "parent")))
		depth++;
	return depth;
}

/* Parents come first; what has none yet waits for the next round. */
static int unit_row(struct load *l, const struct load_row *row)
{
	const char *name = load_text(row, "name"), *ref = load_text(row, "parent"), *parent;

	if (!str_starts(row->id, "ou-"))
		return load_bad(l, "`%.50s` is no id of a unit", row->id);
	if (twin_row(l->twin, "units", row->id) != NULL)
		return 0;
	if (ref == NULL) {
		ref = "root";
		load_note(l, "where the unit %.100s stands was not read: it stands in the root",
			  row->id);
	}
	parent = parent_of(l, ref);
	if (parent == NULL)
		return 0;
	if (unit_depth(l, parent) >= UNIT_DEPTH)
		return load_bad(l, "the unit stands deeper than %d", UNIT_DEPTH);
	unit_new(l->twin, row->id, parent, name == NULL ? row->id : name);
	return 0;
}

static int unit_finish(struct load *l, const struct load_row *row)
{
	json_t *unit = twin_row(l->twin, "units", row->id);

	if (unit == NULL)
		return load_bad(l, "the unit that %.200s stands in is none of this reading",
				row->id);
	load_map(unit, "tags", json_object_get(row->values, "tags"));
	return 0;
}

static int units_load(struct load *l)
{
	for (int depth = 0; depth < UNIT_DEPTH; depth++) {
		if (load_each(l, "unit", unit_row) != 0)
			return -1;
	}
	return load_each(l, "unit", unit_finish);
}

/* AWS tells the time of joining; the reading has it for accounts that were made here. */
static void account_times(const struct load *l, const struct load_row *row, json_t *account)
{
	json_int_t created = load_created(row);

	twin_set_str(account, "JoinedMethod", created < 0 ? "INVITED" : "CREATED");
	json_object_set_new(account, "JoinedTimestamp",
			    json_integer(created < 0 ? l->when : created));
}

static const char *account_state(struct load *l, const struct load_row *row)
{
	static const char *const states[] = {"ACTIVE", "PENDING_ACTIVATION", "SUSPENDED",
					     "PENDING_CLOSURE", "CLOSED"};
	const char *state = load_text(row, "state");

	for (size_t i = 0; state != NULL && i < sizeof(states) / sizeof(*states); i++) {
		if (strcmp(states[i], state) == 0)
			return state;
	}
	if (state != NULL)
		load_note(l, "the state of the account %s is unknown to the twin: it is active",
			  row->id);
	return "ACTIVE";
}

static json_t *account_make(struct load *l, const struct load_row *row)
{
	const char *name = load_text(row, "name"), *email = load_text(row, "email");
	const char *ref = load_text(row, "unit");
	const char *parent = ref == NULL ? NULL : parent_of(l, ref);
	auto_free char *made = xasprintf("account-%s@example.com", row->id);
	json_t *account;

	if (parent == NULL)
		load_note(l, "where the account %s stands was not read: it stands in the root",
			  row->id);
	account = org_account_new(l->twin, row->id, parent == NULL ? root_id(l) : parent,
				  name == NULL ? row->id : name, email == NULL ? made : email);
	twin_set_str(account, "State", account_state(l, row));
	account_times(l, row, account);
	return account;
}

static int account_row(struct load *l, const struct load_row *row)
{
	const char *management = row_str(l->twin->state, "management");
	json_t *account = twin_row(l->twin, "accounts", row->id);
	const json_t *iam = twin_row(l->twin, "iam", row->id);

	if (!load_is_account(row->id))
		return load_bad(l, "`%.50s` is no account: twelve digits", row->id);
	if (account == NULL)
		account = account_make(l, row);
	load_map(account, "tags", json_object_get(row->values, "tags"));
	if (strcmp(row->id, management) == 0)
		twin_set_str(twin_table(l->twin, "organization"), "MasterAccountEmail",
			     row_str(account, "Email"));
	else if (json_object_get(iam, "read") == NULL)
		iam_access_role(l->twin, row->id, NULL);
	return 0;
}

static bool row_is_foreign(const struct load_row *row)
{
	return list_has(json_object_get(row->json, "flags"), "foreign");
}

/* Readings leave out what AWS's own policies say. */
static void policy_make(struct load *l, const struct load_row *row, const struct org_type *type)
{
	const char *content = load_text(row, "document"), *name = load_text(row, "name");
	const char *description = load_text(row, "description");
	bool managed = content == NULL && row_is_foreign(row);
	json_t *policy;

	if (content == NULL) {
		content = type->content == NULL ? "{}" : type->content;
		if (!managed)
			load_note(l, "what the policy %.100s says was not read", row->id);
	}
	policy = policy_new(l->twin, row->id, type->name, name == NULL ? row->id : name,
			    description == NULL ? "" : description, content);
	if (managed)
		json_object_set_new(policy, "AwsManaged", json_true());
}

static int policy_row(struct load *l, const struct load_row *row)
{
	const char *name = load_text(row, "type");
	const struct org_type *type = org_type_find(name == NULL ? "" : name);

	if (!str_starts(row->id, "p-"))
		return load_bad(l, "`%.50s` is no id of a policy", row->id);
	if (type == NULL) {
		load_note(l,
			  "the policy %.100s is of a type that the twin does not know: it is "
			  "left out",
			  row->id);
		return 0;
	}
	if (twin_row(l->twin, "policies", row->id) == NULL)
		policy_make(l, row, type);
	load_map(twin_row(l->twin, "policies", row->id), "tags",
		 json_object_get(row->values, "tags"));
	return 0;
}

/* What the policies of an organization, a unit or an account are attached to. */
static const char *target_of(const struct load *l, const struct load_row *row)
{
	return strcmp(row->kind, "organization") == 0 ? root_id(l) : row->id;
}

static bool row_has_full_access(const struct load_row *row)
{
	return list_has(json_object_get(row->values, "policies"), FULL_ACCESS);
}

/* "policy/~p-abc"; AWS's own are named: "policy/FullAWSAccess" is p-FullAWSAccess. */
static void attachment_load(struct load *l, const char *target, const char *ref)
{
	const char *id = load_raw(ref, "policy");
	auto_free char *standard =
	    xasprintf("p-%s", strrchr(ref, '/') ? strrchr(ref, '/') + 1 : "");

	if (id == NULL && id_is_standard(standard))
		id = standard;
	if (id == NULL || twin_row(l->twin, "policies", id) == NULL)
		load_note(l, "%.200s is attached to %s and was not read itself", ref, target);
	else
		policy_attach(l->twin, id, target);
}

static int access_row(struct load *l, const struct load_row *row)
{
	l->allow_list |= row_has_full_access(row);
	return 0;
}

static int attachments_row(struct load *l, const struct load_row *row)
{
	const char *target = target_of(l, row);
	const json_t *policies = json_object_get(row->values, "policies");

	if (!json_is_array(policies))
		return 0;
	for (size_t k = 0; k < json_array_size(policies); k++)
		attachment_load(l, target, json_string_value(json_array_get(policies, k)));
	if (l->allow_list && !row_has_full_access(row))
		policy_detach(l->twin, standard_ids[0], target);
	return 0;
}

/* Attachments of FullAWSAccess are read for organizations with allow lists, and then wholly: a
 * target without it has it detached. Else each target has it. */
static int attachments_load(struct load *l)
{
	static const char *const kinds[] = {"account", "organization", "unit"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (load_each(l, kinds[i], access_row) != 0)
			return -1;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (load_each(l, kinds[i], attachments_row) != 0)
			return -1;
	}
	return 0;
}

static int delegation_row(struct load *l, const struct load_row *row)
{
	const char *service = load_text(row, "service"), *ref = load_text(row, "account");
	const char *account = ref == NULL ? NULL : load_raw(ref, "account");

	if (service == NULL || account == NULL || !load_is_account(account))
		return load_bad(l, "a delegated administrator needs `service` and `account`");
	if (twin_row(l->twin, "accounts", account) == NULL)
		load_note(l, "the delegated administrator %s is none of the accounts", account);
	else
		json_object_set_new(twin_sub(twin_table(l->twin, "delegations"), account), service,
				    json_integer(l->when));
	return 0;
}

/* Accounts beyond the default show a raised quota. */
static void quota_set(struct load *l)
{
	json_int_t n = (json_int_t)json_object_size(twin_table(l->twin, "accounts"));

	if (l->twin->options.accounts == 0 &&
	    n > twin_quota(l->twin, "accounts", ACCOUNTS_STANDARD))
		json_object_set_new(twin_table(l->twin, "quotas"), "accounts", json_integer(n));
}

/* What Cost Explorer had said: {"spend":"MILLIONTHS"} beside the account. */
static int spend_row(struct load *l, const struct load_row *row)
{
	const char *aux = json_string_value(json_object_get(row->json, "aux"));
	json_auto_t *known = aux ? json_loads(aux, 0, NULL) : NULL;
	const char *millionths = row_str(known, "spend");
	char *end = NULL;
	long long n = strtoll(millionths, &end, 10);

	if (known == NULL || *millionths == '\0')
		return 0;
	if (!load_is_account(row->id) || *end != '\0' || n < 0 || n > SPEND_MOST)
		return load_bad(l, "`aux` of an account is no spend: %.50s", aux);
	json_object_set_new(twin_sub(l->twin->state, "spend"), row->id,
			    json_sprintf("%lld.%06lld", n / MILLION, n % MILLION));
	return 0;
}

int load_organization(struct load *l)
{
	const char *id = row_str(l->world, "organization_id");
	const char *known = row_str(twin_table(l->twin, "organization"), "Id");

	if (load_each(l, "account", spend_row) != 0)
		return -1;
	if (json_is_true(json_object_get(l->world, "no_organization")) || *id == '\0')
		return 0;
	l->line = 1;
	if (*known != '\0' && strcmp(known, id) != 0)
		return load_bad(l, "this snapshot is of another organization: %.100s, not %s", id,
				known);
	if (*known == '\0')
		organization_set(l, id);
	if (root_set(l) != 0 || load_each(l, "organization", organization_row) != 0 ||
	    units_load(l) != 0 || load_each(l, "account", account_row) != 0 ||
	    load_each(l, "policy", policy_row) != 0)
		return -1;
	if (attachments_load(l) != 0 ||
	    load_each(l, "delegated_administrator", delegation_row) != 0)
		return -1;
	quota_set(l);
	return 0;
}
