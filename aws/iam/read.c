/* IAM of one account: users, groups and local policies in one listing; the policies' tags apart. */
#include "aws/iam/iam.h"

#include "aws/probe.h"
#include "base/env.h"
#include "state/canon.h"

#include <string.h>

/* Documents arrive percent-encoded; the largest is far below. */
#define DOCUMENT_MAX (1u << 20)

/* Where a record comes from: the page, the account, and whether all of it is read. */
struct source {
	struct crawl *crawl;
	const struct read *read;
	const char *account;
	bool full;
};

static const struct text *text_of(const struct source *s, const json_t *object, const char *member)
{
	const char *value = reply_str(object, member);

	return value == NULL ? NULL : text_str(s->crawl->arena, value);
}

/* What cannot be read as a policy is kept as it is: it differs from whatever is declared. */
static const struct text *document_text(const struct source *s, const char *encoded)
{
	auto_buf decoded = BUF_INIT(DOCUMENT_MAX);
	const struct text *partition = s->crawl->side->world.partition, *text;
	auto_error err = {0};
	int line, column;

	if (!unescape_percent(&decoded, encoded, strlen(encoded)))
		return text_str(s->crawl->arena, encoded);
	text = canon_policy_text(s->crawl->arena, buf_str(&decoded), decoded.len, POLICY_IAM,
				 partition == NULL ? "aws" : partition->s, &line, &column, &err);
	return text != NULL ? text : text_new(s->crawl->arena, buf_str(&decoded), decoded.len);
}

/* AWS's own policies stay ARNs; "arn:aws:iam::222222222222:policy/path/NAME" becomes a raw address.
 */
static const struct text *policy_ref(const struct source *s, const char *arn)
{
	auto_free char *own = xasprintf(":iam::%s:policy/", s->account);
	const char *slash = strrchr(arn, '/');

	if (strstr(arn, own) == NULL || slash == NULL)
		return text_str(s->crawl->arena, arn);
	return address_raw_in(s->crawl->arena, "iam_policy", s->account, slash + 1);
}

/* A new resource with name and account; NULL: the reply lacks the name or the ARN. */
static struct resource *iam_record(const struct source *s, uint16_t kind, const struct text *name,
				   const json_t *object)
{
	const struct text *arn = text_of(s, object, "Arn");
	struct resource *resource;
	int64_t us;

	if (name == NULL || arn == NULL) {
		crawl_bad_reply(s->crawl, s->read, "has an entity without name or ARN");
		return NULL;
	}
	resource = side_resource(
	    s->crawl->side, kind,
	    address_raw_in(s->crawl->arena, kinds[kind]->name, s->account, name->s), arn);
	/* Name and account are the first two attributes of every kind here. */
	resource->v[USER_NAME] = value_text(name);
	resource->v[USER_ACCOUNT] = value_text(address_raw(s->crawl->arena, "account", s->account));
	if (reply_time(object, "CreateDate", &us) == 0) {
		char time[TIME_RFC3339];

		time_rfc3339(us, time);
		resource->created = text_str(s->crawl->arena, time);
	}
	return resource;
}

static struct value path_value(const struct source *s, const json_t *object)
{
	const struct text *path = text_of(s, object, "Path");

	return value_text(path == NULL ? text_str(s->crawl->arena, "/") : path);
}

/* The list of this member. What AWS leaves out is empty; what is no list is no reading. */
static size_t list_of(const struct source *s, const json_t *object, const char *member,
		      const json_t **list)
{
	if (json_object_get(object, member) != NULL && !reply_has_list(object, member))
		crawl_bad_reply(s->crawl, s->read, "has something else where a list belongs");
	return reply_list(object, member, list);
}

static void managed_add(const struct source *s, struct resource *resource, uint16_t attr,
			const json_t *object)
{
	const json_t *list;
	size_t n = list_of(s, object, "AttachedManagedPolicies", &list);

	for (size_t i = 0; i < n; i++) {
		const char *arn = reply_str(json_array_get(list, i), "PolicyArn");

		if (arn == NULL)
			crawl_bad_reply(s->crawl, s->read, "has an attached policy without an ARN");
		else
			side_add(s->crawl->side, resource, attr, policy_ref(s, arn), NULL);
	}
	side_know(s->crawl->side, resource, attr);
}

static void inline_add(const struct source *s, struct resource *resource, uint16_t attr,
		       const json_t *object, const char *member)
{
	const json_t *list;
	size_t n = list_of(s, object, member, &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *name = text_of(s, json_array_get(list, i), "PolicyName");
		const char *document = reply_str(json_array_get(list, i), "PolicyDocument");

		if (name == NULL || document == NULL)
			crawl_bad_reply(s->crawl, s->read,
					"has an inline policy without name or document");
		else
			side_add(s->crawl->side, resource, attr, name, document_text(s, document));
	}
	side_know(s->crawl->side, resource, attr);
}

/* False: a tag lacks its key or value. */
static bool tags_add(struct crawl *crawl, struct resource *resource, uint16_t attr,
		     const json_t *object)
{
	const json_t *list;
	size_t n = reply_list(object, "Tags", &list);

	if (json_object_get(object, "Tags") != NULL && !reply_has_list(object, "Tags"))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *key = reply_str(json_array_get(list, i), "Key");
		const char *value = reply_str(json_array_get(list, i), "Value");

		if (key == NULL || value == NULL)
			return false;
		side_add(crawl->side, resource, attr, text_str(crawl->arena, key),
			 text_str(crawl->arena, value));
	}
	return true;
}

static void groups_add(const struct source *s, struct resource *user, const json_t *object)
{
	const json_t *list;
	size_t n = list_of(s, object, "GroupList", &list);

	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name == NULL)
			crawl_bad_reply(s->crawl, s->read, "has a group without a name");
		else
			side_add(s->crawl->side, user, USER_GROUPS,
				 address_raw_in(s->crawl->arena, "iam_group", s->account, name),
				 NULL);
	}
	side_know(s->crawl->side, user, USER_GROUPS);
}

static void user_record(const struct source *s, const json_t *object)
{
	struct resource *user =
	    iam_record(s, KIND_IAM_USER, text_of(s, object, "UserName"), object);
	const char *boundary = reply_str(object, "PermissionsBoundary.PermissionsBoundaryArn");

	if (user == NULL)
		return;
	user->v[USER_PATH] = path_value(s, object);
	user->v[USER_BOUNDARY] = value_text(boundary == NULL ? NULL : policy_ref(s, boundary));
	groups_add(s, user, object);
	managed_add(s, user, USER_MANAGED, object);
	inline_add(s, user, USER_INLINE, object, "UserPolicyList");
	if (!tags_add(s->crawl, user, USER_TAGS, object))
		crawl_bad_reply(s->crawl, s->read, "has a tag without key or value");
	side_know(s->crawl->side, user, USER_TAGS);
	crawl_recorded(s->crawl, user);
}

static void group_record(const struct source *s, const json_t *object)
{
	struct resource *group =
	    iam_record(s, KIND_IAM_GROUP, text_of(s, object, "GroupName"), object);

	if (group == NULL)
		return;
	group->v[GROUP_PATH] = path_value(s, object);
	managed_add(s, group, GROUP_MANAGED, object);
	inline_add(s, group, GROUP_INLINE, object, "GroupPolicyList");
	crawl_recorded(s->crawl, group);
}

/* For the deletion of the oldest: {"versions":[{"created":..,"default":..,"id":"v1"},..]}, as AWS
 * gives them. Sets the document of the default one. */
static const struct text *versions_text(const struct source *s, struct resource *policy,
					const json_t *object)
{
	json_auto_t *versions = json_array();
	json_auto_t *aux = NULL;
	const json_t *list;
	size_t n = list_of(s, object, "PolicyVersionList", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *version = json_array_get(list, i);
		const char *id = reply_str(version, "VersionId");
		const char *created = reply_str(version, "CreateDate");
		const char *document = reply_str(version, "Document");
		bool is_default = reply_bool(version, "IsDefaultVersion");

		if (id == NULL) {
			crawl_bad_reply(s->crawl, s->read, "has a version without an id");
			continue;
		}
		json_array_append_new(versions,
				      json_pack("{s:s, s:b, s:s}", "id", id, "default", is_default,
						"created", created == NULL ? "" : created));
		if (is_default && document != NULL)
			policy->v[IAMPOLICY_DOCUMENT] = value_text(document_text(s, document));
	}
	aux = json_pack("{s:O}", "versions", versions);
	return canon_json(s->crawl->arena, aux);
}

static void policy_tags_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	if (!tags_add(crawl, read->about, IAMPOLICY_TAGS, page))
		crawl_bad_reply(crawl, read, "has a tag without key or value");
}

static void policy_tags_whole(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, IAMPOLICY_TAGS);
}

static void policy_tags_read(struct crawl *crawl, uint32_t scope, struct resource *policy)
{
	struct read read = {.op = OP_IAM_ListPolicyTags,
			    .scope = scope,
			    .about = policy,
			    .page = policy_tags_page,
			    .whole = policy_tags_whole};

	crawl_read(crawl, &read, json_pack("{s:s}", "PolicyArn", policy->id->s));
}

/* The name of a policy may be told by its ARN alone. */
static const struct text *policy_name(const struct source *s, const json_t *object)
{
	const char *name = reply_str(object, "PolicyName"), *arn = reply_str(object, "Arn");
	const char *slash = arn == NULL ? NULL : strrchr(arn, '/');

	if (name == NULL && slash != NULL)
		name = slash + 1;
	return name == NULL ? NULL : text_str(s->crawl->arena, name);
}

static void policy_record(const struct source *s, const json_t *object)
{
	struct resource *policy = iam_record(s, KIND_IAM_POLICY, policy_name(s, object), object);
	const char *description = reply_str(object, "Description");

	if (policy == NULL)
		return;
	policy->v[IAMPOLICY_PATH] = path_value(s, object);
	policy->v[IAMPOLICY_DESCRIPTION] =
	    value_str(s->crawl->arena, description == NULL ? "" : description);
	policy->aux = versions_text(s, policy, object);
	if (policy->v[IAMPOLICY_DOCUMENT].state == VALUE_UNSET)
		crawl_bad_reply(s->crawl, s->read, "has a policy without a default version");
	crawl_recorded(s->crawl, policy);
	if (s->full)
		policy_tags_read(s->crawl,
				 scope_open(s->crawl, s->read->scope, "iam/%s/tags", s->account),
				 policy);
}

static void records_each(const struct source *s, const json_t *page, const char *member,
			 void (*record)(const struct source *, const json_t *))
{
	const json_t *list;
	size_t n = list_of(s, page, member, &list);

	for (size_t i = 0; i < n; i++)
		record(s, json_array_get(list, i));
}

static void details_page(struct crawl *crawl, const struct read *read, const json_t *page,
			 bool full)
{
	struct source s = {.crawl = crawl, .read = read, .account = read->note->s, .full = full};

	if (!reply_has_list(page, "UserDetailList") && !reply_has_list(page, "GroupDetailList") &&
	    !reply_has_list(page, "Policies"))
		crawl_bad_reply(crawl, read, "has no list of users, groups or policies");
	records_each(&s, page, "UserDetailList", user_record);
	records_each(&s, page, "GroupDetailList", group_record);
	records_each(&s, page, "Policies", policy_record);
}

static void full_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	details_page(crawl, read, page, true);
}

static void probe_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	details_page(crawl, read, page, false);
}

void iam_read_account(struct crawl *crawl, const struct text *account)
{
	struct read read = {.op = OP_IAM_GetAccountAuthorizationDetails, .page = full_page};

	read.note = account;
	read.scope = scope_open(crawl, 0, "iam/%s", account->s);
	scope_open(crawl, read.scope, "iam/%s/tags", account->s);
	crawl_read(crawl, &read,
		   json_pack("{s:[s, s, s]}", "Filter", "User", "Group", "LocalManagedPolicy"));
}

void iam_read_all(struct crawl *crawl)
{
	const struct text *account = crawl->side->world.caller_account;

	if (account != NULL)
		iam_read_account(crawl, account);
}

static const char *filter_of(enum op_id op)
{
	switch (op) {
	case OP_IAM_CreateGroup:
	case OP_IAM_UpdateGroup:
	case OP_IAM_DeleteGroup:
	case OP_IAM_AttachGroupPolicy:
	case OP_IAM_DetachGroupPolicy:
	case OP_IAM_PutGroupPolicy:
	case OP_IAM_DeleteGroupPolicy:
		return "Group";
	case OP_IAM_CreatePolicy:
	case OP_IAM_DeletePolicy:
	case OP_IAM_CreatePolicyVersion:
	case OP_IAM_DeletePolicyVersion:
		return "LocalManagedPolicy";
	default:
		return "User";
	}
}

static void probe_policy_tags(struct probe *probe, const char *account)
{
	const struct text *arn = probe_member(probe, "PolicyArn");
	const char *slash = arn == NULL ? NULL : strrchr(arn->s, '/');
	struct resource *policy;

	if (slash == NULL)
		return;
	policy = side_resource(
	    probe->crawl->side, KIND_IAM_POLICY,
	    address_raw_in(probe->crawl->arena, "iam_policy", account, slash + 1), arn);
	policy->v[IAMPOLICY_NAME] = value_str(probe->crawl->arena, slash + 1);
	policy->v[IAMPOLICY_ACCOUNT] =
	    value_text(address_raw(probe->crawl->arena, "account", account));
	policy_tags_read(probe->crawl, probe_scope(probe, "iam/%s/tags", account), policy);
}

static void probe_details(struct probe *probe, const struct text *account)
{
	struct read read = {.op = OP_IAM_GetAccountAuthorizationDetails,
			    .scope = probe_scope(probe, "iam/%s", account->s),
			    .note = account,
			    .page = probe_page};

	crawl_read(probe->crawl, &read,
		   json_pack("{s:[s]}", "Filter", filter_of((enum op_id)(probe->call->op - ops))));
}

void iam_probe(struct crawl *crawl, const struct call *call, const struct probe_context *context,
	       const struct text **scope)
{
	const struct text *account = context->world->caller_account;
	struct probe probe;

	probe_begin(&probe, crawl, call, context, scope);
	if (account != NULL &&
	    (call->op == &ops[OP_IAM_TagPolicy] || call->op == &ops[OP_IAM_UntagPolicy]))
		probe_policy_tags(&probe, account->s);
	else if (account != NULL)
		probe_details(&probe, account);
	probe_end(&probe);
}
