/* The section `identity_center`: what is wrong in it, canonical values, and the assignments that
 * its products stand for. */
#include "tests/unit/config_run.h"

#include "base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PERSON "{given_name: A, family_name: B, display_name: A B, email: a@example.com}"

/* clang-format off */
static const struct printed_case golden[] = {
    {"a section needs its region",
     {{"charter.yaml", "charter: 1\n"},
      {"a.yaml", "identity_center: {groups: {g: {}}}\n"},
      {"b.yaml", "identity_center: {}\n"}},
     "a.yaml:1:1: error: `identity_center` has no `region`: the one in which IAM Identity Center was enabled\n"
	"    1 | identity_center: {groups: {g: {}}}\n"
	"      | ^~~~~~~~~~~~~~~\n"},
    {"region and source stand once in all",
     {{"charter.yaml", "charter: 1\n"
		"identity_center: {region: us-east-1, source: internal}\n"},
      {"b.yaml", "identity_center:\n"
		"  region: us-east-1\n"
		"  source: scim\n"}},
     "b.yaml:2:3: error: Identity Center's `region` is declared twice; first at charter.yaml:2\n"
	"    2 |   region: us-east-1\n"
	"      |   ^~~~~~\n"
	"b.yaml:3:3: error: Identity Center's `source` is declared twice; first at charter.yaml:2\n"
	"    3 |   source: scim\n"
	"      |   ^~~~~~\n"},
    {"a region and a source of their own kind",
     {{"charter.yaml", "charter: 1\n"
		"identity_center: {region: Ireland, source: okta, user: {}}\n"}},
     "charter.yaml:2:27: error: `region` must be a region such as us-east-1\n"
	"    2 | identity_center: {region: Ireland, source: okta, user: {}}\n"
	"      |                           ^~~~~~~\n"
	"charter.yaml:2:44: error: `source` must be internal, scim or ad\n"
	"    2 | identity_center: {region: Ireland, source: okta, user: {}}\n"
	"      |                                            ^~~~\n"
	"charter.yaml:2:50: error: unknown key `user`; did you mean `users`?\n"
	"    2 | identity_center: {region: Ireland, source: okta, user: {}}\n"
	"      |                                                  ^~~~\n"},
    {"without an organization",
     {{"charter.yaml", "charter: 1\n"
		"organization: none\n"
		"record: {account: a, role: charter}\n"
		"accounts: {a: {id: \"111111111111\"}}\n"
		"identity_center: {region: us-east-1}\n"}},
     "charter.yaml:5:1: error: `identity_center` needs an organization, and charter.yaml says `organization: none`\n"
	"    5 | identity_center: {region: us-east-1}\n"
	"      | ^~~~~~~~~~~~~~~\n"},
    {"products",
     {{"charter.yaml", "charter: 1\n"
		"identity_center:\n"
		"  region: us-east-1\n"
		"  permission_sets: {S: {}}\n"
		"  groups: {g: {}}\n"
		"  assignments:\n"
		"    - {permission_sets: [], groups: [g], units: [/]}\n"
		"    - {permission_sets: [S], groups: [], users: [], units: [/]}\n"
		"    - {permission_sets: [S], groups: [g], accounts: [], except: [a]}\n"
		"    - {permission_sets: [S], groups: [g], accounts: [a], account_tags: {env: dev}}\n"
		"    - permission_sets: S\n"
		"      groups: [g, g]\n"
		"      unit: [/]\n"
		"      expires: soon\n"
		"    - all\n"}},
     "charter.yaml:7:7: error: an assignment names at least one of `permission_sets`\n"
	"    7 |     - {permission_sets: [], groups: [g], units: [/]}\n"
	"      |       ^~~~~~~~~~~~~~~~\n"
	"charter.yaml:8:7: error: an assignment names at least one of `groups` or `users`\n"
	"    8 |     - {permission_sets: [S], groups: [], users: [], units: [/]}\n"
	"      |       ^~~~~~~~~~~~~~~~\n"
	"charter.yaml:9:7: error: an assignment selects its accounts by `accounts` or `units`\n"
	"    9 |     - {permission_sets: [S], groups: [g], accounts: [], except: [a]}\n"
	"      |       ^~~~~~~~~~~~~~~~\n"
	"charter.yaml:10:7: error: `account_tags` narrows `units`, and there are none: for every account write `units: [/]`\n"
	"   10 |     - {permission_sets: [S], groups: [g], accounts: [a], account_tags: {env: dev}}\n"
	"      |       ^~~~~~~~~~~~~~~~\n"
	"charter.yaml:11:24: error: `permission_sets` must be a list: write [S]\n"
	"   11 |     - permission_sets: S\n"
	"      |                        ^\n"
	"charter.yaml:12:19: error: `g` stands twice in `groups`\n"
	"   12 |       groups: [g, g]\n"
	"      |                   ^\n"
	"charter.yaml:13:7: error: unknown key `unit`; did you mean `units`?\n"
	"   13 |       unit: [/]\n"
	"      |       ^~~~\n"
	"charter.yaml:14:16: error: `expires` must be a date such as 2026-12-31 or 2026-12-31T12:00:00Z\n"
	"   14 |       expires: soon\n"
	"      |                ^~~~\n"
	"charter.yaml:15:7: error: `assignments` must be a map, not text\n"
	"   15 |     - all\n"
	"      |       ^~~\n"},
    {"what is not declared",
     {{"charter.yaml", "charter: 1\n"
		"identity_center:\n"
		"  region: us-east-1\n"
		"  users: {alice: " PERSON "}\n"
		"  groups:\n"
		"    admins: {members: [alise]}\n"
		"  permission_sets: {Reader: {}}\n"
		"  assignments:\n"
		"    - permission_sets: [Readers]\n"
		"      groups: [admin]\n"
		"      users: [bob, admins]\n"
		"      accounts: [a]\n"}},
     "charter.yaml:6:24: error: Identity Center user `alise` is not declared; did you mean `alice`?\n"
	"    6 |     admins: {members: [alise]}\n"
	"      |                        ^~~~~\n"
	"charter.yaml:9:25: error: permission set `Readers` is not declared; did you mean `Reader`?\n"
	"    9 |     - permission_sets: [Readers]\n"
	"      |                         ^~~~~~~\n"
	"charter.yaml:10:16: error: Identity Center group `admin` is not declared; did you mean `admins`?\n"
	"   10 |       groups: [admin]\n"
	"      |                ^~~~~\n"
	"charter.yaml:11:15: error: Identity Center user `bob` is not declared: declare it, with `external: true` where charter is only to use it\n"
	"   11 |       users: [bob, admins]\n"
	"      |               ^~~\n"
	"charter.yaml:11:20: error: Identity Center user `admins` is not declared, but a group is: name it under `groups`\n"
	"   11 |       users: [bob, admins]\n"
	"      |                    ^~~~~~\n"
	"charter.yaml:12:18: error: account `a` is not declared\n"
	"   12 |       accounts: [a]\n"
	"      |                  ^\n"},
    {"names",
     {{"charter.yaml", "charter: 1\n"
		"identity_center:\n"
		"  region: us-east-1\n"
		"  users:\n"
		"    a b: " PERSON "\n"
		"    carol: {given_name: C}\n"
		"  groups: {Administrator: {}}\n"
		"  permission_sets:\n"
		"    Has Space: {id: ps-1}\n"
		"    a23456789012345678901234567890123: {relay_state: <x>, description: \"\xe2\x82\xac\"}\n"}},
     "charter.yaml:5:5: error: `a b` may hold no white space\n"
	"    5 |     a b: " PERSON "\n"
	"      |     ^\n"
	"charter.yaml:6:5: error: Identity Center user `carol` has no `display_name`\n"
	"    6 |     carol: {given_name: C}\n"
	"      |     ^~~~~\n"
	"charter.yaml:6:5: error: Identity Center user `carol` has no `email`\n"
	"    6 |     carol: {given_name: C}\n"
	"      |     ^~~~~\n"
	"charter.yaml:6:5: error: Identity Center user `carol` has no `family_name`\n"
	"    6 |     carol: {given_name: C}\n"
	"      |     ^~~~~\n"
	"charter.yaml:7:12: error: `Administrator` is a name that AWS keeps for itself\n"
	"    7 |   groups: {Administrator: {}}\n"
	"      |            ^~~~~~~~~~~~~\n"
	"charter.yaml:9:21: error: `id` is not the id of a permission set\n"
	"    9 |     Has Space: {id: ps-1}\n"
	"      |                     ^~~~\n"
	"charter.yaml:10:5: error: `a23456789012345678901234567890123` has 33 characters, above the limit of 32\n"
	"   10 |     a23456789012345678901234567890123: {relay_state: <x>, description: \"\xe2\x82\xac\"}\n"
	"      |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
	"charter.yaml:10:54: error: `<x>` may hold only what stands in URLs, without `<`, `>`, `^` and backquotes\n"
	"   10 |     a23456789012345678901234567890123: {relay_state: <x>, description: \"\xe2\x82\xac\"}\n"
	"      |                                                      ^~~\n"
	"charter.yaml:10:72: error: `\xe2\x82\xac` may hold only Latin letters and ASCII characters\n"
	"   10 |     a23456789012345678901234567890123: {relay_state: <x>, description: \"\xe2\x82\xac\"}\n"
	"      |                                                                        ^~~\n"},
    {"policies of sets",
     {{"charter.yaml", "charter: 1\n"
		"identity_center:\n"
		"  region: us-east-1\n"
		"  permission_sets:\n"
		"    A: {session_duration: 13h, aws_managed_policies: [ReadOnlyAccess, own]}\n"
		"    B: {aws_managed_policies: [\"arn:aws:iam::111111111111:policy/x\"]}\n"
		"    C: {customer_managed_policies: [a]}\n"
		"    D: {customer_managed_policies: [{path: /}, {nam: x}]}\n"
		"    E: {customer_managed_policies: [{name: a}, {name: A, path: /x/}]}\n"
		"    F: {customer_managed_policies: [{name: a, path: x}, {name: \"b c\"}]}\n"
		"    G: {permissions_boundary: aws/ReadOnlyAccess}\n"
		"    H: {permissions_boundary: {aws_managed_policy: aws/A, customer_managed_policy: {name: x}}}\n"
		"    I: {permissions_boundary: {aws_managed_policy: PowerUserAccess}}\n"
		"    J: {inline_policy: {Statement: {Effect: Allow, Action: 's3:*', Resource: '${account.id}'}}}\n"}},
     "charter.yaml:5:27: error: `session_duration` must be from 1h to 12h\n"
	"    5 |     A: {session_duration: 13h, aws_managed_policies: [ReadOnlyAccess, own]}\n"
	"      |                           ^~~\n"
	"charter.yaml:6:32: error: `arn:aws:iam::111111111111:policy/x` is no AWS-managed policy: write aws/NAME or aws/job-function/NAME\n"
	"    6 |     B: {aws_managed_policies: [\"arn:aws:iam::111111111111:policy/x\"]}\n"
	"      |                                ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
	"charter.yaml:7:37: error: a policy of `customer_managed_policies` is written as {name: NAME, path: /}\n"
	"    7 |     C: {customer_managed_policies: [a]}\n"
	"      |                                     ^\n"
	"charter.yaml:8:37: error: a policy of `customer_managed_policies` has no `name`\n"
	"    8 |     D: {customer_managed_policies: [{path: /}, {nam: x}]}\n"
	"      |                                     ^~~~~\n"
	"charter.yaml:9:48: error: policy `A` stands twice in `customer_managed_policies`\n"
	"    9 |     E: {customer_managed_policies: [{name: a}, {name: A, path: /x/}]}\n"
	"      |                                                ^~~~~\n"
	"charter.yaml:10:53: error: `x` must begin and end with `/`: write `path: /x/`\n"
	"   10 |     F: {customer_managed_policies: [{name: a, path: x}, {name: \"b c\"}]}\n"
	"      |                                                     ^\n"
	"charter.yaml:10:64: error: `b c` may hold only letters, digits and _+=,.@-\n"
	"   10 |     F: {customer_managed_policies: [{name: a, path: x}, {name: \"b c\"}]}\n"
	"      |                                                                ^~~~~\n"
	"charter.yaml:11:31: error: `permissions_boundary` is either {aws_managed_policy: aws/NAME} or {customer_managed_policy: {name: NAME, path: /}}\n"
	"   11 |     G: {permissions_boundary: aws/ReadOnlyAccess}\n"
	"      |                               ^~~~~~~~~~~~~~~~~~\n"
	"charter.yaml:12:31: error: `permissions_boundary` is either {aws_managed_policy: aws/NAME} or {customer_managed_policy: {name: NAME, path: /}}\n"
	"   12 |     H: {permissions_boundary: {aws_managed_policy: aws/A, customer_managed_policy: {name: x}}}\n"
	"      |                               ^~~~~~~~~~~~~~~~~~~\n"
	"charter.yaml:13:52: error: AWS's own policies are written with `aws/`: did you mean `aws/PowerUserAccess`?\n"
	"   13 |     I: {permissions_boundary: {aws_managed_policy: PowerUserAccess}}\n"
	"      |                                                    ^~~~~~~~~~~~~~~\n"
	"charter.yaml:14:78: error: `J`: `${account.id}` has a meaning only for what stands in an account\n"
	"   14 | ...tement: {Effect: Allow, Action: 's3:*', Resource: '${account.id}'}}}\n"
	"      |                                                      ^~~~~~~~~~~~~~~\n"},
};
/* clang-format on */

static void test_errors(void **state)
{
	(void)state;
	run_printed(golden, sizeof(golden) / sizeof(*golden));
}

static const char sets[] =
    "identity_center:\n"
    "  region: eu-west-1\n"
    "  users: {alice: " PERSON ", bob: {external: true}}\n"
    "  groups:\n"
    "    team: {description: {}, members: [bob, alice], previously: [old, older]}\n"
    "    other: {members: {only: [alice]}}\n"
    "  permission_sets:\n"
    "    Full:\n"
    "      description: d\n"
    "      session_duration: PT1H30M\n"
    "      relay_state: https://example.com/?a=b#c\n"
    "      aws_managed_policies: [aws/ReadOnlyAccess, aws/job-function/Billing,\n"
    "        'arn:aws:iam::aws:policy/IAMFullAccess']\n"
    "      customer_managed_policies: [{name: z, path: /a/b/}, {name: y}]\n"
    "      inline_policy: policies/p.yaml\n"
    "      permissions_boundary: {customer_managed_policy: {name: edge, path: /b/}}\n"
    "      tags: {a: b}\n"
    "    Only:\n"
    "      customer_managed_policies: {only: [{name: y}]}\n"
    "      inline_policy: {Statement: [{Effect: Allow, Action: '*', Resource: "
    "'arn:aws:s3:::${accounts.a.id}'}]}\n"
    "      permissions_boundary: {aws_managed_policy: aws/PowerUserAccess}\n"
    "    Cleared: {description: {}, inline_policy: {}, permissions_boundary: {}, "
    "aws_managed_policies: []}\n"
    "    Theirs: {external: true, id: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1'}\n";

static const struct test_file values_files[] = {
    {"charter.yaml", "charter: 1\nunmanaged: {identity_center: ignore}\n"
		     "guards: {removals: {assignment: {count: 5}, member: {}, permission_set: "
		     "{}}, protect: [permission_set/Full, assignment/**]}\n"
		     "accounts: {a: {id: \"111111111111\", unit: /}}\n"},
    {"i.yaml", sets},
    {"policies/p.yaml", "Statement: {Effect: Deny, Action: 's3:*', Resource: '*'}\n"},
    {NULL, NULL}};

static void test_values(void **state)
{
	static const struct value_case cases[] = {
	    {"identity_user/alice", IDUSER_NAME, "alice"},
	    {"identity_user/alice", IDUSER_EMAIL, "a@example.com"},
	    {"identity_user/bob", IDUSER_EMAIL, "(unset)"},
	    {"identity_group/team", IDGROUP_DESCRIPTION, ""},
	    {"identity_group/team", IDGROUP_MEMBERS, "[identity_user/alice identity_user/bob]"},
	    {"identity_group/other", IDGROUP_MEMBERS, "[identity_user/alice] only"},
	    {"permission_set/Full", PSET_NAME, "Full"},
	    {"permission_set/Full", PSET_DURATION, "5400"},
	    {"permission_set/Full", PSET_RELAY, "https://example.com/?a=b#c"},
	    {"permission_set/Full", PSET_MANAGED,
	     "[arn:aws:iam::aws:policy/IAMFullAccess arn:aws:iam::aws:policy/ReadOnlyAccess "
	     "arn:aws:iam::aws:policy/job-function/Billing]"},
	    {"permission_set/Full", PSET_CUSTOMER, "[/a/b/z /y]"},
	    {"permission_set/Full", PSET_INLINE,
	     "{\"Statement\":[{\"Action\":\"s3:*\",\"Effect\":\"Deny\",\"Resource\":\"*\"}]}"},
	    {"permission_set/Full", PSET_BOUNDARY, "/b/edge"},
	    {"permission_set/Full", PSET_TAGS, "[a=b]"},
	    {"permission_set/Full", PSET_PROVISIONED, "everywhere"},
	    {"permission_set/Only", PSET_CUSTOMER, "[/y] only"},
	    {"permission_set/Only", PSET_INLINE,
	     "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Resource\":\"arn:aws:s3:::"
	     "111111111111\"}]}"},
	    {"permission_set/Only", PSET_BOUNDARY, "arn:aws:iam::aws:policy/PowerUserAccess"},
	    {"permission_set/Only", PSET_MANAGED, "(unset)"},
	    {"permission_set/Cleared", PSET_DESCRIPTION, ""},
	    {"permission_set/Cleared", PSET_INLINE, ""},
	    {"permission_set/Cleared", PSET_BOUNDARY, ""},
	    {"permission_set/Cleared", PSET_MANAGED, "[]"},
	    {"permission_set/Theirs", PSET_PROVISIONED, "(unset)"},
	};
	struct run run;
	const struct settings *settings;
	const struct resource *team;

	(void)state;
	run_files(&run, values_files, false, NULL);
	assert_string_equal(buf_str(&run.out), "");
	run_values(&run, cases, sizeof(cases) / sizeof(*cases));
	settings = &run.config->settings;
	assert_true(text_is(settings->identity_region, "eu-west-1"));
	assert_null(settings->identity_source);
	for (size_t kind = KIND_IDENTITY_USER; kind <= KIND_ASSIGNMENT; kind++)
		assert_true(settings->unmanaged_ignore[kind]);
	assert_false(settings->unmanaged_ignore[KIND_IAM_USER]);
	team = side_find(run.side, text_str(run.arena, "identity_group/team"));
	assert_true(text_is(team->previously[1], "identity_group/older"));
	/* No assignments are written: nobody says who has a set. */
	assert_int_equal(
	    side_find(run.side, text_str(run.arena, "permission_set/Full"))->flags & RES_CLAIMS, 0);
	run_end(&run);
}

static void region_check(const char *was, const char *is, const char *printed)
{
	char *base = xasprintf("charter: 1\n%s\n", was), *head = xasprintf("charter: 1\n%s\n", is);
	struct test_file files[2][2] = {{{"charter.yaml", base}}, {{"charter.yaml", head}}};
	struct run run[2];

	for (size_t i = 0; i < 2; i++)
		run_files(&run[i], files[i], i == 0, NULL);
	identity_region_check(run[0].config, run[1].config, &run[1].diagnostics);
	buf_free(&run[1].out);
	run[1].out = BUF_INIT(1u << 16);
	diagnostics_print(&run[1].diagnostics, &run[1].out, config_line,
			  &(struct config_lines){run[1].config->files, 0}, false);
	assert_string_equal(buf_str(&run[1].out), printed);
	for (size_t i = 0; i < 2; i++)
		run_end(&run[i]);
	free(base);
	free(head);
}

static void test_region(void **state)
{
	(void)state;
	region_check("", "identity_center: {region: us-east-1}", "");
	region_check("identity_center: {region: us-east-1}", "", "");
	region_check("identity_center: {region: us-east-1}", "identity_center: {region: us-east-1}",
		     "");
	region_check("identity_center: {region: us-east-1, groups: {g: {}}}",
		     "identity_center: {region: us-gov-west-1}",
		     "charter.yaml:2:27: error: what was applied last is declared in Identity "
		     "Center of us-east-1, and it does not move to us-gov-west-1: first release it "
		     "there, with empty sections and `release` rules for `identity_*/*`, "
		     "`permission_set/*` and `assignment/**`, in a merge of its own\n");
	/* Nothing is left there. */
	region_check("identity_center: {region: us-east-1, groups: {}}",
		     "identity_center: {region: us-gov-west-1, groups: {g: {}}}", "");
}

/* Assignments. */

static const char organization[] =
    "units: {Dev: {}, Dev/Deep: {}, Prod: {}}\n"
    "accounts:\n"
    "  main: {id: \"111111111111\", unit: /}\n"
    "  a: {email: a@example.com, unit: Dev, tags: {env: dev}}\n"
    "  b: {email: b@example.com, unit: Dev/Deep}\n"
    "  c/d: {email: c@example.com, unit: Prod, tags: {env: dev}}\n"
    "  gone: {email: gone@example.com, unit: Dev, tags: {env: dev}}\n";

static bool active(void *ctx, const struct resource *account)
{
	(void)ctx;
	return !text_is(account->v[ACCOUNT_NAME].u.text, "gone");
}

static void run_products(struct run *run, const char *source, const char *products)
{
	char *more = xasprintf("identity_center:\n"
			       "  region: us-east-1\n"
			       "  source: %s\n"
			       "  permission_sets: {S: {}, T: {}, X: {external: true}}\n"
			       "  users: {u: " PERSON "}\n"
			       "  groups: {g: {}, h: {}}\n"
			       "  assignments:\n%s",
			       source, products);
	struct test_file files[] = {
	    {"charter.yaml", "charter: 1\norganization: {management_account: \"111111111111\"}\n"},
	    {"org.yaml", organization},
	    {"x.yaml", more},
	    {NULL, NULL}};
	struct compile_world world = {.active = active};

	assert_int_equal(time_parse("2026-11-22T12:00:00Z", &world.now_us), 0);
	run_files(run, files, false, &world);
	free(more);
}

/* What stands after "assignment/", with its line and other lines, and what has ended marked. */
static const char *assignments(struct run *run)
{
	auto_buf out = BUF_INIT(1u << 16);

	for (size_t i = 0; i < run->side->all.n; i++) {
		const struct resource *r = run->side->all.at[i];

		if (r->kind != KIND_ASSIGNMENT)
			continue;
		buf_printf(&out, "%s%s", out.len == 0 ? "" : " ", strchr(r->address->s, '/') + 1);
		buf_printf(&out, "%s:%u", (r->flags & RES_ENDED) != 0 ? "(ended)" : "",
			   r->where.line - 7);
		for (const struct place *also = r->also; also != NULL && also->file != NULL; also++)
			buf_printf(&out, "+%u", also->line - 7);
	}
	return arena_strdup(run->arena, buf_str(&out));
}

static void test_expansion(void **state)
{
	static const struct {
		const char *products, *assignments;
	} cases[] = {
	    {"  - {permission_sets: [S], groups: [g], units: [Dev]}\n",
	     "S/a/group/g:1 S/b/group/g:1"},
	    {"  - {permission_sets: [S], users: [u], units: [/], account_tags: {env: dev}}\n",
	     "S/a/user/u:1 S/c%2Fd/user/u:1"},
	    {"  - {permission_sets: [T, S], groups: [h, g], users: [u], accounts: [main, gone]}\n",
	     "S/main/group/g:1 S/main/group/h:1 S/main/user/u:1 T/main/group/g:1 T/main/group/h:1 "
	     "T/main/user/u:1"},
	    {"  - {permission_sets: [S], groups: [g], units: [/], except: [a, b]}\n",
	     "S/c%2Fd/group/g:1"},
	    {"  - {permission_sets: [S], groups: [g], accounts: [gone]}\n", ""},
	    /* One of several products; what has ended says nothing beside what has not. */
	    {"  - {permission_sets: [S], groups: [g], accounts: [a]}\n"
	     "  - {permission_sets: [S], groups: [g], units: [Dev]}\n"
	     "  - {permission_sets: [S], groups: [g], units: [/], expires: 2026-11-22}\n",
	     "S/a/group/g:1+2+3 S/b/group/g:2+3 S/c%2Fd/group/g:3"},
	    {"  - {permission_sets: [S], groups: [g], units: [/], expires: 2026-11-21}\n"
	     "  - {permission_sets: [S], groups: [g], accounts: [a, b], expires: "
	     "2026-11-22T11:00:00Z}\n"
	     "  - {permission_sets: [S], groups: [g], accounts: [b]}\n",
	     "S/a/group/g(ended):1+2 S/b/group/g:3 S/c%2Fd/group/g(ended):1"},
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		run_products(&run, "internal", cases[i].products);
		if (run.out.len != 0 || strcmp(assignments(&run), cases[i].assignments) != 0)
			fail_msg("%s%s\nwanted %s\n%s", cases[i].products, assignments(&run),
				 cases[i].assignments, buf_str(&run.out));
		run_end(&run);
	}
}

/* References, and who claims it: not the owner of a set that others keep. */
static void test_claims(void **state)
{
	static const struct value_case cases[] = {
	    {"assignment/S/c%2Fd/user/u", ASSIGNMENT_SET, "permission_set/S"},
	    {"assignment/S/c%2Fd/user/u", ASSIGNMENT_ACCOUNT, "account/c%2Fd"},
	    {"assignment/S/c%2Fd/user/u", ASSIGNMENT_PRINCIPAL, "identity_user/u"},
	};
	struct run run;

	(void)state;
	run_products(&run, "internal",
		     "  - {permission_sets: [S, X], users: [u], accounts: [c/d]}\n");
	assert_string_equal(buf_str(&run.out), "");
	run_values(&run, cases, sizeof(cases) / sizeof(*cases));
	assert_true(
	    text_is(side_find(run.side, text_str(run.arena, "assignment/S/c%2Fd/user/u"))->owner,
		    "permission_set/S"));
	assert_null(side_find(run.side, text_str(run.arena, "assignment/X/c%2Fd/user/u"))->owner);
	assert_true((side_find(run.side, text_str(run.arena, "permission_set/T"))->flags &
		     RES_CLAIMS) != 0);
	run_end(&run);
	/* Written empty: nobody has any. */
	run_products(&run, "internal", "    []\n");
	assert_string_equal(buf_str(&run.out), "");
	assert_true((side_find(run.side, text_str(run.arena, "permission_set/T"))->flags &
		     RES_CLAIMS) != 0);
	run_end(&run);
}

static const struct section *section_find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->sections.n; i++) {
		if (text_is(config->sections.at[i].name, name))
			return &config->sections.at[i];
	}
	return NULL;
}

/* Who is not declared is looked up under scim, and is nobody's section's. */
static void test_looked_up(void **state)
{
	static const char products[] =
	    "  - {permission_sets: [S], groups: [far, g], users: [who, u], accounts: [a]}\n"
	    "  - {permission_sets: [S], groups: [far], users: [bad name], accounts: [b]}\n";
	static const struct value_case cases[] = {
	    {"identity_group/far", IDGROUP_NAME, "far"},
	    {"identity_group/far", IDGROUP_MEMBERS, "(unset)"},
	    {"identity_user/who", IDUSER_EMAIL, "(unset)"},
	};
	static const char *const external[] = {"identity_group/far", "identity_user/who"};
	struct run run;

	(void)state;
	run_products(&run, "scim", products);
	run_values(&run, cases, sizeof(cases) / sizeof(*cases));
	for (size_t i = 0; i < sizeof(external) / sizeof(*external); i++)
		assert_int_equal(side_find(run.side, text_str(run.arena, external[i]))->flags,
				 RES_EXTERNAL);
	assert_int_equal(section_find(run.config, "identity_center/users")->n, 1);
	assert_int_equal(section_find(run.config, "identity_center/assignments")->n, 2);
	assert_string_equal(assignments(&run),
			    "S/a/group/far:1 S/a/group/g:1 S/a/user/u:1 "
			    "S/a/user/who:1 S/b/group/far:2 S/b/user/bad name:2");
	assert_non_null(strstr(buf_str(&run.out), "x.yaml:9:51: error: `bad name` may hold no "
						  "white space\n"));
	assert_int_equal(run.diagnostics.errors, 1);
	run_end(&run);
}

/* Members of a group of ours, kept by the identity provider. */
static void test_members_looked_up(void **state)
{
	static const struct test_file files[] = {
	    {"charter.yaml", "charter: 1\n"
			     "identity_center:\n"
			     "  region: us-east-1\n"
			     "  source: ad\n"
			     "  groups: {a: {members: [x, y]}, b: {members: {only: [y]}}}\n"},
	    {NULL, NULL}};
	struct run run;

	(void)state;
	run_files(&run, files, false, NULL);
	assert_string_equal(buf_str(&run.out), "");
	assert_string_equal(run_value(&run, "identity_group/a", IDGROUP_MEMBERS),
			    "[identity_user/x identity_user/y]");
	assert_int_equal(side_find(run.side, text_str(run.arena, "identity_user/y"))->flags,
			 RES_EXTERNAL);
	assert_int_equal(run.side->all.n, 4);
	run_end(&run);
}

/* AWS's quotas, each just above. */
static void test_quotas(void **state)
{
	auto_buf policies = BUF_INIT(1u << 16), groups = BUF_INIT(1u << 16),
		 large = BUF_INIT(1u << 20), more = BUF_INIT(1u << 20);
	struct run run;

	(void)state;
	for (int i = 0; i < 25; i++)
		buf_printf(&policies, "%s{name: p%d}", i == 0 ? "" : ", ", i);
	for (int i = 0; i < 101; i++)
		buf_printf(&groups, "%sg%d", i == 0 ? "" : ", ", i);
	for (int i = 0; i < 10300; i++)
		buf_putc(&large, 'x');
	buf_printf(&more,
		   "charter: 1\n"
		   "accounts: {a: {email: a@example.com, unit: /}, b: {email: b@example.com, unit: "
		   "/}}\n"
		   "identity_center:\n"
		   "  region: us-east-1\n"
		   "  source: scim\n"
		   "  permission_sets:\n"
		   "    Many: {customer_managed_policies: [%s], aws_managed_policies: "
		   "[aws/ReadOnlyAccess]}\n"
		   "    Large: {inline_policy: {Statement: {Effect: Allow, Action: '*', Resource: "
		   "'arn:aws:s3:::%s'}}}\n"
		   "  assignments:\n"
		   "    - {permission_sets: [Many], groups: [%s], units: [/]}\n",
		   buf_str(&policies), buf_str(&large), buf_str(&groups));
	run_files(&run, (struct test_file[]){{"charter.yaml", buf_str(&more)}, {NULL, NULL}}, false,
		  NULL);
	assert_non_null(strstr(buf_str(&run.out), "charter.yaml:7:5: error: permission set `Many` "
						  "has 26 managed policies; AWS allows 25\n"));
	assert_non_null(strstr(buf_str(&run.out), "charter.yaml:8:5: error: the inline policy of "
						  "`Large` has 10"));
	assert_non_null(strstr(buf_str(&run.out),
			       "charter.yaml:10:7: error: more than 100 groups would have "
			       "permission set `Many` in account `a`, which is AWS's quota\n"));
	assert_int_equal(run.diagnostics.errors, 3);
	run_end(&run);
}

/* AWS has one person of an e-mail address; an account may have the same. */
static void test_one_address(void **state)
{
#define SAME "given_name: A, family_name: B, display_name: A B, email: a@example.com"
	static const struct test_file files[] = {{"charter.yaml",
						  "charter: 1\n"
						  "accounts: {a: {email: a@example.com, unit: /}}\n"
						  "identity_center:\n"
						  "  region: us-east-1\n"
						  "  users:\n"
						  "    ada: {" SAME "}\n"
						  "    ann: {" SAME "}\n"},
						 {NULL, NULL}};
	struct run run;

	(void)state;
	run_files(&run, files, false, NULL);
	assert_non_null(strstr(buf_str(&run.out),
			       "charter.yaml:7:5: error: `ann` and `ada` have the same e-mail "
			       "address a@example.com; the first is at charter.yaml:6\n"));
	assert_int_equal(run.diagnostics.errors, 1);
	run_end(&run);
}

/* What a stranger's few lines ask for is not made. */
static void test_vast_product(void **state)
{
	auto_buf names = BUF_INIT(1u << 20), groups = BUF_INIT(1u << 20), more = BUF_INIT(1u << 20);
	struct run run;

	(void)state;
	for (int i = 0; i < 1001; i++) {
		buf_printf(&names, "%ss%d", i == 0 ? "" : ", ", i);
		buf_printf(&groups, "%sg%d", i == 0 ? "" : ", ", i);
	}
	buf_printf(&more, "charter: 1\n"
			  "accounts: {a: {email: a@example.com, unit: /}}\n"
			  "identity_center:\n"
			  "  region: us-east-1\n"
			  "  source: scim\n"
			  "  permission_sets: {");
	for (int i = 0; i < 1001; i++)
		buf_printf(&more, "%ss%d: {}", i == 0 ? "" : ", ", i);
	buf_printf(&more,
		   "}\n"
		   "  assignments:\n"
		   "    - {permission_sets: [%s], groups: [%s], accounts: [a]}\n",
		   buf_str(&names), buf_str(&groups));
	run_files(&run, (struct test_file[]){{"charter.yaml", buf_str(&more)}, {NULL, NULL}}, false,
		  NULL);
	assert_non_null(strstr(buf_str(&run.out), "error: 1001 permission sets x 1001 groups and "
						  "users x 1 accounts are more assignments than"));
	assert_int_equal(run.diagnostics.errors, 1);
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_region),
	    cmocka_unit_test(test_expansion),
	    cmocka_unit_test(test_claims),
	    cmocka_unit_test(test_looked_up),
	    cmocka_unit_test(test_members_looked_up),
	    cmocka_unit_test(test_quotas),
	    cmocka_unit_test(test_one_address),
	    cmocka_unit_test(test_vast_product),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
