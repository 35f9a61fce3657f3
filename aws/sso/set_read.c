/* Permission sets as replies show them. */
#include "aws/sso/reading.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What AWS takes where nobody says it, in seconds. */
#define SESSION_DURATION "3600"

/* A reading of one set: what of it is read. */
struct set_reading {
	unsigned parts;
};

/* The accounts of a set as they are read, the last one first. */
struct set_account {
	const struct text *name;
	struct set_account *next;
};
struct set_accounts {
	struct set_account *first;
	size_t n;
};

json_t *instance_input(const struct crawl *crawl)
{
	charter_assert(crawl->side->world.instance_arn != NULL);
	return json_pack("{s:s}", "InstanceArn", crawl->side->world.instance_arn->s);
}

static json_t *set_input(const struct crawl *crawl, const struct text *arn)
{
	json_t *input = instance_input(crawl);

	json_object_set_new(input, "PermissionSetArn", json_of_text(arn));
	return input;
}

json_t *set_stale_input(const struct crawl *crawl, const struct text *arn)
{
	json_t *input = set_input(crawl, arn);

	json_object_set_new(input, "ProvisioningStatus",
			    json_string("LATEST_PERMISSION_SET_NOT_PROVISIONED"));
	return input;
}

/* A run of digits and its unit; 0: there is none. */
static int64_t duration_part(const char **s, char unit, int64_t seconds)
{
	char *end;
	long n = strtol(*s, &end, 10);

	if (**s < '0' || **s > '9' || *end != unit || n < 0 || n > 1000000)
		return 0;
	*s = end + 1;
	return n * seconds;
}

/* ISO 8601, of days and less: "PT1H30M" to "5400". What is none is kept as it is. */
static const struct text *duration_text(struct crawl *crawl, const char *iso)
{
	const char *s = iso;
	int64_t seconds = 0;

	if (*s == 'P') {
		s++;
		seconds += duration_part(&s, 'D', 86400);
		s += *s == 'T';
		seconds += duration_part(&s, 'H', 3600);
		seconds += duration_part(&s, 'M', 60);
		seconds += duration_part(&s, 'S', 1);
	}
	if (*s != '\0' || seconds == 0)
		return text_str(crawl->arena, iso);
	return text_printf(crawl->arena, "%" PRId64, seconds);
}

/* Some that imitate AWS send seconds. */
static struct value duration_value(struct crawl *crawl, const json_t *set)
{
	const char *iso = reply_str(set, "SessionDuration");
	int64_t seconds = reply_int(set, "SessionDuration");

	if (seconds > 0)
		return value_text(text_printf(crawl->arena, "%" PRId64, seconds));
	if (iso == NULL || *iso == '\0')
		return value_str(crawl->arena, SESSION_DURATION);
	return value_text(duration_text(crawl, iso));
}

static void managed_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "AttachedManagedPolicies", "policies", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *arn = crawl_text(crawl, json_array_get(list, i), "Arn");

		if (arn == NULL)
			crawl_bad_reply(crawl, read, "has a policy without an ARN");
		else
			side_add(crawl->side, read->about, PSET_MANAGED, arn, NULL);
	}
}

static void managed_whole(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, PSET_MANAGED);
}

/* "/path/NAME"; NULL: it has no name. */
static const struct text *reference_text(struct crawl *crawl, const json_t *reference)
{
	const char *name = reply_str(reference, "Name"), *path = reply_str(reference, "Path");

	if (name == NULL)
		return NULL;
	return text_printf(crawl->arena, "%s%s", path == NULL ? "/" : path, name);
}

static void customer_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n =
	    crawl_list(crawl, read, page, "CustomerManagedPolicyReferences", "references", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *policy = reference_text(crawl, json_array_get(list, i));

		if (policy == NULL)
			crawl_bad_reply(crawl, read, "has a reference without a name");
		else
			side_add(crawl->side, read->about, PSET_CUSTOMER, policy, NULL);
	}
}

static void customer_whole(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, PSET_CUSTOMER);
}

static void inline_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const char *document = reply_str(page, "InlinePolicy");

	read->about->v[PSET_INLINE] = document == NULL || *document == '\0'
					  ? value_str(crawl->arena, "")
					  : value_text(crawl_document(crawl, document, false));
}

static void boundary_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *boundary = reply_obj(page, "PermissionsBoundary");
	const json_t *reference = reply_obj(boundary, "CustomerManagedPolicyReference");
	const struct text *policy = crawl_text(crawl, boundary, "ManagedPolicyArn");

	if (policy == NULL && reference != NULL)
		policy = reference_text(crawl, reference);
	read->about->v[PSET_BOUNDARY] =
	    policy == NULL ? value_str(crawl->arena, "") : value_text(policy);
}

static bool boundary_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	if (strcmp(code, "ResourceNotFoundException") != 0)
		return false;
	read->about->v[PSET_BOUNDARY] = value_str(crawl->arena, "");
	return true;
}

static void tags_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	crawl_tags_add(crawl, read, page, PSET_TAGS);
}

static void tags_whole(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, PSET_TAGS);
}

static void set_tags_read(struct crawl *crawl, uint32_t scope, struct resource *set)
{
	struct read read = {.op = OP_SSO_ADMIN_ListTagsForResource,
			    .scope = scope,
			    .about = set,
			    .page = tags_page,
			    .whole = tags_whole};
	json_t *input = instance_input(crawl);

	json_object_set_new(input, "ResourceArn", json_of_text(set->id));
	crawl_read(crawl, &read, input);
}

/* Where a set is. */

static void stale_add(struct crawl *crawl, struct set_accounts *stale, const char *id)
{
	const struct resource *account = sso_account(crawl, id);
	struct set_account *one;

	/* AWS provisions nothing there before it is active again. */
	if (account != NULL && sso_account_shut(account))
		return;
	one = arena_alloc(crawl->arena, sizeof(*one));
	one->name = account != NULL && account->v[ACCOUNT_NAME].state == VALUE_TEXT
			? account->v[ACCOUNT_NAME].u.text
			: text_str(crawl->arena, id);
	one->next = stale->first;
	stale->first = one;
	stale->n++;
}

static void stale_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "AccountIds", "accounts", &list);

	for (size_t i = 0; i < n; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (id == NULL)
			crawl_bad_reply(crawl, read, "has an account that is no text");
		else
			stale_add(crawl, read->own, id);
	}
}

static int name_cmp(const void *a, const void *b)
{
	return text_cmp(*(const struct text *const *)a, *(const struct text *const *)b);
}

/* All of them: a list that was cut would be the same for different states. */
static void stale_whole(struct crawl *crawl, const struct read *read)
{
	const struct set_accounts *stale = read->own;
	auto_free const struct text **names = xcalloc(stale->n + 1, sizeof(struct text *));
	auto_buf out = BUF_INIT(1u << 20);
	size_t n = 0;

	for (const struct set_account *one = stale->first; one != NULL; one = one->next)
		names[n++] = one->name;
	qsort(names, n, sizeof(struct text *), name_cmp);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%s", i == 0 ? "not in " : ", ", names[i]->s);
	read->about->v[PSET_PROVISIONED] =
	    value_str(crawl->arena, n == 0 ? PROVISIONED_EVERYWHERE : buf_str(&out));
}

static void accounts_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct set_accounts *accounts = read->own;
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "AccountIds", "accounts", &list);

	for (size_t i = 0; i < n; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (id == NULL) {
			crawl_bad_reply(crawl, read, "has an account that is no text");
			continue;
		}
		side_add(crawl->side, read->about, PSET_ACCOUNTS, sso_ref(crawl, "account", id),
			 NULL);
		sso_pair_found(crawl, read->about, id);
		accounts->n++;
	}
}

/* What no account has is nowhere old. */
static void accounts_whole(struct crawl *crawl, const struct read *read)
{
	struct set_accounts *accounts = read->own;
	struct read stale = {.op = OP_SSO_ADMIN_ListAccountsForProvisionedPermissionSet,
			     .scope = read->scope,
			     .about = read->about,
			     .page = stale_page,
			     .whole = stale_whole};

	side_know(crawl->side, read->about, PSET_ACCOUNTS);
	if (accounts->n == 0) {
		read->about->v[PSET_PROVISIONED] = value_str(crawl->arena, PROVISIONED_EVERYWHERE);
		return;
	}
	stale.own = arena_alloc(crawl->arena, sizeof(struct set_accounts));
	crawl_read(crawl, &stale, set_stale_input(crawl, read->about->id));
}

static void accounts_ask(struct crawl *crawl, uint32_t scope, struct resource *set)
{
	struct read read = {.op = OP_SSO_ADMIN_ListAccountsForProvisionedPermissionSet,
			    .scope = scope,
			    .about = set,
			    .own = arena_alloc(crawl->arena, sizeof(struct set_accounts)),
			    .page = accounts_page,
			    .whole = accounts_whole};

	crawl_read(crawl, &read, set_input(crawl, set->id));
}

/* The sets themselves. */

static void parts_read(struct crawl *crawl, uint32_t scope, struct resource *set, unsigned parts)
{
	const struct {
		unsigned part;
		struct read read;
	} listed[] = {
	    {SET_MANAGED,
	     {.op = OP_SSO_ADMIN_ListManagedPoliciesInPermissionSet,
	      .page = managed_page,
	      .whole = managed_whole}},
	    {SET_CUSTOMER,
	     {.op = OP_SSO_ADMIN_ListCustomerManagedPolicyReferencesInPermissionSet,
	      .page = customer_page,
	      .whole = customer_whole}},
	    {SET_INLINE, {.op = OP_SSO_ADMIN_GetInlinePolicyForPermissionSet, .page = inline_page}},
	    {SET_BOUNDARY,
	     {.op = OP_SSO_ADMIN_GetPermissionsBoundaryForPermissionSet,
	      .page = boundary_page,
	      .refused = boundary_refused}},
	};

	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		struct read read = listed[i].read;

		read.scope = scope;
		read.about = set;
		if ((parts & listed[i].part) != 0)
			crawl_read(crawl, &read, set_input(crawl, set->id));
	}
	if ((parts & SET_TAGGED) != 0)
		set_tags_read(crawl, scope, set);
	if ((parts & SET_ACCOUNTS) != 0)
		accounts_ask(crawl, scope, set);
}

static void set_described(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct set_reading *reading = read->own;
	const json_t *object = reply_obj(page, "PermissionSet");
	const struct text *name = crawl_text(crawl, object, "Name");
	struct resource *set;

	if (name == NULL) {
		crawl_bad_reply(crawl, read, "has no permission set with a name");
		return;
	}
	set = crawl_resource(crawl, KIND_PERMISSION_SET, read->note);
	if (set->v[PSET_NAME].state != VALUE_UNSET)
		return;
	set->v[PSET_NAME] = value_text(name);
	set->v[PSET_DESCRIPTION] = crawl_value(crawl, object, "Description");
	set->v[PSET_RELAY] = crawl_value(crawl, object, "RelayState");
	set->v[PSET_DURATION] = duration_value(crawl, object);
	crawl_created(crawl, set, object, "CreatedDate");
	crawl_recorded(crawl, set);
	parts_read(crawl, read->scope, set, reading->parts);
}

void set_read(struct crawl *crawl, uint32_t scope, const struct text *arn, unsigned parts)
{
	struct set_reading *reading = arena_alloc(crawl->arena, sizeof(*reading));
	struct read read = {.op = OP_SSO_ADMIN_DescribePermissionSet,
			    .scope = scope,
			    .note = arn,
			    .own = reading,
			    .page = set_described};

	reading->parts = parts;
	if ((parts & SET_DESCRIBED) != 0)
		crawl_read(crawl, &read, set_input(crawl, arn));
	else
		parts_read(crawl, scope, crawl_resource(crawl, KIND_PERMISSION_SET, arn), parts);
}

static void sets_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct set_reading *reading = read->own;
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "PermissionSets", "permission sets", &list);

	if (crawl->identity != NULL)
		crawl->identity->sets_n += n;
	for (size_t i = 0; i < n; i++) {
		const char *arn = json_string_value(json_array_get(list, i));

		if (arn == NULL)
			crawl_bad_reply(crawl, read, "has a permission set that is no text");
		else
			set_read(crawl, read->scope, text_str(crawl->arena, arn), reading->parts);
	}
}

void sets_read(struct crawl *crawl, uint32_t scope, unsigned parts)
{
	struct set_reading *reading = arena_alloc(crawl->arena, sizeof(*reading));
	struct read read = {.op = OP_SSO_ADMIN_ListPermissionSets,
			    .scope = scope,
			    .own = reading,
			    .page = sets_page};

	reading->parts = parts | SET_DESCRIBED;
	crawl_read(crawl, &read, instance_input(crawl));
}
