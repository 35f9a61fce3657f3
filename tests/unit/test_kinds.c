/* The table of kinds: every descriptor is whole, and no two say the same name. */
#include "state/kind.h"

#include "state/valid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool name_is_plain(const char *s)
{
	return s != NULL && *s != '\0' && strspn(s, "abcdefghijklmnopqrstuvwxyz_") == strlen(s);
}

static bool attr_is_set(const struct attr *attr)
{
	return attr->type == ATTR_SET || attr->type == ATTR_REFS || attr->type == ATTR_TAGS ||
	       attr->type == ATTR_POLICIES;
}

static void attr_check(const struct kind *kind, const struct attr *attr)
{
	bool is_ref = attr->type == ATTR_REF || attr->type == ATTR_REFS;

	assert_true(name_is_plain(attr->name));
	assert_int_equal(is_ref, attr->ref != NULL);
	if (is_ref)
		assert_true(kind_find(attr->ref) >= 0);
	/* What is never declared is never removed. A document alone may be one of a relation. */
	if ((attr->flags & ATTR_LIVE) == 0 && attr->type != ATTR_POLICY)
		assert_int_equal(attr_is_set(attr), attr->relation != NULL);
	if ((attr->flags & ATTR_IMMUTABLE) != 0)
		assert_non_null(attr->advice);
	if ((attr->flags & ATTR_ADDITIVE) != 0)
		assert_int_equal(attr->type, ATTR_SET);
	if (attr->edge != NULL)
		assert_int_equal(attr->type, ATTR_REFS);
	if (attr->max != 0)
		assert_true(attr->min <= attr->max);
	for (const struct attr *other = kind->attr; other != attr; other++)
		assert_string_not_equal(other->name, attr->name);
}

static void address_check(const struct kind *kind)
{
	switch (kind->address) {
	case ADDRESS_SINGLE:
		break;
	case ADDRESS_NAME:
		assert_string_equal(kind->attr[0].name, "name");
		break;
	case ADDRESS_PATH:
	case ADDRESS_ACCOUNT:
	case ADDRESS_PAIR:
	case ADDRESS_EDGE:
		assert_true(kind->attrs >= 2);
		assert_int_equal(kind->attr[1].type, ATTR_REF);
		break;
	default:
		fail_msg("%s: no rule for its address", kind->name);
	}
	if (kind->address != ADDRESS_SINGLE) {
		assert_int_equal(kind->attr[0].type,
				 kind->address == ADDRESS_EDGE ? ATTR_REF : ATTR_TEXT);
		assert_true((kind->attr[0].flags & ATTR_DERIVED) != 0);
	}
}

static void test_table(void **state)
{
	(void)state;
	for (int i = 0; i < KIND_COUNT; i++) {
		const struct kind *kind = kinds[i];

		assert_non_null(kind);
		assert_true(name_is_plain(kind->name));
		assert_true(kind->title != NULL && kind->plural != NULL);
		assert_true(kind->attr != NULL && kind->attrs > 0);
		assert_true(kind->scopes != NULL && kind->scopes[0] != NULL);
		assert_int_equal(kind_find(kind->name), i);
		assert_true((kind->flags & KIND_RENAME) != 0 || kind->rename_advice != NULL);
		if ((kind->flags & KIND_EDGE) != 0)
			assert_true(kind->address == ADDRESS_PAIR || kind->address == ADDRESS_EDGE);
		address_check(kind);
		for (uint16_t k = 0; k < kind->attrs; k++)
			attr_check(kind, &kind->attr[k]);
	}
	assert_int_equal(kind_find("units"), -1);
}

static void test_policy_types(void **state)
{
	(void)state;
	for (const struct policy_type *type = policy_types; type->name != NULL; type++) {
		assert_ptr_equal(policy_type_find(type->name), type);
		assert_true(type->max_chars > type->warn_chars);
		assert_true(type->max_attached > type->warn_attached);
		assert_true(type->max_policies > 0);
		assert_true(type->aws_default == NULL || type->iam);
	}
	assert_null(policy_type_find("SCP"));
}

static bool foreign_named(uint16_t kind, uint16_t attr, const char *s)
{
	struct arena *arena = arena_new();
	struct side *side = side_new(arena);
	struct resource *resource = side_resource(side, kind, NULL, NULL);
	bool foreign;

	resource->v[attr] = value_str(arena, s);
	foreign = kinds[kind]->foreign(resource);
	side_free(side);
	arena_free(arena);
	return foreign;
}

static bool element_foreign(const char *s)
{
	struct arena *arena = arena_new();
	bool foreign = element_is_foreign(text_str(arena, s));

	arena_free(arena);
	return foreign;
}

static void test_foreign(void **state)
{
	(void)state;
	assert_true(foreign_named(KIND_POLICY, POLICY_NAME, "aws-guardrails-abc"));
	assert_false(foreign_named(KIND_POLICY, POLICY_NAME, "guardrails"));
	assert_true(foreign_named(KIND_IAM_USER, USER_PATH, "/aws-reserved/sso/"));
	assert_true(foreign_named(KIND_IAM_GROUP, GROUP_NAME, "AWSControlTowerAdmins"));
	assert_true(foreign_named(KIND_IAM_POLICY, IAMPOLICY_NAME, "stacksets-exec-1"));
	assert_false(foreign_named(KIND_IAM_POLICY, IAMPOLICY_PATH, "/service/"));
	assert_true(element_foreign("policy/FullAWSAccess"));
	assert_true(element_foreign("policy/~p-RCPFullAWSAccess"));
	assert_true(element_foreign("policy/aws-guardrails-x"));
	assert_false(element_foreign("policy/FullAWSAccess2"));
	assert_false(element_foreign("arn:aws:iam::aws:policy/ReadOnlyAccess"));
}

static void addresses_check(struct arena *arena)
{
	const struct text *root = text_str(arena, "root"), *unit;

	unit = address_below(arena, address_below(arena, root, "a/b"), "~c{%}\"");
	assert_string_equal(unit->s, "unit/a%2Fb/%7Ec%7B%25%7D%22");
	assert_string_equal(address_name(arena, unit)->s, "~c{%}\"");
	assert_string_equal(address_part(arena, unit, 0)->s, "unit");
	assert_string_equal(address_part(arena, unit, 1)->s, "a/b");
	assert_null(address_part(arena, unit, 3));
	assert_true(address_is(unit, "unit"));
	assert_false(address_is(unit, "un"));
	assert_string_equal(address_raw_in(arena, "iam_user", "222222222222", "a*")->s,
			    "iam_user/~222222222222/a%2A");
}

/* Sets are there only once read whole; the same id twice merges only when equal. */
static void side_check(struct arena *arena)
{
	struct side *side = side_new(arena);
	const struct text *id = text_str(arena, "p-12345678"), *clash;
	struct resource *a =
	    side_resource(side, KIND_POLICY, address_raw(arena, "policy", id->s), id);
	struct resource *b = side_resource(side, KIND_POLICY, a->address, id);
	struct resource *unit = side_resource(side, KIND_UNIT, text_str(arena, "unit/~ou-1"), NULL);

	side_add(side, unit, UNIT_POLICIES, text_str(arena, "policy/~b"), NULL);
	side_add(side, unit, UNIT_POLICIES, text_str(arena, "policy/~a"), NULL);
	side_know(side, unit, UNIT_POLICIES);
	side_add(side, unit, UNIT_TAGS, text_str(arena, "k"), text_str(arena, "v"));
	assert_ptr_equal(side_by_id(side, KIND_POLICY, id), a);
	side_finish(side, &clash);
	assert_null(clash);
	assert_int_equal(side->all.n, 2);
	assert_int_equal(unit->v[UNIT_POLICIES].u.set->n, 2);
	assert_string_equal(unit->v[UNIT_POLICIES].u.set->item[0].key->s, "policy/~a");
	assert_int_equal(unit->v[UNIT_TAGS].state, VALUE_UNSET);

	b = side_resource(side, KIND_POLICY, a->address, id);
	b->v[POLICY_NAME] = value_str(arena, "other");
	side_finish(side, &clash);
	assert_true(text_eq(clash, a->address));
	side_free(side);
}

static void scopes_check(struct arena *arena)
{
	struct side *side = side_new(arena);
	uint32_t units = side_scope(side, 0, "units"), part = side_scope(side, units, "units/ou-1");
	uint32_t policies = side_scope(side, 0, "policies");

	side->scopes.at[policies].state = SCOPE_WHOLE;
	assert_int_equal(side_scope(side, 0, "units"), units);
	assert_int_equal(side_scope_state(side, "none"), SCOPE_OPEN);
	scope_fail(side, part, "AccessDenied", "no");
	scope_fail(side, part, "Later", "no");
	assert_string_equal(side->scopes.at[part].code->s, "AccessDenied");
	assert_int_equal(side_scope_state(side, "units"), SCOPE_PARTIAL);
	assert_int_equal(side_scope_state(side, "policies"), SCOPE_WHOLE);
	scope_fail(side, 0, "Cut", "off");
	assert_int_equal(side_scope_state(side, "policies"), SCOPE_PARTIAL);
	side_free(side);
}

static void test_sides(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	addresses_check(arena);
	side_check(arena);
	scopes_check(arena);
	arena_free(arena);
}

static void test_names(void **state)
{
	static const struct {
		const char *(*valid)(const char *, size_t);
		const char *good, *bad;
	} cases[] = {
	    {valid_account_name, "A b-1", "a>b"},
	    {valid_email, "a+b@example.co", "a@b@example.com"},
	    {valid_email, "a@b.c", "a@example."},
	    {valid_iam_name, "a+=,.@-_Z", "a b"},
	    {valid_iam_path, "/a!/", "/a"},
	    {valid_policy_path, "/a.b/", "/a!/"},
	    {valid_service, "sso.amazonaws.com", "sso"},
	    {valid_tag_key, "Bücher:1", "a;b"},
	    {valid_tag_value, "", "a\xe2\x86\x92z"},
	    {valid_tag_key, "team", "AWS:team"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_null(cases[i].valid(cases[i].good, strlen(cases[i].good)));
		assert_non_null(cases[i].valid(cases[i].bad, strlen(cases[i].bad)));
	}
	assert_true(is_policy_arn("arn:aws:iam::222222222222:policy/a/b"));
	assert_true(is_policy_arn("arn:aws-cn:iam::aws:policy/x"));
	assert_false(is_policy_arn("arn:aws:iam::22:policy/x"));
	assert_false(is_policy_arn("arn:aws:iam::aws:role/x"));
	assert_false(is_policy_arn("arn:aws:iam::aws:policy/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),   cmocka_unit_test(test_policy_types),
	    cmocka_unit_test(test_foreign), cmocka_unit_test(test_sides),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
