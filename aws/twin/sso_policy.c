/* What the permission sets of the twin give: AWS's policies, customers' own, an inline one, and the
 * boundary. */
#include "aws/twin/sso_priv.h"

#include <string.h>

/* Whether the set may have one more, in either of the tables. */
static bool may_attach(struct twin *t, struct twin_call *c, json_t *set, const char *table,
		       const char *key)
{
	if (json_object_get(json_object_get(set, table), key) != NULL) {
		twin_refuse(c, "ConflictException",
			    "PermissionSet with id %s already has a typed link attachment to a "
			    "managed policy with %s",
			    idc_set_id(set), key);
		return false;
	}
	return idc_within(t, c, IDC_POLICIES,
			  json_object_size(json_object_get(set, "managed")) +
			      json_object_size(json_object_get(set, "customer")) + 1);
}

static json_t *attach(struct twin *t, struct twin_call *c, const char *table, const char *key)
{
	json_t *set = idc_set_own(t, c);

	if (set == NULL || !may_attach(t, c, set, table, key))
		return NULL;
	json_object_set_new(twin_sub(set, table), key, json_integer(1));
	idc_set_changed(set);
	return json_object();
}

static json_t *detach(struct twin *t, struct twin_call *c, const char *table, const char *key)
{
	json_t *set = idc_set_own(t, c);

	if (set == NULL)
		return NULL;
	if (json_object_del(json_object_get(set, table), key) != 0)
		return idc_missing(c, "Policy in the permission set", key);
	idc_set_changed(set);
	return json_object();
}

static json_t *managed_attach(struct twin *t, struct twin_call *c)
{
	return attach(t, c, "managed", idc_input(c, "ManagedPolicyArn"));
}

static json_t *managed_detach(struct twin *t, struct twin_call *c)
{
	return detach(t, c, "managed", idc_input(c, "ManagedPolicyArn"));
}

static json_t *managed_list(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_named(t, c), *items, *one;
	const char *arn;

	if (set == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(json_object_get(set, "managed"), arn, one)
	{
		json_array_append_new(
		    items, json_pack("{s:s, s:s}", "Name", strrchr(arn, '/') + 1, "Arn", arn));
	}
	return idc_page(t, c, "AttachedManagedPolicies", items, NULL);
}

static json_t *customer_attach(struct twin *t, struct twin_call *c)
{
	auto_free char *key =
	    idc_reference(c, json_object_get(c->input, "CustomerManagedPolicyReference"));

	return key == NULL ? NULL : attach(t, c, "customer", key);
}

static json_t *customer_detach(struct twin *t, struct twin_call *c)
{
	auto_free char *key =
	    idc_reference(c, json_object_get(c->input, "CustomerManagedPolicyReference"));

	return key == NULL ? NULL : detach(t, c, "customer", key);
}

/* {Name, Path} of "/path/NAME": new. */
static json_t *reference_show(const char *key)
{
	const char *name = strrchr(key, '/') + 1;

	return json_pack("{s:s, s:s%}", "Name", name, "Path", key, (size_t)(name - key));
}

static json_t *customer_list(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_named(t, c), *items, *one;
	const char *key;

	if (set == NULL)
		return NULL;
	items = json_array();
	json_object_foreach(json_object_get(set, "customer"), key, one)
	{
		json_array_append_new(items, reference_show(key));
	}
	return idc_page(t, c, "CustomerManagedPolicyReferences", items, NULL);
}

static json_t *inline_put(struct twin *t, struct twin_call *c)
{
	const char *document = idc_input(c, "InlinePolicy");
	json_t *set = idc_set_own(t, c);

	if (set == NULL || !check_policy_json(c, document, "ValidationException") ||
	    !idc_within(t, c, IDC_INLINE_SIZE, iam_document_size(document)))
		return NULL;
	if (strcmp(row_str(set, "inline"), document) != 0) {
		twin_set_str(set, "inline", document);
		idc_set_changed(set);
	}
	return json_object();
}

/* Without one, the text is empty. */
static json_t *inline_get(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_named(t, c);

	return set == NULL ? NULL : json_pack("{s:s}", "InlinePolicy", row_str(set, "inline"));
}

static json_t *inline_delete(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_own(t, c);

	if (set == NULL)
		return NULL;
	if (json_object_del(set, "inline") != 0)
		return idc_missing(c, "Inline policy of the permission set", idc_set_id(set));
	idc_set_changed(set);
	return json_object();
}

/* The ARN or "/path/NAME" of the input's boundary; NULL: refused. The caller frees it. */
static char *boundary_read(struct twin_call *c)
{
	const json_t *boundary = json_object_get(c->input, "PermissionsBoundary");
	const json_t *reference = json_object_get(boundary, "CustomerManagedPolicyReference");
	const char *arn = row_str(boundary, "ManagedPolicyArn");

	if (reference != NULL && *arn == '\0')
		return idc_reference(c, reference);
	if (reference == NULL && strstr(arn, ":iam::aws:policy/") != NULL)
		return xstrdup(arn);
	twin_refuse_as(c, REFUSAL_INVALID, NULL,
		       "Exactly one of CustomerManagedPolicyReference and ManagedPolicyArn must be "
		       "a policy");
	return NULL;
}

static json_t *boundary_put(struct twin *t, struct twin_call *c)
{
	auto_free char *boundary = boundary_read(c);
	json_t *set = boundary == NULL ? NULL : idc_set_own(t, c);

	if (set == NULL)
		return NULL;
	if (strcmp(row_str(set, "boundary"), boundary) != 0) {
		twin_set_str(set, "boundary", boundary);
		idc_set_changed(set);
	}
	return json_object();
}

static json_t *refuse_boundary(struct twin_call *c, const json_t *set)
{
	return idc_missing(c, "PermissionsBoundary of the permission set", idc_set_id(set));
}

static json_t *boundary_get(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_named(t, c);
	const char *boundary = row_str(set, "boundary");

	if (set == NULL)
		return NULL;
	if (*boundary == '\0')
		return refuse_boundary(c, set);
	if (*boundary == '/')
		return json_pack("{s:{s:o}}", "PermissionsBoundary",
				 "CustomerManagedPolicyReference", reference_show(boundary));
	return json_pack("{s:{s:s}}", "PermissionsBoundary", "ManagedPolicyArn", boundary);
}

static json_t *boundary_delete(struct twin *t, struct twin_call *c)
{
	json_t *set = idc_set_own(t, c);

	if (set == NULL)
		return NULL;
	if (json_object_del(set, "boundary") != 0)
		return refuse_boundary(c, set);
	idc_set_changed(set);
	return json_object();
}

#define SET      "InstanceArn PermissionSetArn"
#define CUSTOMER SET " CustomerManagedPolicyReference"
static const struct twin_op ops_of_policies[] = {
    IDC_WRITE("AttachManagedPolicyToPermissionSet", managed_attach, SET " ManagedPolicyArn"),
    IDC_WRITE("DetachManagedPolicyFromPermissionSet", managed_detach, SET " ManagedPolicyArn"),
    IDC_READ("ListManagedPoliciesInPermissionSet", managed_list, SET),
    IDC_WRITE("AttachCustomerManagedPolicyReferenceToPermissionSet", customer_attach, CUSTOMER),
    IDC_WRITE("DetachCustomerManagedPolicyReferenceFromPermissionSet", customer_detach, CUSTOMER),
    IDC_READ("ListCustomerManagedPolicyReferencesInPermissionSet", customer_list, SET),
    IDC_WRITE("PutInlinePolicyToPermissionSet", inline_put, SET " InlinePolicy"),
    IDC_READ("GetInlinePolicyForPermissionSet", inline_get, SET),
    IDC_WRITE("DeleteInlinePolicyFromPermissionSet", inline_delete, SET),
    IDC_WRITE("PutPermissionsBoundaryToPermissionSet", boundary_put, SET " PermissionsBoundary"),
    IDC_READ("GetPermissionsBoundaryForPermissionSet", boundary_get, SET),
    IDC_WRITE("DeletePermissionsBoundaryFromPermissionSet", boundary_delete, SET),
};
const struct twin_service twin_sso_policy_ops = {
    SERVICE_SSO_ADMIN, ops_of_policies, sizeof ops_of_policies / sizeof ops_of_policies[0]};
