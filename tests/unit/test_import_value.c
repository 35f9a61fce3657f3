/* Live values in the configuration's words compile back to the same bytes: random values of every
 * attribute of every kind. */
#include "base/env.h"
#include "reconciler/import.h"
#include "reconciler/import_drift.h"
#include "reconciler/import_value.h"
#include "state/canon.h"
#include "state/config.h"
#include "state/edit.h"
#include "state/valid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 60 /* of each kind */

/* What resources refer to. */
static const char beginning[] =
    "charter: 1\n"
    "organization: {id: o-exampleorgid, management_account: \"111111111111\"}\n"
    "units: {A: {}, A/B: {}, \"x%2Fy%25\": {}}\n"
    "accounts: {acc: {id: \"222222222222\", email: acc@example.com, unit: A}}\n"
    "policies:\n"
    "  p1: {document: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: '*', Resource: "
    "'*'}]}}\n"
    "  p2: {document: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: '*', Resource: "
    "'*'}]}}\n"
    "iam: {accounts: {acc: {groups: {g1: {}, g2: {}}, policies: {\n"
    "  q1: {document: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: '*', Resource: "
    "'*'}]}},\n"
    "  q2: {document: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: '*', Resource: "
    "'*'}]}}}}}}\n"
    "identity_center: {region: us-east-1, users: {\n"
    "  u1: {given_name: a, family_name: b, display_name: c, email: d@example.com},\n"
    "  u2: {given_name: a, family_name: b, display_name: c, email: e@example.com}}}\n";

struct fixture {
	struct arena *arena;
	struct random_seeded random;
	struct bound *bound;
	struct side *side;
	unsigned serial;
};

static unsigned below(struct fixture *f, unsigned n)
{
	return (unsigned)(f->random.base.next(&f->random.base) >> 33) % n;
}

static struct side *side_of(struct fixture *f, const struct config_file *files, size_t n)
{
	struct diagnostics diag = {.arena = f->arena};
	const struct compile_world world = {.partition = text_str(f->arena, "aws")};
	struct config *config = config_read(f->arena, files, n, false, &diag);
	struct side *side = config == NULL || diag.errors ? NULL : compile(config, &world, &diag);

	for (size_t i = 0; i < diag.list.n; i++)
		if (!diag.list.at[i].warning)
			fail_msg("%s:%u: %s\n%s", diag.list.at[i].where.file,
				 diag.list.at[i].where.line, diag.list.at[i].message,
				 files[n - 1].data);
	diagnostics_free(&diag);
	assert_non_null(side);
	config_free(config);
	return side;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	const struct config_file file = {"charter.yaml", beginning, sizeof beginning - 1};
	struct diagnostics diag;
	struct sides sides;

	f->arena = arena_new();
	random_seed(&f->random, 1);
	diag = (struct diagnostics){.arena = f->arena};
	f->side = side_of(f, &file, 1);
	sides = (struct sides){.head = f->side, .live = side_new(f->arena)};
	side_finish(sides.live, NULL);
	f->bound = bind_sides(f->arena, &sides, &diag);
	side_free(sides.live);
	assert_int_equal(diag.errors, 0);
	diagnostics_free(&diag);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	bound_free(f->bound);
	side_free(f->side);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* Texts that YAML, the configuration or a path would take for something else. */
static const char *const texts[] = {
    "plain",
    "yes",
    "null",
    "~",
    "1e3",
    "0123",
    "2026-12-31",
    "a: b",
    "- a",
    "# b",
    "it's \"so\"",
    " lead",
    "trail ",
    "two\nlines\n",
    "{x}",
    "[y]",
    "*star",
    "&and",
    "!bang",
    "%25",
    "\xc3\xbc\xe2\x82\xac",
    "",
    "/people/",
    "/",
    "x@example.com",
    "SERVICE_CONTROL_POLICY",
    "TAG_POLICY",
    "ALL",
    "config.amazonaws.com",
    "alias-1",
    "https://console.aws.amazon.com/s3?a=b#c",
    "0123456789abcdef0123456789abcdef01234567",
};

static bool text_fits(const struct attr *attr, const char *s)
{
	size_t n = (size_t)utf8_count(s, strlen(s));

	return n >= attr->min && (attr->max == 0 || n <= attr->max) &&
	       (attr->valid == NULL || attr->valid(s, strlen(s)) == NULL);
}

/* NULL: none of them fits. */
static const char *text_any(struct fixture *f, const struct attr *attr)
{
	static const char *const seconds[] = {"3600", "5400", "43200", "3661", "7200"};
	unsigned n = sizeof texts / sizeof *texts, first = below(f, n);

	if (attr->flags & ATTR_SECONDS)
		return seconds[below(f, 5)];
	for (unsigned i = 0; i < n; i++)
		if (text_fits(attr, texts[(first + i) % n]))
			return texts[(first + i) % n];
	return NULL;
}

static const struct text *document_any(struct fixture *f, bool trust, bool plain)
{
	static const char *const bodies[] = {
	    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":[\"s3:*\","
	    "\"s3:Get*\"],\"Resource\":\"arn:aws:s3:::x/${aws:username}/*\"}}",
	    "{\"Statement\":[{\"Sid\":\"yes\",\"Effect\":\"Allow\",\"NotAction\":\"iam:*\","
	    "\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":true}}}]}"};
	static const char *const trusts[] = {
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}",
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"AWS\":\"222222222222\"},\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\"]}]}"};
	static const char tags[] = "{\"tags\":{\"n\":{\"tag_value\":{\"@@assign\":[\"b\",\"a\"]},"
				   "\"x\":[1,2.5,true,null,\"1\"]}}}";
	const char *text = plain ? tags : (trust ? trusts : bodies)[below(f, 2)];
	auto_error err = {0};
	int line, column;
	const struct text *canon =
	    canon_policy_text(f->arena, text, strlen(text), plain ? POLICY_PLAIN : POLICY_IAM,
			      "aws", &line, &column, &err);

	if (canon == NULL)
		fail_msg("%s", err.message);
	return canon;
}

static const char *const *refs_of(const struct attr *attr, bool aws)
{
	static const char *const units[] = {"root", "unit/A", "unit/A/B", "unit/x%2Fy%25", NULL};
	static const char *const policies[] = {"policy/p1", "policy/p2", NULL};
	static const char *const groups[] = {"iam_group/acc/g1", "iam_group/acc/g2", NULL};
	static const char *const managed[] = {
	    "iam_policy/acc/q1", "iam_policy/acc/q2", "arn:aws:iam::aws:policy/ReadOnlyAccess",
	    "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", NULL};
	static const char *const users[] = {"identity_user/u1", "identity_user/u2", NULL};

	switch (kind_find(attr->ref)) {
	case KIND_UNIT:
		return units;
	case KIND_POLICY:
		return policies;
	case KIND_IAM_GROUP:
		return groups;
	case KIND_IAM_POLICY:
		return aws ? managed + 2 : managed;
	default:
		return users;
	}
}

static struct value set_any(struct fixture *f, uint16_t kind, uint16_t n)
{
	static const char *const customers[] = {"/N1", "/a/N2", "/a/b/yes", NULL};
	const struct attr *attr = &kinds[kind]->attr[n];
	const char *const *refs = attr->type == ATTR_REFS
				      ? refs_of(attr, kind == KIND_PERMISSION_SET)
				  : kind == KIND_PERMISSION_SET ? customers
								: NULL;
	struct item items[4] = {0};
	size_t count = 0;

	for (size_t i = 0; i < 4 && (refs == NULL || refs[i] != NULL); i++) {
		const char *s = refs == NULL ? text_any(f, attr) : refs[i];

		if (s != NULL && below(f, 2))
			items[count++].key = text_str(f->arena, s);
	}
	return (struct value){.state = VALUE_SET, .u.set = set_make(f->arena, items, count, NULL)};
}

static struct value map_any(struct fixture *f, uint16_t kind, uint16_t n)
{
	static const char *const keys[] = {"k", "yes", "1e3", "a.b", "null", "x=y"};
	const struct attr *attr = &kinds[kind]->attr[n];
	struct item items[12] = {0};
	size_t count = 0;

	for (size_t i = 0; i < 6 && kind != KIND_IAM_ACCOUNT; i++) {
		static const char *const values[] = {"", "yes", "0123", "a: b", "x=@y", "true"};

		if (attr->valid(keys[i], strlen(keys[i])) != NULL || below(f, 2) == 0)
			continue;
		items[count].key = text_str(f->arena, keys[i]);
		items[count++].value = attr->type == ATTR_POLICIES
					   ? document_any(f, false, false)
					   : text_str(f->arena, values[below(f, 6)]);
	}
	for (const struct password_key *key = password_keys;
	     kind == KIND_IAM_ACCOUNT && key->name != NULL; key++) {
		if (below(f, 2) == 0)
			continue;
		items[count].key = text_str(f->arena, key->name);
		items[count++].value =
		    key->max == 0
			? text_str(f->arena, below(f, 2) ? "true" : "false")
			: text_printf(f->arena, "%u", key->min + below(f, key->max - key->min));
	}
	return (struct value){.state = VALUE_SET, .u.set = set_make(f->arena, items, count, NULL)};
}

static struct value boundary_any(struct fixture *f)
{
	static const char *const some[] = {"", "/N", "/a/N",
					   "arn:aws:iam::aws:policy/PowerUserAccess"};

	return value_str(f->arena, some[below(f, 4)]);
}

static struct value value_any(struct fixture *f, const struct resource *r, uint16_t n)
{
	const struct attr *attr = &kinds[r->kind]->attr[n];
	const char *const *refs;
	const char *s;
	unsigned count = 0;
	bool plain;

	if (r->kind == KIND_PERMISSION_SET && n == PSET_BOUNDARY)
		return boundary_any(f);
	switch (attr->type) {
	case ATTR_TEXT:
		s = text_any(f, attr);
		return s == NULL ? (struct value){0} : value_str(f->arena, s);
	case ATTR_REF:
		refs = refs_of(attr, false);
		while (refs[count] != NULL)
			count++;
		if ((attr->flags & ATTR_REQUIRED) == 0 && below(f, 3) == 0)
			return VALUE_EMPTY;
		return value_str(f->arena, refs[below(f, count)]);
	case ATTR_POLICY:
		if (attr->relation != NULL && below(f, 3) == 0)
			return value_str(f->arena, "");
		plain = r->kind == KIND_POLICY &&
			!text_is(r->v[POLICY_TYPE].u.text, "SERVICE_CONTROL_POLICY");
		return value_text(document_any(f, r->kind == KIND_IAM_ROLE, plain));
	case ATTR_SET:
	case ATTR_REFS:
		return set_any(f, r->kind, n);
	case ATTR_TAGS:
	case ATTR_POLICIES:
		return map_any(f, r->kind, n);
	}
	return (struct value){0};
}

static bool is_written(const struct attr *attr)
{
	return (attr->flags & (ATTR_DERIVED | ATTR_LIVE)) == 0;
}

static struct resource *resource_any(struct fixture *f, struct side *side, uint16_t kind)
{
	const char *name = kind == KIND_IAM_ACCOUNT ? IAM_ACCOUNT_NAME
			   : kind == KIND_IAM_OIDC_PROVIDER
			       ? arena_printf(f->arena, "id.example.com/%u", f->serial++)
			       : arena_printf(f->arena, "n%u", f->serial++);
	const struct text *address = kinds[kind]->address == ADDRESS_SINGLE
					 ? text_str(f->arena, "organization")
				     : kinds[kind]->address == ADDRESS_ACCOUNT
					 ? address_make(f->arena, kinds[kind]->name, "acc", name)
					 : address_make(f->arena, kinds[kind]->name, name, NULL);
	struct resource *r = side_resource(side, kind, address, NULL);

	if (kind == KIND_ACCOUNT)
		r->id = text_str(f->arena, "333333333333");
	for (uint16_t i = 0; i < kinds[kind]->attrs; i++)
		if (is_written(&kinds[kind]->attr[i]))
			r->v[i] = value_any(f, r, i);
	return r;
}

static const char *yaml_of(struct fixture *f, const struct resource *r)
{
	const char *const *path = import_path(f->arena, r->address);
	const struct words words = {.arena = f->arena, .bound = f->bound};
	json_auto_t *value = words_value(&words, r);
	auto_buf out = BUF_INIT(1u << 20);
	size_t n = 0;

	assert_non_null(path);
	assert_non_null(value);
	while (path[n] != NULL)
		n++;
	while (n-- > 0)
		value = json_pack("{s:o}", path[n], value);
	if (r->kind == KIND_ORGANIZATION) {
		json_object_set_new(json_object_get(value, "organization"), "id",
				    json_string("o-exampleorgid"));
		json_object_set_new(value, "charter", json_integer(1));
	}
	edit_write_yaml(value, 0, &out);
	return arena_strdup(f->arena, buf_str(&out));
}

/* Left out is what is empty, or as AWS has it by itself. */
static bool may_be_absent(const struct attr *attr, const struct value *live)
{
	static const char *const defaults[] = {"", "/", "SERVICE_CONTROL_POLICY", "3600", "ALL"};

	if (strcmp(attr->name, "login") == 0 || live->state <= VALUE_NONE)
		return true;
	if (live->state == VALUE_SET)
		return live->u.set->n == 0;
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (text_is(live->u.text, defaults[i]))
			return true;
	return false;
}

static void compare(const struct resource *live, const struct resource *said, const char *yaml)
{
	for (uint16_t i = 0; i < kinds[live->kind]->attrs; i++) {
		const struct attr *attr = &kinds[live->kind]->attr[i];
		const struct value *a = &live->v[i], *b = &said->v[i];

		if (!is_written(attr) || (!value_says(a) && !value_says(b) &&
					  a->state != VALUE_SET && b->state != VALUE_SET))
			continue;
		if (b->state == VALUE_UNSET ? may_be_absent(attr, a) : value_eq(*a, *b))
			continue;
		fail_msg("%s: %s\n%s", live->address->s, attr->name, yaml);
	}
}

static void round_trip(struct fixture *f, uint16_t kind)
{
	struct side *side = side_new(f->arena), *said;
	const struct resource *live = resource_any(f, side, kind), *found;
	const char *yaml = yaml_of(f, live);
	/* An organization has one place. */
	const char *base = kind == KIND_ORGANIZATION
			       ? arena_printf(f->arena, "%s", strstr(beginning, "units:"))
			       : beginning;
	const struct config_file files[] = {
	    {kind == KIND_ORGANIZATION ? "a.yaml" : "charter.yaml", base, strlen(base)},
	    {kind == KIND_ORGANIZATION ? "charter.yaml" : "x.yaml", yaml, strlen(yaml)}};

	said = side_of(f, files, 2);
	found = side_find(said, live->address);
	assert_non_null(found);
	compare(live, found, yaml);
	side_free(said);
	side_free(side);
}

static void test_round_trip(void **state)
{
	struct fixture *f = *state;

	for (uint16_t kind = 0; kind < KIND_COUNT; kind++) {
		if ((kinds[kind]->flags & KIND_EDGE) != 0)
			continue;
		for (unsigned i = 0; i < ROUNDS; i++)
			round_trip(f, kind);
	}
}

static void assert_path(struct fixture *f, const char *address, const char *expected)
{
	const char *const *path = import_path(f->arena, text_str(f->arena, address));
	auto_buf out = BUF_INIT(4096);

	if (path == NULL) {
		assert_null(expected);
		return;
	}
	for (; *path != NULL; path++)
		buf_printf(&out, "%s|", *path);
	assert_string_equal(buf_str(&out), expected);
}

static void test_path(void **state)
{
	struct fixture *f = *state;

	assert_path(f, "organization", "organization|");
	assert_path(f, "unit/A/B", "units|A/B|");
	assert_path(f, "unit/x%2Fy%25/z", "units|x%2Fy%25/z|");
	assert_path(f, "account/a%2Fb", "accounts|a/b|");
	assert_path(f, "iam_user/identity/alice", "iam|accounts|identity|users|alice|");
	assert_path(f, "iam_oidc_provider/x/id.example.com%2Fa",
		    "iam|accounts|x|oidc_providers|id.example.com/a|");
	assert_path(f, "iam_account/x/settings", "iam|accounts|x|");
	assert_path(f, "permission_set/Admin", "identity_center|permission_sets|Admin|");
	assert_path(f, "assignment/S/a/group/g", NULL);
	assert_path(f, "delegated_administrator/s/a", NULL);
}

static void test_became(void **state)
{
	static const struct {
		const char *written, *text;
		bool became;
	} rows[] = {
	    {"${account.id}", "222222222222", true},
	    {"${account.id}", "", true},
	    {"arn:${partition}:iam::${account.id}:role/ci", "arn:aws:iam::222222222222:role/ci",
	     true},
	    {"arn:${partition}:iam::${account.id}:role/ci", "arn:aws:iam::222222222222:role/cd",
	     false},
	    {"home/${aws:username}/*", "home/${aws:username}/*", true},
	    {"home/${aws:username}/*", "home/${aws:userid}/x", false},
	    {"${a}b${a}", "xbxb", true},
	    {"222222222222", "arn:aws:iam::222222222222:root", true},
	    {"222222222222", "arn:aws:iam::333333333333:root", false},
	    {"plain", "plain", true},
	    {"plain", "other", false},
	    {"${open", "${open", true},
	};
	auto_buf written = BUF_INIT(1 << 16), text = BUF_INIT(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (text_became(rows[i].written, rows[i].text) != rows[i].became)
			fail_msg("%s, %s", rows[i].written, rows[i].text);
	}
	/* As many variables as a document has room for. */
	for (int i = 0; i < 2000; i++) {
		buf_puts(&written, "${x}a");
		buf_puts(&text, "aa");
	}
	buf_puts(&written, "b");
	assert_false(text_became(buf_str(&written), buf_str(&text)));
	buf_puts(&text, "b");
	assert_true(text_became(buf_str(&written), buf_str(&text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_path, setup, teardown),
	    cmocka_unit_test(test_became),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
