/* IAM of a reading: policies with their versions, groups, and users. */
#include "aws/twin/load_priv.h"

#include "aws/twin/iam_priv.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 4096 /* of a part of an address */
#define VERSION_MAX    1000000

/* The account that the row stands in; NULL: none, with the error. */
const char *load_account(struct load *l, const struct load_row *row)
{
	const char *ref = load_text(row, "account");
	const char *account = ref == NULL ? NULL : load_raw(ref, "account");

	if (account != NULL && load_is_account(account)) {
		twin_account_add(l->twin, account, NULL);
		return account;
	}
	load_bad(l, "`account` is missing, or no raw address of an account");
	return NULL;
}

const char *load_name(struct load *l, const struct load_row *row)
{
	const char *name = load_text(row, "name");

	if (name != NULL && *name != '\0')
		return name;
	load_bad(l, "`name` is missing");
	return NULL;
}

static const char *path_of(const struct load_row *row)
{
	const char *path = load_text(row, "path");

	return path == NULL || *path == '\0' ? "/" : path;
}

/* The name in "iam_group/~ACCOUNT/NAME", decoded, in lower case; NULL: it is none of the account.
 */
static char *ref_key(const char *ref, const char *kind, const char *account)
{
	const char *rest = load_raw(ref, kind);
	size_t len = strlen(account);
	auto_buf name = BUF_INIT(NAME_MAX_BYTES);

	if (rest == NULL || strncmp(rest, account, len) != 0 || rest[len] != '/')
		return NULL;
	if (!unescape_percent(&name, rest + len + 1, strlen(rest + len + 1)) || name.full)
		return NULL;
	return iam_key(buf_str(&name));
}

static char *arn_key(const char *account, const char *name)
{
	auto_free char *key = iam_key(name);

	return xasprintf("%s/%s", account, key);
}

/* ARNs hold what the address does not: the path. */
static const char *policy_arn(struct load *l, const char *account, const char *ref)
{
	auto_free char *key = NULL, *name = NULL;
	const char *arn;

	if (str_starts(ref, "arn:"))
		return ref;
	name = ref_key(ref, "iam_policy", account);
	key = name == NULL ? NULL : arn_key(account, name);
	arn = key == NULL ? NULL : json_string_value(json_object_get(l->arns, key));
	if (arn == NULL)
		load_note(l, "%.200s is attached in the account %s and was not read itself", ref,
			  account);
	return arn;
}

static void managed_load(struct load *l, const struct load_row *row, const char *account,
			 json_t *to)
{
	const json_t *refs = json_object_get(row->values, "managed_policies");

	for (size_t i = 0; i < json_array_size(refs); i++) {
		const char *arn =
		    policy_arn(l, account, json_string_value(json_array_get(refs, i)));

		if (arn != NULL)
			json_object_set_new(twin_sub(to, "managed"), arn, json_integer(1));
	}
}

void load_created_set(const struct load_row *row, json_t *to)
{
	const char *created = json_string_value(json_object_get(row->json, "created"));

	if (created != NULL)
		twin_set_str(to, "CreateDate", created);
}

/* A row whose ARN is not the one that name and path make can't be found by it. */
int load_arn_check(struct load *l, const struct load_row *row, const json_t *made)
{
	if (*row->id == '\0' || strcmp(row->id, row_str(made, "Arn")) == 0)
		return 0;
	return load_bad(l, "the ARN %.300s is not that of its account, path and name: %.300s",
			row->id, row_str(made, "Arn"));
}

static json_int_t version_number(const char *id)
{
	char *end;
	long n;

	if (id == NULL || id[0] != 'v' || id[1] < '1' || id[1] > '9')
		return -1;
	n = strtol(id + 1, &end, 10);
	return *end == '\0' && n < VERSION_MAX ? n : -1;
}

struct version {
	json_int_t number;
	const json_t *json;
};

static int version_cmp(const void *pa, const void *pb)
{
	const struct version *a = pa, *b = pb;

	return (a->number > b->number) - (a->number < b->number);
}

/* What older versions said is not read: they get what the one in force says. */
static void version_load(struct load *l, json_t *policy, const struct version *version,
			 const char *document)
{
	const char *id = row_str(version->json, "id"), *created = row_str(version->json, "created");
	int64_t us;
	char time[TIME_RFC3339];

	time_rfc3339((int64_t)l->when * 1000000, time);
	if (time_parse(created, &us) != 0)
		created = time;
	json_object_set_new(twin_sub(policy, "versions"), id,
			    json_pack("{s:s, s:s, s:s}", "VersionId", id, "Document", document,
				      "CreateDate", created));
	twin_set_str(policy, "UpdateDate", created);
	json_object_set_new(policy, "last", json_integer(version->number));
	if (json_is_true(json_object_get(version->json, "default")))
		twin_set_str(policy, "DefaultVersionId", id);
}

static int versions_check(struct load *l, const json_t *list, struct version *versions)
{
	bool standard = false;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *json = json_array_get(list, i);

		versions[i].json = json;
		versions[i].number = version_number(json_string_value(json_object_get(json, "id")));
		if (versions[i].number < 0)
			return load_bad(l, "`aux` has a version without an id of the form v1");
		standard = standard || json_is_true(json_object_get(json, "default"));
	}
	return standard ? 0 : load_bad(l, "`aux` has no default version");
}

/* `aux`: {"versions":[{"created":...,"default":true,"id":"v2"},...]}. Absent: one version. */
static int versions_load(struct load *l, const struct load_row *row, json_t *policy,
			 const char *document)
{
	const char *aux = json_string_value(json_object_get(row->json, "aux"));
	json_auto_t *parsed = NULL;
	const json_t *list;
	auto_free struct version *versions = NULL;
	size_t n;

	if (aux == NULL)
		return 0;
	parsed = json_loads(aux, JSON_REJECT_DUPLICATES, NULL);
	list = json_object_get(parsed, "versions");
	n = json_array_size(list);
	if (n == 0)
		return load_bad(l, "`aux` names no versions");
	versions = xcalloc(n, sizeof(*versions));
	if (versions_check(l, list, versions) != 0)
		return -1;
	qsort(versions, n, sizeof(*versions), version_cmp);
	json_object_clear(twin_sub(policy, "versions"));
	for (size_t i = 0; i < n; i++)
		version_load(l, policy, &versions[i], document);
	return 0;
}

static int policy_row(struct load *l, const struct load_row *row)
{
	const char *account = load_account(l, row), *name = load_name(l, row);
	const char *document = load_text(row, "document");
	const char *description = load_text(row, "description");
	auto_free char *key = NULL;
	json_t *policy;

	if (account == NULL || name == NULL)
		return -1;
	key = arn_key(account, name);
	if (iam_row(l->twin, account, "policies", row->id) != NULL) {
		json_object_set_new(l->arns, key, json_string(row->id));
		return 0;
	}
	if (document == NULL)
		return load_bad(l, "`document` is missing");
	policy = iam_policy_new(l->twin, account, path_of(row), name, document);
	json_object_set(l->arns, key, json_object_get(policy, "Arn"));
	load_created_set(row, policy);
	if (description != NULL && *description != '\0')
		twin_set_str(policy, "Description", description);
	load_map(policy, "tags", json_object_get(row->values, "tags"));
	if (load_arn_check(l, row, policy) != 0 || versions_load(l, row, policy, document) != 0)
		return -1;
	twin_share(l->texts, policy);
	return 0;
}

json_t *load_principal(struct load *l, const struct load_row *row, const char *table,
		       json_t *(*make)(struct twin *, const char *account, const char *path,
				       const char *name))
{
	const char *account = load_account(l, row), *name = load_name(l, row);
	const char *boundary = load_text(row, "permissions_boundary");
	json_t *made;

	if (account == NULL || name == NULL)
		return NULL;
	made = iam_row(l->twin, account, table, name);
	if (made == NULL) {
		made = make(l->twin, account, path_of(row), name);
		load_created_set(row, made);
	}
	if (load_arn_check(l, row, made) != 0)
		return NULL;
	managed_load(l, row, account, made);
	load_map(made, "inline", json_object_get(row->values, "inline_policies"));
	load_map(made, "tags", json_object_get(row->values, "tags"));
	boundary = boundary == NULL ? NULL : policy_arn(l, account, boundary);
	if (boundary != NULL)
		twin_set_str(made, "boundary", boundary);
	return made;
}

static int group_row(struct load *l, const struct load_row *row)
{
	json_t *group = load_principal(l, row, "groups", iam_group_new);

	if (group == NULL)
		return -1;
	twin_share(l->texts, group);
	return 0;
}

static void membership_load(struct load *l, const char *account, const char *user_key, json_t *user,
			    const char *ref)
{
	auto_free char *key = ref_key(ref, "iam_group", account);
	json_t *group = key == NULL ? NULL : iam_row(l->twin, account, "groups", key);

	if (group == NULL) {
		load_note(l, "%.200s has a member and was not read itself", ref);
		return;
	}
	json_object_set_new(twin_sub(user, "groups"), key, json_integer(1));
	json_object_set_new(twin_sub(group, "users"), user_key, json_integer(1));
}

static int user_row(struct load *l, const struct load_row *row)
{
	json_t *user = load_principal(l, row, "users", iam_user_new);
	const json_t *groups = json_object_get(row->values, "groups");
	const char *account;
	auto_free char *key = NULL;

	if (user == NULL)
		return -1;
	account = load_account(l, row);
	key = iam_key(load_text(row, "name"));
	for (size_t i = 0; i < json_array_size(groups); i++)
		membership_load(l, account, key, user,
				json_string_value(json_array_get(groups, i)));
	twin_share(l->texts, user);
	return load_owned(l, row, account, user);
}

int load_iam(struct load *l)
{
	load_iam_accounts(l);
	if (load_each(l, "iam_policy", policy_row) != 0 ||
	    load_each(l, "iam_group", group_row) != 0 || load_each(l, "iam_user", user_row) != 0)
		return -1;
	return load_iam_roles(l);
}
