/* AWS's quotas, as far as they can be known without asking: sizes, counts, attachments. */
#include "state/expand.h"
#include "state/valid.h"

#include <string.h>

#define USER_INLINE_CHARACTERS 2048
#define ROLE_INLINE_CHARACTERS 10240
#define MANAGED_USUAL          10
/* IAM Identity Center quotas page. */
#define PERMISSION_SETS_MAX   3500
#define SET_INLINE_BYTES      32768
#define SET_INLINE_CHARACTERS 10240
/* Of a trust policy: by default, and the most that AWS grants. */
#define TRUST_USUAL_CHARACTERS 2048
#define TRUST_CHARACTERS       8192

#define POLICY_TYPES_MAX 32

static void document_size(struct compiler *compiler, const struct declaration *declaration,
			  const struct resource *resource)
{
	const struct text *document, *type_name;
	const struct policy_type *type;
	size_t size;

	if (resource->v[POLICY_DOCUMENT].state != VALUE_TEXT)
		return;
	document = resource->v[POLICY_DOCUMENT].u.text;
	type_name = resource->v[POLICY_TYPE].u.text;
	type = policy_type_find(type_name->s);
	if (type == NULL)
		return;
	size = policy_size_organizations(document) - token_excess(document);
	if (size > type->max_chars)
		diagnose(compiler->diagnostics, declaration->where,
			 "policy `%s` has %zu characters; AWS allows %u in a %s",
			 declaration->name->s, size, type->max_chars, type->name);
	else if (type->warn_chars != 0 && size > type->warn_chars)
		diagnose_warning(compiler->diagnostics, declaration->where,
				 "policy `%s` has %zu characters, above the older quota of %u",
				 declaration->name->s, size, type->warn_chars);
}

/* What IAM counts, once every id is known. */
static size_t iam_size(const struct text *document)
{
	return policy_size_iam(document) - token_excess(document);
}

static void iam_document_size(struct compiler *compiler, const struct declaration *declaration,
			      const struct resource *resource)
{
	const struct value *value = &resource->v[IAMPOLICY_DOCUMENT];
	size_t size;

	if (value->state != VALUE_TEXT)
		return;
	size = iam_size(value->u.text);
	if (size > IAM_POLICY_CHARACTERS)
		diagnose(compiler->diagnostics, declaration->where,
			 "IAM policy `%s` has %zu characters; AWS allows %d", declaration->name->s,
			 size, IAM_POLICY_CHARACTERS);
}

static void inline_size(struct compiler *compiler, const struct declaration *declaration,
			const struct value *value, size_t max)
{
	size_t size = 0;

	if (value->state != VALUE_SET)
		return;
	for (uint32_t i = 0; i < value->u.set->n; i++)
		size += iam_size(value->u.set->item[i].value);
	if (size > max)
		diagnose(compiler->diagnostics, declaration->where,
			 "the inline policies of `%s` have %zu characters together; AWS allows %zu",
			 declaration->name->s, size, max);
}

/* AWS's default quota is below what the table of attributes lets pass. */
static void managed_check(struct compiler *compiler, const struct declaration *declaration,
			  uint16_t attr)
{
	const struct node *list = declaration->written[attr].node;

	if (list != NULL && list->n > MANAGED_USUAL &&
	    list->n <= kinds[declaration->kind]->attr[attr].max)
		diagnose_warning(compiler->diagnostics, list->where,
				 "%u managed policies: above AWS's default quota of %d", list->n,
				 MANAGED_USUAL);
}

static void user_check(struct compiler *compiler, const struct declaration *declaration,
		       const struct resource *resource)
{
	inline_size(compiler, declaration, &resource->v[USER_INLINE], USER_INLINE_CHARACTERS);
	managed_check(compiler, declaration, USER_MANAGED);
}

static void group_check(struct compiler *compiler, const struct declaration *declaration,
			const struct resource *resource)
{
	inline_size(compiler, declaration, &resource->v[GROUP_INLINE], GROUP_INLINE_CHARACTERS);
}

static void role_check(struct compiler *compiler, const struct declaration *declaration,
		       const struct resource *resource)
{
	const struct value *trust = &resource->v[ROLE_TRUST];
	size_t size = 0;

	inline_size(compiler, declaration, &resource->v[ROLE_INLINE], ROLE_INLINE_CHARACTERS);
	managed_check(compiler, declaration, ROLE_MANAGED);
	if (trust->state == VALUE_TEXT)
		size = iam_size(trust->u.text);
	if (size > TRUST_CHARACTERS)
		diagnose(compiler->diagnostics, declaration->where,
			 "the trust policy of `%s` has %zu characters; AWS allows %d",
			 declaration->name->s, size, TRUST_CHARACTERS);
	else if (size > TRUST_USUAL_CHARACTERS)
		diagnose_warning(compiler->diagnostics, declaration->where,
				 "the trust policy of `%s` has %zu characters, above AWS's default "
				 "quota of %d",
				 declaration->name->s, size, TRUST_USUAL_CHARACTERS);
}

static void set_inline_size(struct compiler *compiler, const struct declaration *declaration,
			    const struct text *document)
{
	size_t bytes = document->len - token_excess(document), size = iam_size(document);

	if (size > SET_INLINE_CHARACTERS)
		diagnose(compiler->diagnostics, declaration->where,
			 "the inline policy of `%s` has %zu characters; AWS allows %d",
			 declaration->name->s, size, SET_INLINE_CHARACTERS);
	else if (bytes > SET_INLINE_BYTES)
		diagnose(compiler->diagnostics, declaration->where,
			 "the inline policy of `%s` has %zu bytes; AWS allows %d",
			 declaration->name->s, bytes, SET_INLINE_BYTES);
}

/* Managed policies of both sorts count together. */
static void set_check(struct compiler *compiler, const struct declaration *declaration,
		      const struct resource *resource)
{
	const struct node *own = declaration->written[PSET_MANAGED].node;
	const struct node *customer = declaration->written[PSET_CUSTOMER].node;
	uint32_t max = kinds[KIND_PERMISSION_SET]->attr[PSET_MANAGED].max;
	uint32_t own_n = own == NULL ? 0 : own->n, customer_n = customer == NULL ? 0 : customer->n;

	if (own_n <= max && own_n + customer_n > max)
		diagnose(compiler->diagnostics, declaration->where,
			 "permission set `%s` has %u managed policies; AWS allows %u",
			 declaration->name->s, own_n + customer_n, max);
	if (resource->v[PSET_INLINE].state == VALUE_TEXT)
		set_inline_size(compiler, declaration, resource->v[PSET_INLINE].u.text);
}

/* Attachments. */

static const struct resource *organization_of(const struct compiler *compiler)
{
	const struct declaration *found =
	    expand_find(compiler, KIND_ORGANIZATION, NULL, "organization");

	return found == NULL ? NULL : declaration_resource(compiler, found);
}

static bool type_is_enabled(const struct resource *organization, const struct text *type)
{
	const struct value *types =
	    organization == NULL ? NULL : &organization->v[ORG_POLICY_TYPES];

	return types == NULL || types->state != VALUE_SET || set_find(types->u.set, type) != NULL;
}

/* The type of the policy that an element names; NULL when that was diagnosed elsewhere. */
static const struct policy_type *element_type(struct compiler *compiler, const struct node *node)
{
	const struct declaration *found = expand_find(compiler, KIND_POLICY, NULL, node->s->s);
	const struct resource *policy =
	    found == NULL ? NULL : declaration_resource(compiler, found);

	if (policy == NULL || policy->v[POLICY_TYPE].state != VALUE_TEXT)
		return NULL;
	return policy_type_find(policy->v[POLICY_TYPE].u.text->s);
}

static void attached_count(struct compiler *compiler, const struct node *list,
			   const struct policy_type *type, uint32_t count, bool allow_list)
{
	bool with_default = type->aws_default != NULL && !(allow_list && type == policy_types);
	const char *own = "";

	if (with_default) {
		count++;
		own = arena_printf(compiler->arena, ", %s among them", type->aws_default);
	}
	if (count > type->max_attached)
		diagnose(compiler->diagnostics, list->where,
			 "%u policies of type %s here%s; AWS allows %u", count, type->name, own,
			 type->max_attached);
	else if (type->warn_attached != 0 && count > type->warn_attached)
		diagnose_warning(compiler->diagnostics, list->where,
				 "%u policies of type %s here%s: above the older quota of %u",
				 count, type->name, own, type->warn_attached);
}

static void attachments_check(struct compiler *compiler, const struct declaration *declaration,
			      const struct node *list)
{
	const struct resource *organization = organization_of(compiler);
	uint32_t count[POLICY_TYPES_MAX] = {0};

	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *node = list->entry[i].value;
		const struct policy_type *type = element_type(compiler, node);

		if (type == NULL)
			continue;
		charter_assert(type - policy_types < POLICY_TYPES_MAX);
		count[type - policy_types]++;
		if (!type_is_enabled(organization, text_str(compiler->arena, type->name)))
			diagnose(compiler->diagnostics, node->where,
				 "`%s` is a %s, which `policy_types` of the organization lacks",
				 node->s->s, type->name);
	}
	for (size_t i = 0; policy_types[i].name != NULL; i++) {
		if (count[i] > 0)
			attached_count(compiler, list, &policy_types[i], count[i],
				       (declaration->flags & RES_ALLOW_LIST) != 0);
	}
}

static void declaration_check(struct compiler *compiler, const struct declaration *declaration,
			      const struct resource *resource)
{
	static void (*const checks[KIND_COUNT])(struct compiler *, const struct declaration *,
						const struct resource *) = {
	    [KIND_POLICY] = document_size, [KIND_IAM_POLICY] = iam_document_size,
	    [KIND_IAM_USER] = user_check,  [KIND_IAM_GROUP] = group_check,
	    [KIND_IAM_ROLE] = role_check,  [KIND_PERMISSION_SET] = set_check,
	};
	const struct kind *kind = kinds[resource->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		if (kind->attr[i].edge != NULL && declaration->written[i].node != NULL)
			attachments_check(compiler, declaration, declaration->written[i].node);
	}
	if (checks[resource->kind] != NULL)
		checks[resource->kind](compiler, declaration, resource);
}

/* Said at the first declaration past the quota. */
static void totals_check(struct compiler *compiler)
{
	uint32_t units = 0, sets = 0, policies[POLICY_TYPES_MAX] = {0};

	for (size_t i = 0; i < compiler->declarations.n; i++) {
		const struct resource *resource = compiler->made[i];
		const struct policy_type *type;

		if (resource == NULL)
			continue;
		if (resource->kind == KIND_UNIT && ++units == UNITS_MAX + 1)
			diagnose(compiler->diagnostics, resource->where,
				 "more than %d units, which is AWS's quota", UNITS_MAX);
		if (resource->kind == KIND_PERMISSION_SET && ++sets == PERMISSION_SETS_MAX + 1)
			diagnose(compiler->diagnostics, resource->where,
				 "more than %d permission sets, which is AWS's quota",
				 PERMISSION_SETS_MAX);
		if (resource->kind != KIND_POLICY)
			continue;
		type = policy_type_find(resource->v[POLICY_TYPE].u.text->s);
		if (type != NULL && ++policies[type - policy_types] == type->max_policies + 1)
			diagnose(compiler->diagnostics, resource->where,
				 "more than %u policies of type %s, which is AWS's quota",
				 type->max_policies, type->name);
	}
}

/* Errors above a quota, warnings above an older or default one. */
void quotas_check(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->declarations.n; i++) {
		if (compiler->made[i] != NULL)
			declaration_check(compiler, &compiler->declarations.at[i],
					  compiler->made[i]);
	}
	totals_check(compiler);
}
