/* Entities of IAM as replies show them: to resources. */
#include "aws/iam/account.h"

#include "state/canon.h"

#include <inttypes.h>
#include <string.h>

/* What AWS takes where nobody says it, in seconds. */
#define SESSION_DURATION 3600

struct iam_page iam_page_of(struct crawl *crawl, const struct read *read)
{
	return (struct iam_page){.crawl = crawl,
				 .read = read,
				 .account = read->note,
				 .address = address_raw(crawl->arena, "account", read->note->s)};
}

const struct text *iam_text(const struct iam_page *p, const json_t *object, const char *member)
{
	const char *value = reply_str(object, member);

	return value == NULL ? NULL : text_str(p->crawl->arena, value);
}

/* AWS's own policies stay ARNs; "arn:aws:iam::222222222222:policy/path/NAME" becomes a raw address.
 */
static const struct text *policy_ref(const struct iam_page *p, const char *arn)
{
	auto_free char *own = xasprintf(":iam::%s:policy/", p->account->s);
	const char *slash = strrchr(arn, '/');

	if (strstr(arn, own) == NULL || slash == NULL)
		return text_str(p->crawl->arena, arn);
	return address_raw_in(p->crawl->arena, "iam_policy", p->account->s, slash + 1);
}

/* Name and account are the first two attributes of every kind here. */
static struct resource *resource_of(const struct iam_page *p, uint16_t kind,
				    const struct text *name, const struct text *id)
{
	struct crawl *crawl = p->crawl;
	struct resource *resource = side_resource(
	    crawl->side, kind,
	    address_raw_in(crawl->arena, kinds[kind]->name, p->account->s, name->s), id);

	resource->v[USER_NAME] = value_text(name);
	resource->v[USER_ACCOUNT] = value_text(p->address);
	return resource;
}

struct resource *iam_named(struct crawl *crawl, uint16_t kind, const struct text *account,
			   const struct text *name, const struct text *id)
{
	struct iam_page p = iam_page_of(crawl, &(struct read){.note = account});

	return resource_of(&p, kind, name, id);
}

struct resource *iam_record(const struct iam_page *p, uint16_t kind, const struct text *name,
			    const json_t *object)
{
	const struct text *arn = iam_text(p, object, "Arn");
	struct resource *resource;

	if (name == NULL || arn == NULL) {
		crawl_bad_reply(p->crawl, p->read, "has an entity without name or ARN");
		return NULL;
	}
	resource = resource_of(p, kind, name, arn);
	crawl_created(p->crawl, resource, object, "CreateDate");
	return resource;
}

static struct value path_value(const struct iam_page *p, const json_t *object)
{
	const struct text *path = iam_text(p, object, "Path");

	return value_text(path == NULL ? text_str(p->crawl->arena, "/") : path);
}

static struct value boundary_value(const struct iam_page *p, const json_t *object)
{
	const char *arn = reply_str(object, "PermissionsBoundary.PermissionsBoundaryArn");

	return value_text(arn == NULL ? NULL : policy_ref(p, arn));
}

size_t iam_list(const struct iam_page *p, const json_t *object, const char *member,
		const json_t **list)
{
	if (json_object_get(object, member) != NULL && !reply_has_list(object, member))
		crawl_bad_reply(p->crawl, p->read, "has something else where a list belongs");
	return reply_list(object, member, list);
}

static void managed_add(const struct iam_page *p, struct resource *resource, uint16_t attr,
			const json_t *object)
{
	const json_t *list;
	size_t n = iam_list(p, object, "AttachedManagedPolicies", &list);

	for (size_t i = 0; i < n; i++) {
		const char *arn = reply_str(json_array_get(list, i), "PolicyArn");

		if (arn == NULL)
			crawl_bad_reply(p->crawl, p->read, "has an attached policy without an ARN");
		else
			side_add(p->crawl->side, resource, attr, policy_ref(p, arn), NULL);
	}
	side_know(p->crawl->side, resource, attr);
}

static void inline_add(const struct iam_page *p, struct resource *resource, uint16_t attr,
		       const json_t *object, const char *member)
{
	const json_t *list;
	size_t n = iam_list(p, object, member, &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *name = iam_text(p, json_array_get(list, i), "PolicyName");
		const char *document = reply_str(json_array_get(list, i), "PolicyDocument");

		if (name == NULL || document == NULL)
			crawl_bad_reply(p->crawl, p->read,
					"has an inline policy without name or document");
		else
			side_add(p->crawl->side, resource, attr, name,
				 crawl_document(p->crawl, document, true));
	}
	side_know(p->crawl->side, resource, attr);
}

static void tags_collect(const struct iam_page *p, struct resource *resource, uint16_t attr,
			 const json_t *object)
{
	const json_t *list;
	size_t n = iam_list(p, object, "Tags", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *key = iam_text(p, json_array_get(list, i), "Key");
		const struct text *value = iam_text(p, json_array_get(list, i), "Value");

		if (key == NULL || value == NULL)
			crawl_bad_reply(p->crawl, p->read, "has a tag without key or value");
		else
			side_add(p->crawl->side, resource, attr, key, value);
	}
}

void iam_tags_add(const struct iam_page *p, struct resource *resource, uint16_t attr,
		  const json_t *object)
{
	tags_collect(p, resource, attr, object);
	side_know(p->crawl->side, resource, attr);
}

static void groups_add(const struct iam_page *p, struct resource *user, const json_t *object)
{
	const json_t *list;
	size_t n = iam_list(p, object, "GroupList", &list);

	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name == NULL)
			crawl_bad_reply(p->crawl, p->read, "has a group without a name");
		else
			side_add(p->crawl->side, user, USER_GROUPS,
				 address_raw_in(p->crawl->arena, "iam_group", p->account->s, name),
				 NULL);
	}
	side_know(p->crawl->side, user, USER_GROUPS);
}

void iam_user_record(const struct iam_page *p, const json_t *object)
{
	struct resource *user =
	    iam_record(p, KIND_IAM_USER, iam_text(p, object, "UserName"), object);

	if (user == NULL)
		return;
	user->v[USER_PATH] = path_value(p, object);
	user->v[USER_BOUNDARY] = boundary_value(p, object);
	groups_add(p, user, object);
	managed_add(p, user, USER_MANAGED, object);
	inline_add(p, user, USER_INLINE, object, "UserPolicyList");
	iam_tags_add(p, user, USER_TAGS, object);
	crawl_recorded(p->crawl, user);
}

void iam_group_record(const struct iam_page *p, const json_t *object)
{
	struct resource *group =
	    iam_record(p, KIND_IAM_GROUP, iam_text(p, object, "GroupName"), object);

	if (group == NULL)
		return;
	group->v[GROUP_PATH] = path_value(p, object);
	managed_add(p, group, GROUP_MANAGED, object);
	inline_add(p, group, GROUP_INLINE, object, "GroupPolicyList");
	crawl_recorded(p->crawl, group);
}

/* Roles. */

/* What every reply shows of a role; NULL: it lacks something. */
static struct resource *role_record(const struct iam_page *p, const json_t *object)
{
	struct resource *role =
	    iam_record(p, KIND_IAM_ROLE, iam_text(p, object, "RoleName"), object);
	const char *trust = reply_str(object, "AssumeRolePolicyDocument");

	if (role == NULL)
		return NULL;
	if (trust == NULL)
		crawl_bad_reply(p->crawl, p->read, "has a role without a trust policy");
	else
		role->v[ROLE_TRUST] = value_text(crawl_document(p->crawl, trust, true));
	role->v[ROLE_PATH] = path_value(p, object);
	role->v[ROLE_BOUNDARY] = boundary_value(p, object);
	iam_tags_add(p, role, ROLE_TAGS, object);
	crawl_recorded(p->crawl, role);
	return role;
}

static void profiles_add(const struct iam_page *p, struct resource *role, const json_t *object)
{
	const json_t *list;
	size_t n = iam_list(p, object, "InstanceProfileList", &list);

	for (size_t i = 0; i < n; i++) {
		const struct text *name =
		    iam_text(p, json_array_get(list, i), "InstanceProfileName");

		if (name == NULL)
			crawl_bad_reply(p->crawl, p->read,
					"has an instance profile without a name");
		else
			side_add(p->crawl->side, role, ROLE_PROFILES, name, NULL);
	}
	side_know(p->crawl->side, role, ROLE_PROFILES);
}

static void role_describe(const struct iam_page *p, struct resource *role, const json_t *object)
{
	int64_t seconds = reply_int(object, "MaxSessionDuration");

	role->v[ROLE_DESCRIPTION] = crawl_value(p->crawl, object, "Description");
	role->v[ROLE_DURATION] = value_text(text_printf(
	    p->crawl->arena, "%" PRId64, seconds > 0 ? seconds : (int64_t)SESSION_DURATION));
}

void iam_role_record(const struct iam_page *p, const json_t *object)
{
	struct resource *role = role_record(p, object);

	if (role == NULL)
		return;
	managed_add(p, role, ROLE_MANAGED, object);
	inline_add(p, role, ROLE_INLINE, object, "RolePolicyList");
	profiles_add(p, role, object);
}

/* A role that was made since is not among those recorded; one that went has nothing more to say. */
void iam_role_described(const struct iam_page *p, const json_t *object)
{
	const char *name = reply_str(object, "RoleName");
	struct resource *role;

	if (name == NULL) {
		crawl_bad_reply(p->crawl, p->read, "has a role without a name");
		return;
	}
	role = side_find(p->crawl->side,
			 address_raw_in(p->crawl->arena, "iam_role", p->account->s, name));
	if (role != NULL)
		role_describe(p, role, object);
}

void iam_role_single(const struct iam_page *p, const json_t *object)
{
	struct resource *role = role_record(p, object);

	if (role != NULL)
		role_describe(p, role, object);
}

/* Policies. */

/* For the deletion of the oldest: {"versions":[{"created":..,"default":..,"id":"v1"},..]}, as AWS
 * gives them. Sets the document of the default one. */
static const struct text *versions_text(const struct iam_page *p, struct resource *policy,
					const json_t *object)
{
	json_auto_t *versions = json_array();
	json_auto_t *aux = NULL;
	const json_t *list;
	size_t n = iam_list(p, object, "PolicyVersionList", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *version = json_array_get(list, i);
		const char *id = reply_str(version, "VersionId");
		const char *created = reply_str(version, "CreateDate");
		const char *document = reply_str(version, "Document");
		bool is_default = reply_bool(version, "IsDefaultVersion");

		if (id == NULL) {
			crawl_bad_reply(p->crawl, p->read, "has a version without an id");
			continue;
		}
		json_array_append_new(versions,
				      json_pack("{s:s, s:b, s:s}", "id", id, "default", is_default,
						"created", created == NULL ? "" : created));
		if (is_default && document != NULL)
			policy->v[IAMPOLICY_DOCUMENT] =
			    value_text(crawl_document(p->crawl, document, true));
	}
	aux = json_pack("{s:O}", "versions", versions);
	return canon_json(p->crawl->arena, aux);
}

static void policy_tags_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct iam_page p = iam_page_of(crawl, read);

	tags_collect(&p, read->about, IAMPOLICY_TAGS, page);
}

static void policy_tags_whole(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, IAMPOLICY_TAGS);
}

void iam_policy_tags_read(struct crawl *crawl, uint32_t scope, const struct text *account,
			  struct resource *policy)
{
	struct read read = {.op = OP_IAM_ListPolicyTags,
			    .scope = scope,
			    .account = account_entered(crawl, account),
			    .about = policy,
			    .note = account,
			    .page = policy_tags_page,
			    .whole = policy_tags_whole};

	crawl_read(crawl, &read, json_pack("{s:s}", "PolicyArn", policy->id->s));
}

/* The name of a policy may be told by its ARN alone. */
static const struct text *policy_name(const struct iam_page *p, const json_t *object)
{
	const char *name = reply_str(object, "PolicyName"), *arn = reply_str(object, "Arn");
	const char *slash = arn == NULL ? NULL : strrchr(arn, '/');

	if (name == NULL && slash != NULL)
		name = slash + 1;
	return name == NULL ? NULL : text_str(p->crawl->arena, name);
}

void iam_policy_record(const struct iam_page *p, const json_t *object)
{
	struct resource *policy = iam_record(p, KIND_IAM_POLICY, policy_name(p, object), object);

	if (policy == NULL)
		return;
	policy->v[IAMPOLICY_PATH] = path_value(p, object);
	policy->v[IAMPOLICY_DESCRIPTION] = crawl_value(p->crawl, object, "Description");
	policy->aux = versions_text(p, policy, object);
	if (policy->v[IAMPOLICY_DOCUMENT].state == VALUE_UNSET)
		crawl_bad_reply(p->crawl, p->read, "has a policy without a default version");
	crawl_recorded(p->crawl, policy);
	if (p->full)
		iam_policy_tags_read(
		    p->crawl, scope_open(p->crawl, p->read->scope, "iam/%s/tags", p->account->s),
		    p->account, policy);
}
