/* The configuration: canonical values, settings, quotas; the order of files; mutations of what is
 * good. */
#include "tests/unit/config_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DENY       "{\"Statement\": {\"Effect\": \"Deny\", \"Action\": [\"s3:*\"], \"Resource\": \"*\"}}"
#define DENY_CANON "{\"Statement\":[{\"Action\":\"s3:*\",\"Effect\":\"Deny\",\"Resource\":\"*\"}]}"

static const struct test_file good[] = {
    {"charter.yaml",
     "charter: 1\n"
     "scope: main\n"
     "organization:\n"
     "  id: o-exampleorgid\n"
     "  management_account: \"111111111111\"\n"
     "  feature_set: ALL\n"
     "  create: true\n"
     "  policy_types: [TAG_POLICY, SERVICE_CONTROL_POLICY]\n"
     "  trusted_services: [sso.amazonaws.com]\n"
     "  delegated_administrators:\n"
     "    config.amazonaws.com: [audit, identity]\n"
     "  root: {policies: [deny], tags: {b: '2', a: 1.0}}\n"
     "access: {accounts: {identity: {role: none}}}\n"
     "unmanaged: {iam: ignore, units: report}\n"
     "ignore:\n"
     "  - {resource: iam_*/*/V*, attributes: [tags], reason: r, until: 2027-01-01}\n"
     "release:\n"
     "  - {resource: unit/Old, reason: r, until: '2027-01-01T00:00:00Z'}\n"
     "guards:\n"
     "  removals: {default: {floor: 3, share: 5%, count: 9}, unit: {count: 4}}\n"
     "  allow: [{removals: unit, count: 30, reason: r, until: 2026-12-05}]\n"
     "  protect: [account/security-*, permission_set/Admin]\n"
     "  break_glass: [iam_user/identity/emergency-*]\n"},
    {"org.yml", "units:\n"
		"  Work: {policies: {only: [deny]}, previously: [Old, Older], allow_list: true}\n"
		"  Work/Training: {tags: {}, move: true, id: ou-abcd-11111111}\n"
		"  Work/a%2fb%25: {}\n"
		"accounts:\n"
		"  audit: {id: \"222222222222\", email: Audit@Example.com, unit: Work/Training}\n"
		"  identity: {email: '${account.name}@example.com', unit: /, state: open}\n"
		"  seen: {external: true, id: \"333333333333\"}\n"
		"policies:\n"
		"  deny: {document: p/deny.json, description: ''}\n"
		"  tags: {type: TAG_POLICY, document: p/tags.yaml}\n"},
    {"iam.yaml", "iam:\n"
		 "  accounts:\n"
		 "    identity:\n"
		 "      users:\n"
		 "        alice:\n"
		 "          path: /people/\n"
		 "          groups: [DEVS]\n"
		 "          managed_policies: [own, aws/job-function/ViewOnlyAccess]\n"
		 "          inline_policies: {x: p/vars.json}\n"
		 "          permissions_boundary: own\n"
		 "          tags: {team: crm}\n"
		 "        bob: {groups: [], permissions_boundary: {}, previously: robert}\n"
		 "      groups: {}\n"
		 "      policies:\n"
		 "        own: {document: {Statement: [{Effect: Allow, Action: 's3:*', Resource: "
		 "'*', Condition: {Bool: {'aws:MultiFactorAuthPresent': true}}}]}}\n"},
    {"more.yaml", "iam: {accounts: {identity: {groups: {devs: {}}}, audit: {users: {}}}}\n"},
    {"p/deny.json", DENY},
    {"p/tags.yaml", "tags: {cost: {n: [2, 1.5], x: null}}\n"},
    {"p/vars.json",
     "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"sts:*\", \"Resource\": [\n"
     "\"${account.id} ${account.name} ${organization.id} ${partition} "
     "${aws:username}${*}\", \"arn:aws:x::${accounts.audit.id}:y\"]}}"},
    {"_draft.yaml", "not: [read\n"},
};

static void test_values(void **state)
{
	static const struct value_case cases[] = {
	    {"organization", ORG_FEATURE_SET, "ALL"},
	    {"organization", ORG_POLICY_TYPES, "[SERVICE_CONTROL_POLICY TAG_POLICY]"},
	    {"organization", ORG_POLICIES, "[policy/deny]"},
	    {"organization", ORG_TAGS, "[a=1.0 b=2]"},
	    {"delegated_administrator/config.amazonaws.com/audit", DELEGATED_ACCOUNT,
	     "account/audit"},
	    {"unit/Work", UNIT_PARENT, "root"},
	    {"unit/Work", UNIT_POLICIES, "[policy/deny] only"},
	    {"unit/Work", UNIT_TAGS, "(unset)"},
	    {"unit/Work/Training", UNIT_PARENT, "unit/Work"},
	    {"unit/Work/Training", UNIT_TAGS, "[]"},
	    {"unit/Work/a%2Fb%25", UNIT_NAME, "a/b%"},
	    {"account/audit", ACCOUNT_EMAIL, "audit@example.com"},
	    {"account/audit", ACCOUNT_UNIT, "unit/Work/Training"},
	    {"account/identity", ACCOUNT_EMAIL, "identity@example.com"},
	    {"account/identity", ACCOUNT_UNIT, "root"},
	    {"account/identity", ACCOUNT_STATE, "(unset)"},
	    {"account/seen", ACCOUNT_EMAIL, "(unset)"},
	    {"policy/deny", POLICY_TYPE, "SERVICE_CONTROL_POLICY"},
	    {"policy/deny", POLICY_DESCRIPTION, ""},
	    {"policy/deny", POLICY_DOCUMENT, DENY_CANON},
	    {"policy/tags", POLICY_DOCUMENT, "{\"tags\":{\"cost\":{\"n\":[2,1.5],\"x\":null}}}"},
	    {"iam_user/identity/alice", USER_PATH, "/people/"},
	    {"iam_user/identity/alice", USER_GROUPS, "[iam_group/identity/devs]"},
	    {"iam_user/identity/alice", USER_MANAGED,
	     "[arn:aws-cn:iam::aws:policy/job-function/ViewOnlyAccess iam_policy/identity/own]"},
	    {"iam_user/identity/alice", USER_BOUNDARY, "iam_policy/identity/own"},
	    {"iam_user/identity/alice", USER_INLINE,
	     "[x={\"Statement\":[{\"Action\":\"sts:*\",\"Effect\":\"Allow\",\"Resource\":["
	     "\"${account/identity.id} identity o-live aws-cn ${aws:username}${*}\","
	     "\"arn:aws:x::222222222222:y\"]}]}]"},
	    {"iam_user/identity/bob", USER_BOUNDARY, "(none)"},
	    {"iam_user/identity/bob", USER_GROUPS, "[]"},
	    {"iam_user/identity/bob", USER_PATH, "(unset)"},
	    {"iam_policy/identity/own", IAMPOLICY_DOCUMENT,
	     "{\"Statement\":[{\"Action\":\"s3:*\",\"Condition\":{\"Bool\":{"
	     "\"aws:MultiFactorAuthPresent\":\"true\"}},\"Effect\":\"Allow\",\"Resource\":\"*\"}]"
	     "}"},
	};
	struct arena *arena = arena_new();
	struct compile_world world = {.partition = text_str(arena, "aws-cn"),
				      .organization_id = text_str(arena, "o-live")};
	struct run run;

	(void)state;
	run_files(&run, good, false, &world);
	run_values(&run, cases, sizeof(cases) / sizeof(*cases));
	assert_string_equal(buf_str(&run.out), "");
	run_end(&run);
	arena_free(arena);
}

static const struct resource *find(struct run *run, const char *address)
{
	const struct resource *resource = side_find(run->side, text_str(run->arena, address));

	assert_non_null(resource);
	return resource;
}

static void test_flags(void **state)
{
	const struct resource *work, *edge;
	struct run run;

	(void)state;
	run_files(&run, good, false, NULL);
	work = find(&run, "unit/Work");
	assert_int_equal(work->flags, RES_ALLOW_LIST);
	assert_string_equal(work->previously[0]->s, "unit/Old");
	assert_string_equal(work->previously[1]->s, "unit/Older");
	assert_null(work->previously[2]);
	assert_string_equal(work->where.file, "org.yml");
	assert_int_equal(work->where.line, 2);
	assert_int_equal(find(&run, "unit/Work/Training")->flags, RES_MOVE);
	assert_string_equal(find(&run, "unit/Work/Training")->id->s, "ou-abcd-11111111");
	assert_int_equal(find(&run, "account/seen")->flags, RES_EXTERNAL);
	assert_int_equal(find(&run, "organization")->flags, RES_CREATE);
	assert_string_equal(find(&run, "organization")->id->s, "o-exampleorgid");
	assert_string_equal(find(&run, "iam_user/identity/bob")->previously[0]->s,
			    "iam_user/identity/robert");
	edge = find(&run, "delegated_administrator/config.amazonaws.com/identity");
	assert_string_equal(edge->owner->s, "organization");
	run_end(&run);
}

static void guards_check(const struct guard_settings *guards)
{
	assert_int_equal(guards->removals.n, 2);
	assert_int_equal(guards->removals.at[0].share, 5);
	assert_string_equal(guards->removals.at[1].name->s, "unit");
	assert_int_equal(guards->removals.at[1].floor, 2);
	assert_int_equal(guards->removals.at[1].count, 4);
	assert_int_equal(guards->allow.n, 1);
	assert_int_equal(guards->allow.at[0].count, 30);
	/* 2026-12-05 means until the day has ended. */
	assert_true(guards->allow.at[0].until_us > 1796428800LL * 1000000);
	assert_int_equal(guards->protect.n, 2);
	assert_string_equal(guards->break_glass.at[0]->s, "iam_user/identity/emergency-*");
}

static void test_settings(void **state)
{
	static const struct {
		const char *name;
		uint32_t n;
		bool empty;
	} sections[] = {
	    {"iam", 3, false},
	    {"iam/identity/users", 2, false},
	    {"iam/identity/groups", 1, false},
	    {"iam/identity/policies", 1, false},
	    {"iam/audit/users", 0, true},
	    {"units", 3, false},
	    {"accounts", 3, false},
	    {"policies", 2, false},
	};
	const struct settings *settings;
	struct run run;

	(void)state;
	run_files(&run, good, false, NULL);
	settings = &run.config->settings;
	assert_string_equal(settings->scope->s, "main");
	assert_string_equal(settings->organization_id->s, "o-exampleorgid");
	assert_string_equal(settings->management_account->s, "111111111111");
	assert_string_equal(settings->credentials_account->s, "identity");
	assert_true(settings->create);
	assert_true(settings->unmanaged_ignore[KIND_IAM_USER]);
	assert_false(settings->unmanaged_ignore[KIND_UNIT]);
	assert_string_equal(settings->ignore.at[0].attributes[0]->s, "tags");
	assert_null(settings->ignore.at[0].attributes[1]);
	assert_null(settings->release.at[0].attributes);
	guards_check(&settings->guards);
	assert_int_equal(run.config->sections.n, sizeof(sections) / sizeof(*sections));
	for (size_t i = 0; i < run.config->sections.n; i++) {
		size_t k = 0;

		while (!text_is(run.config->sections.at[i].name, sections[k].name))
			assert_true(++k < sizeof(sections) / sizeof(*sections));
		assert_int_equal(run.config->sections.at[i].n, sections[k].n);
		assert_int_equal(run.config->sections.at[i].empty, sections[k].empty);
	}
	run_end(&run);
}

/* A base that an older or newer version wrote is read as far as it has a meaning. */
static void test_lenient(void **state)
{
	static const struct test_file files[] = {
	    {"charter.yaml", "charter: 1\n"
			     "newer: {a: 1}\n"
			     "record: {account: a}\n"
			     "rosters: {}\n"
			     "units: {a: {}, a/b: {}, a/b/c: {}, a/b/c/d: {}, a/b/c/d/e: {}, "
			     "a/b/c/d/e/f: {zzz: 1}}\n"
			     "accounts:\n"
			     "  x: {email: a@example.com, unit: a, state: closed, budget: 1, "
			     "tags: {'!': y}}\n"},
	    {NULL, NULL}};
	struct run run;

	(void)state;
	run_files(&run, files, true, NULL);
	assert_string_equal(buf_str(&run.out), "");
	assert_int_equal(run.side->all.n, 7);
	assert_string_equal(run_value(&run, "account/x", ACCOUNT_TAGS), "[!=y]");
	run_end(&run);
}

static const struct text *id_of(void *ctx, const struct resource *account)
{
	/* The e-mail is there already when documents are compiled, whatever the order of files. */
	assert_int_equal(account->v[ACCOUNT_EMAIL].state, VALUE_TEXT);
	return ctx;
}

static void test_ids(void **state)
{
	static const struct test_file files[] = {
	    {"charter.yaml", "charter: 1\n"},
	    {"a.yaml", "policies: {p: {document: {Statement: [{Effect: Deny, Action: 's3:*', "
		       "Resource: '*', Condition: {StringEquals: {'aws:SourceAccount': "
		       "'${accounts.a.b.id}'}}}]}}}\n"
		       "iam: {accounts: {a.b: {users: {u: {managed_policies: ["
		       "'arn:aws:iam::444444444444:policy/x/own']}}}}}\n"},
	    {"z.yaml", "accounts: {a.b: {email: a@example.com, unit: /}}\n"},
	    {NULL, NULL}};
	struct arena *arena = arena_new();
	struct compile_world world = {.account_id = id_of,
				      .ctx = (void *)text_str(arena, "444444444444")};
	struct run run;

	(void)state;
	run_files(&run, files, false, &world);
	assert_string_equal(buf_str(&run.out), "");
	assert_non_null(strstr(run_value(&run, "policy/p", POLICY_DOCUMENT), "\"444444444444\""));
	assert_string_equal(run_value(&run, "iam_user/a.b/u", USER_MANAGED),
			    "[iam_policy/a.b/own]");
	run_end(&run);
	arena_free(arena);
}

/* Quotas: at the limit fine, one above refused, above an older one warned of. */
static void attachments_try(unsigned n, unsigned errors, unsigned warnings)
{
	auto_buf yaml = BUF_INIT(1u << 16);
	struct test_file files[] = {{"charter.yaml", NULL}, {"d.json", DENY}, {NULL, NULL}};
	struct run run;

	buf_puts(&yaml, "charter: 1\npolicies:\n");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&yaml, "  p%u: {document: d.json}\n", i);
	buf_puts(&yaml, "units:\n  a:\n    policies:\n");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&yaml, "      - p%u\n", i);
	files[0].data = buf_str(&yaml);
	run_files(&run, files, false, NULL);
	assert_int_equal(run.diagnostics.errors, errors);
	assert_int_equal(run.diagnostics.warnings, warnings);
	run_end(&run);
}

/* `before` and `after` stand around a document of that many characters in canonical form. */
static void document_try(const char *before, const char *after, size_t characters, unsigned errors,
			 unsigned warnings)
{
	auto_buf yaml = BUF_INIT(1u << 16);
	struct test_file files[] = {{"charter.yaml", NULL}, {NULL, NULL}};
	struct run run;

	buf_printf(&yaml,
		   "charter: 1\naccounts: {a: {email: a@example.com, unit: /}}\n%s"
		   "{Statement: [{Effect: Deny, Action: 's3:*', Resource: '*', Sid: '",
		   before);
	characters -= strlen("{\"Statement\":[{\"Action\":\"s3:*\",\"Effect\":\"Deny\","
			     "\"Resource\":\"*\",\"Sid\":\"\"}]}");
	while (characters-- > 0)
		buf_putc(&yaml, 'x');
	buf_printf(&yaml, "'}]}%s\n", after);
	files[0].data = buf_str(&yaml);
	run_files(&run, files, false, NULL);
	if (run.diagnostics.errors != errors || run.diagnostics.warnings != warnings)
		fail_msg("%s", buf_str(&run.out));
	run_end(&run);
}

static void test_quotas(void **state)
{
	(void)state;
	attachments_try(4, 0, 0);
	attachments_try(5, 0, 1);
	attachments_try(9, 0, 1);
	attachments_try(10, 1, 0);
	document_try("policies: {p: {document: ", "}}", 5120, 0, 0);
	document_try("policies: {p: {document: ", "}}", 5121, 0, 1);
	document_try("policies: {p: {document: ", "}}", 10240, 0, 1);
	document_try("policies: {p: {document: ", "}}", 10241, 1, 0);
	document_try("iam: {accounts: {a: {policies: {p: {document: ", "}}}}}", 6144, 0, 0);
	document_try("iam: {accounts: {a: {policies: {p: {document: ", "}}}}}", 6145, 1, 0);
	document_try("iam: {accounts: {a: {users: {u: {inline_policies: {i: ", "}}}}}}", 2048, 0,
		     0);
	document_try("iam: {accounts: {a: {users: {u: {inline_policies: {i: ", "}}}}}}", 2049, 1,
		     0);
}

/* The good configuration, cut off at each byte and with each byte replaced: never a crash, and
 * whatever is said has its place. */
static void test_mutations(void **state)
{
	static const char replacements[] = "\n\t{[:'\"&*!x0";
	struct config_file files[sizeof(good) / sizeof(*good)];
	size_t n = sizeof(good) / sizeof(*good), cut = 2; /* iam.yaml */
	size_t len = strlen(good[cut].data);
	auto_free char *copy = xstrdup(good[cut].data);
	struct run run;

	(void)state;
	for (size_t i = 0; i < n; i++)
		files[i] = (struct config_file){good[i].path, good[i].data, strlen(good[i].data)};
	files[cut].data = copy;
	for (size_t i = 0; i < 2 * len; i++) {
		size_t at = i % len;

		files[cut].len = i < len ? at : len;
		copy[at] =
		    i < len ? good[cut].data[at] : replacements[at % (sizeof(replacements) - 1)];
		run_config(&run, files, n, false, NULL);
		for (size_t k = 0; k < run.diagnostics.list.n; k++)
			assert_true(run.diagnostics.list.at[k].where.line >= 1);
		run_end(&run);
		copy[at] = good[cut].data[at];
	}
}

/* The same files in another order give the same side and the same messages. */
static void test_order(void **state)
{
	struct test_file reversed[FILES_MAX];
	size_t n = sizeof(good) / sizeof(*good);
	struct run a, b;

	(void)state;
	for (size_t i = 0; i < n; i++)
		reversed[i] = good[n - 1 - i];
	run_files(&a, good, false, NULL);
	run_files(&b, reversed, false, NULL);
	assert_int_equal(a.side->all.n, b.side->all.n);
	for (size_t i = 0; i < a.side->all.n; i++) {
		const struct resource *ra = a.side->all.at[i], *rb = b.side->all.at[i];

		assert_true(text_eq(ra->address, rb->address));
		for (uint16_t k = 0; k < kinds[ra->kind]->attrs; k++)
			assert_true(value_eq(ra->v[k], rb->v[k]));
	}
	run_end(&a);
	run_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_settings),  cmocka_unit_test(test_lenient),
	    cmocka_unit_test(test_ids),       cmocka_unit_test(test_quotas),
	    cmocka_unit_test(test_mutations), cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
