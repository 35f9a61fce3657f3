/* Who gains and loses access. Each case is what is declared and live before, and what is wanted;
 * the rows must be exactly those. */
#include "state/access.h"
#include "tests/unit/config_run.h"
#include "tests/unit/plan_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNTS                                                                                   \
	"charter: 1\n"                                                                             \
	"organization: {id: o-exampleorgid, management_account: \"111111111111\"}\n"               \
	"accounts:\n"                                                                              \
	"  id: {id: \"222222222222\", unit: /}\n"                                                  \
	"  dev: {id: \"333333333333\", unit: /}\n"                                                 \
	"  prod: {id: \"444444444444\", unit: /}\n"

#define POLICY(effect, action, resource)                                                           \
	"{Version: \"2012-10-17\", Statement: [{Effect: " effect ", Action: \"" action             \
	"\", Resource: \"" resource "\"}]}"
#define TRUST(principal)                                                                           \
	"{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"sts:AssumeRole\", "       \
	"Principal: " principal "}]}"
#define ROOT(account) "{AWS: \"" account "\"}"
#define IAM(body)     "iam: {accounts: {" body "}}\n"

#define JUMP(members, access)                                                                      \
	"iam: {accounts: {id: {users: {alice: {groups: []}, bob: {groups: []}}}}}\n"               \
	"jump: {account: id, roles: {developer: {managed_policies: [aws/PowerUserAccess]}, "       \
	"reader: {managed_policies: [aws/ReadOnlyAccess]}}, teams: {crm: {members: [" members      \
	"], access: [" access "]}}}\n"
#define DEV      "{role: developer, accounts: [dev]}"
#define DEV_PROD DEV ", {role: reader, accounts: [prod]}"

#define TEAM(members)                                                                              \
	"jump: {account: id, roles: {developer: {managed_policies: [aws/PowerUserAccess]}}, "      \
	"teams: {crm: {members: [" members "], access: [" DEV "]}}}\n"

struct access_case {
	const char *name, *before, *after, *want;
};

#define TRUST_ID   TRUST(ROOT("222222222222"))
#define TRUST_CI   TRUST("{AWS: \"arn:aws:iam::222222222222:role/ci\"}")
#define TRUST_V    TRUST("{AWS: \"arn:aws:iam::222222222222:user/v\"}")
#define TRUST_U    TRUST("{AWS: \"arn:aws:iam::333333333333:user/u\"}")
#define TRUST_EC2  TRUST("{Service: ec2.amazonaws.com}")
#define TRUST_PROD TRUST(ROOT("444444444444"))
#define TRUST_FAR  TRUST(ROOT("999999999999"))
#define TRUST_COND(account)                                                                        \
	"{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"sts:AssumeRole\", "       \
	"Principal: {AWS: \"" account "\"}, Condition: {StringEquals: {\"sts:ExternalId\": "       \
	"\"x7\"}}}]}"
#define TRUST_IF    TRUST_COND("999999999999")
#define TRUST_ID_IF TRUST_COND("222222222222")
#define TRUST_SUBS                                                                                 \
	"{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: "                           \
	"\"sts:AssumeRoleWithWebIdentity\", Principal: {Federated: "                               \
	"\"arn:aws:iam::333333333333:oidc-provider/ci.example.com\"}, Condition: {StringEquals: "  \
	"{\"ci.example.com:sub\": [\"repo:a\", \"repo:b\"]}}}, {Effect: Allow, Action: "           \
	"\"sts:AssumeRole\", Principal: {Service: ec2.amazonaws.com}}]}"
#define S3         POLICY("Allow", "s3:*", "*")
#define ALL        POLICY("Allow", "*", "*")
#define ASSUME_R   POLICY("Allow", "sts:AssumeRole", "arn:aws:iam::333333333333:role/r")
#define ASSUME_ANY POLICY("Allow", "sts:AssumeRole", "arn:aws:iam::*:role/r")
#define ASSUME_ALL POLICY("Allow", "sts:Assume*", "*")
#define DENY_R     POLICY("Deny", "sts:*", "arn:aws:iam::333333333333:role/r")
#define READ       "managed_policies: [aws/ReadOnlyAccess]"
#define POWER      "managed_policies: [aws/PowerUserAccess]"
#define ADMIN      "managed_policies: [aws/AdministratorAccess]"
#define DEV_R      "dev: {roles: {r: {trust: " TRUST_ID "}}}"
#define TWO_GROUPS "groups: {a: {" READ "}, b: {" READ "}}"
#define ROLES_R_S  "dev: {roles: {r: {trust: " TRUST_ID "}, s: {trust: " TRUST_ID "}}}"
#define ADMIN_GROUP                                                                                \
	"users: {u: {groups: [g]}, v: {groups: [g], " ADMIN "}}, "                                 \
	"groups: {g: {managed_policies: [p]}}, "

static const struct access_case cases[] = {
    {"a person joins a team", JUMP("alice", DEV_PROD), JUMP("alice, bob", DEV_PROD),
     "gain iam_user/id/bob dev: role crm-developer through iam_group/id/crm\n"
     "gain iam_user/id/bob prod: role crm-reader through iam_group/id/crm\n"},
    {"a team gets another account", JUMP("alice", DEV), JUMP("alice", DEV_PROD),
     "gain iam_role/prod/crm-reader prod: aws/ReadOnlyAccess\n"
     "gain iam_user/id/alice prod: role crm-reader through iam_group/id/crm\n"},
    {"a team loses an account", JUMP("alice", DEV_PROD), JUMP("alice", DEV),
     "loss iam_role/prod/crm-reader prod: aws/ReadOnlyAccess\n"
     "loss iam_user/id/alice prod: role crm-reader through iam_group/id/crm\n"},
    {"nothing changes", JUMP("alice", DEV_PROD), JUMP("alice", DEV_PROD), ""},
    {"the last team is left by one who has no groups of his own",
     "iam: {accounts: {id: {users: {alice: {}, bob: {}}}}}\n" TEAM("alice, bob"),
     "iam: {accounts: {id: {users: {alice: {}, bob: {}}}}}\n" TEAM("alice"),
     "loss iam_user/id/bob dev: role crm-developer through iam_group/id/crm\n"},
    {"a user of a team goes",
     "iam: {accounts: {id: {users: {alice: {groups: []}, bob: {}}}}}\n" TEAM("alice, bob"),
     "iam: {accounts: {id: {users: {alice: {groups: []}}}}}\n" TEAM("alice"),
     "loss iam_user/id/bob dev: role crm-developer through iam_group/id/crm\n"},
    {"a group without the tag opens nothing",
     "iam: {accounts: {id: {users: {alice: {}, bob: {groups: []}}}}}\n" TEAM("alice"),
     "iam: {accounts: {id: {users: {alice: {}, bob: {groups: [crm]}}}}}\n" TEAM("alice"), ""},
    {"a policy that only denies gives nothing", IAM("id: {users: {u: {inline_policies: {}}}}"),
     IAM("id: {users: {u: {inline_policies: {no: " DENY_R "}}}}"), ""},
    {"one of two groups that give the same",
     IAM("id: {users: {u: {groups: [a, b]}}, " TWO_GROUPS "}"),
     IAM("id: {users: {u: {groups: [b]}}, " TWO_GROUPS "}"), ""},
    {"one of two groups that do not",
     IAM("id: {users: {u: {groups: [a, b]}}, groups: {a: {" READ "}, b: {}}}"),
     IAM("id: {users: {u: {groups: [b]}}, groups: {a: {" READ "}, b: {}}}"),
     "loss iam_user/id/u id: aws/ReadOnlyAccess through iam_group/id/a\n"},
    {"a policy leaves a group",
     IAM("id: {users: {u: {groups: [a]}, v: {groups: [a], " READ "}, w: {}}, groups: {a: {" READ
	 "}}}"),
     IAM("id: {users: {u: {groups: [a]}, v: {groups: [a], " READ "}, w: {}}, groups: {a: "
	 "{managed_policies: []}}}"),
     "loss iam_user/id/u id: aws/ReadOnlyAccess through iam_group/id/a\n"},
    {"a role goes", IAM("id: {users: {u: {" ADMIN "}}}, " DEV_R),
     IAM("id: {users: {u: {" ADMIN "}}}, dev: {roles: {}}"), "loss iam_user/id/u dev: role r\n"},
    {"trust is narrowed", IAM("id: {users: {u: {" POWER "}, v: {" POWER "}, w: {}}}, " DEV_R),
     IAM("id: {users: {u: {" POWER "}, v: {" POWER "}, w: {}}}, "
	 "dev: {roles: {r: {trust: " TRUST_V "}}}"),
     "loss iam_user/id/u dev: role r\n"},
    {"trust of another account loses its condition",
     IAM("dev: {roles: {r: {trust: " TRUST_IF "}, s: {trust: " TRUST_IF "}}}"),
     IAM("dev: {roles: {r: {trust: " TRUST_FAR "}, s: {trust: " TRUST_IF "}}}"),
     "gain arn:aws:iam::999999999999:root dev: role r without conditions\n"},
    {"trust of an account gets a condition", IAM("dev: {roles: {r: {trust: " TRUST_ID "}}}"),
     IAM("dev: {roles: {r: {trust: " TRUST_ID_IF "}}}"),
     "loss account/id dev: role r without conditions\n"},
    {"trust of one's own account needs no policy", IAM("dev: {users: {u: {}}, roles: {}}"),
     IAM("dev: {users: {u: {}}, roles: {r: {trust: " TRUST_U "}}}"),
     "gain iam_user/dev/u dev: role r\n"},
    {"who is not among the rows", IAM("dev: {roles: {r: {trust: " TRUST_FAR "}}}"),
     IAM("dev: {roles: {r: {trust: " TRUST_SUBS "}}}"),
     "loss arn:aws:iam::999999999999:root dev: role r\n"
     "gain ci.example.com sub repo:a dev: role r\n"
     "gain ci.example.com sub repo:b dev: role r\n"
     "gain ec2.amazonaws.com dev: role r\n"},
    {"a role assumes another",
     IAM("id: {roles: {ci: {trust: " TRUST_EC2 "}}}, dev: {roles: {r: {trust: " TRUST_CI "}}}"),
     IAM("id: {roles: {ci: {trust: " TRUST_EC2 ", inline_policies: {a: " ASSUME_R "}}}}, "
	 "dev: {roles: {r: {trust: " TRUST_CI "}}}"),
     "gain iam_role/id/ci dev: role r\n"},
    {"a boundary", IAM("id: {users: {u: {" POWER "}}}"),
     IAM("id: {users: {u: {permissions_boundary: aws/ReadOnlyAccess, " POWER "}}}"),
     "loss iam_user/id/u id: permissions beyond aws/ReadOnlyAccess\n"},
    {"a boundary without sts:AssumeRole",
     IAM("id: {users: {u: {" POWER "}}, policies: {b: {document: " S3 "}}}, " DEV_R),
     IAM("id: {users: {u: {permissions_boundary: b, " POWER "}}, "
	 "policies: {b: {document: " S3 "}}}, " DEV_R),
     "loss iam_user/id/u dev: role r\n"
     "loss iam_user/id/u id: permissions beyond iam_policy/id/b\n"},
    {"a document begins to give everything",
     IAM("id: {" ADMIN_GROUP "policies: {p: {document: " S3 "}}}"),
     IAM("id: {" ADMIN_GROUP "policies: {p: {document: " ALL "}}}"),
     "gain iam_user/id/u id: administrator access (iam_policy/id/p) through iam_group/id/g\n"},
    {"a document names another role, and denies one",
     IAM("id: {users: {u: {inline_policies: {a: " ASSUME_ANY "}}}}, " ROLES_R_S),
     IAM("id: {users: {u: {inline_policies: {a: " ASSUME_ALL ", d: " DENY_R "}}}}, " ROLES_R_S),
     "loss iam_user/id/u dev: role r\n"
     "gain iam_user/id/u dev: role s\n"},
};

static const struct text *live_id(void *ctx, const struct resource *account)
{
	(void)ctx;
	return account->id;
}

static struct side *side_of(struct run *run, const char *body)
{
	const struct compile_world world = {.account_id = live_id};
	const struct test_file files[] = {{"charter.yaml", ACCOUNTS}, {"iam.yaml", body}, {0}};

	run_files(run, files, false, &world);
	if (run->diagnostics.errors > 0)
		fail_msg("%s", buf_str(&run->out));
	return run->side;
}

/* An account that could not be entered. */
static void account_fail(struct side *live, const char *id)
{
	auto_free char *scope = xasprintf("iam/%s", id);

	for (size_t i = 0; i < live->scopes.n; i++)
		if (text_is(live->scopes.at[i].name, scope))
			scope_fail(live, (uint32_t)i, "AccessDenied", "no");
}

static void rows_dump(struct buf *out, const struct access_row *row, size_t n, bool strengths)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s %s %s: %s%s%s%s%s\n", row[i].loss ? "loss" : "gain",
			   row[i].principal, row[i].account, row[i].permission,
			   row[i].through == NULL ? "" : " through ",
			   row[i].through == NULL ? "" : row[i].through, strengths ? ", " : "",
			   strengths ? strength_names[row[i].strength] : "");
}

/* The rows, and how long they took. */
static double compare_told(const char *before, const char *after, const char *unread,
			   struct buf *out, bool strengths, typeof(access_compare) *ask)
{
	struct arena *arena = arena_new();
	struct plan_case living = {.arena = arena};
	struct diagnostics diag = {.arena = arena};
	struct settings settings = {0};
	struct run base, twin, head;
	struct side *live = case_live(&living, side_of(&twin, before));
	struct sides sides = {
	    .base = side_of(&base, before), .head = side_of(&head, after), .live = live};
	struct diff_options options = {.head = &settings, .live = live};
	struct bound *bound = bind_sides(arena, &sides, &diag);
	struct difference *difference;
	const struct access_row *rows;
	clock_t start;
	size_t n;

	if (unread != NULL)
		account_fail(live, unread);
	difference = diff_rows(arena, bound, &options, &diag);
	assert_int_equal(diag.errors, 0);
	start = clock();
	n = ask(arena, bound, live, difference->change, difference->changes, &rows);
	start = clock() - start;
	rows_dump(out, rows, n, strengths);
	difference_free(difference);
	diagnostics_free(&diag);
	bound_free(bound);
	side_free(live);
	run_end(&base);
	run_end(&twin);
	run_end(&head);
	arena_free(arena);
	return (double)start / CLOCKS_PER_SEC;
}

static double compare(const char *before, const char *after, const char *unread, struct buf *out)
{
	return compare_told(before, after, unread, out, false, access_compare);
}

/* What a role or user has that the plan does not change counts as well. */
static const struct access_case strengths[] = {
    {"roles by what they give", JUMP("alice", DEV_PROD), JUMP("alice, bob", DEV_PROD),
     "gain iam_user/id/bob dev: role crm-developer through iam_group/id/crm, write\n"
     "gain iam_user/id/bob prod: role crm-reader through iam_group/id/crm, read\n"},
    {"a role that loses what it had, by what it had",
     IAM("dev: {roles: {r: {trust: " TRUST_FAR ", " ADMIN "}}}"), IAM("dev: {roles: {}}"),
     "loss arn:aws:iam::999999999999:root dev: role r, administrator\n"
     "loss iam_role/dev/r dev: aws/AdministratorAccess, administrator\n"},
    {"without conditions", IAM("dev: {roles: {r: {trust: " TRUST_IF ", " ADMIN "}}}"),
     IAM("dev: {roles: {r: {trust: " TRUST_FAR ", " ADMIN "}}}"),
     "gain arn:aws:iam::999999999999:root dev: role r without conditions, administrator\n"},
    {"documents", IAM("id: {users: {u: {}}, policies: {p: {document: " S3 "}}}"),
     IAM("id: {users: {u: {managed_policies: [p], inline_policies: {get: " POLICY(
	 "Allow", "s3:Get*", "*") "}}}, policies: {p: {document: " S3 "}}}"),
     "gain iam_user/id/u id: iam_policy/id/p, write\n"
     "gain iam_user/id/u id: inline get, read\n"},
    {"a group", IAM("id: {users: {u: {groups: []}}, groups: {g: {" ADMIN "}}}"),
     IAM("id: {users: {u: {groups: [g]}}, groups: {g: {" ADMIN "}}}"),
     "gain iam_user/id/u id: aws/AdministratorAccess through iam_group/id/g, administrator\n"},
    {"a boundary goes from one who only reads",
     IAM("id: {users: {u: {permissions_boundary: aws/ReadOnlyAccess, " READ "}}}"),
     IAM("id: {users: {u: {permissions_boundary: {}, " READ "}}}"),
     "gain iam_user/id/u id: permissions beyond aws/ReadOnlyAccess, read\n"},
    {"a boundary goes from one who may write",
     IAM("id: {users: {u: {permissions_boundary: aws/ReadOnlyAccess, " POWER "}}}"),
     IAM("id: {users: {u: {permissions_boundary: {}, " POWER "}}}"),
     "gain iam_user/id/u id: permissions beyond aws/ReadOnlyAccess, write\n"},
};

static void test_strengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strengths) / sizeof(*strengths); i++) {
		auto_buf out = BUF_INIT(1u << 20);

		compare_told(strengths[i].before, strengths[i].after, NULL, &out, true,
			     access_compare);
		if (strcmp(buf_str(&out), strengths[i].want) != 0)
			fail_msg("%s:\n%s--- want\n%s", strengths[i].name, buf_str(&out),
				 strengths[i].want);
	}
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		auto_buf out = BUF_INIT(1u << 20);

		compare(cases[i].before, cases[i].after, NULL, &out);
		if (strcmp(buf_str(&out), cases[i].want) != 0)
			fail_msg("%s:\n%s--- want\n%s", cases[i].name, buf_str(&out),
				 cases[i].want);
	}
}

/* Nothing is known of who is in an account that could not be entered. */
static void test_unread_account(void **state)
{
	auto_buf out = BUF_INIT(1u << 20);

	(void)state;
	compare(IAM("dev: {roles: {}}"), IAM("dev: {roles: {r: {trust: " TRUST_PROD "}}}"),
		"444444444444", &out);
	assert_string_equal(buf_str(&out), "gain account/prod dev: role r\n");
}

/* Teams in an account that this plan creates: its id is not known yet. */
static void test_new_account(void **state)
{
	auto_buf out = BUF_INIT(1u << 20);

	(void)state;
	compare(JUMP("alice", DEV),
		"accounts: {new: {email: new@example.com, unit: /}}\n" JUMP(
		    "alice", DEV ", {role: reader, accounts: [new]}"),
		NULL, &out);
	assert_string_equal(
	    buf_str(&out),
	    "gain iam_role/new/crm-reader new: aws/ReadOnlyAccess\n"
	    "gain iam_user/id/alice new: role crm-reader through iam_group/id/crm\n");
}

/* 300 people in 20 teams with 100 accounts: one joins a team. */
static void large_accounts(struct buf *out)
{
	buf_puts(out, "accounts:\n");
	for (unsigned i = 0; i < 100; i++)
		buf_printf(out, "  a%03u: {id: \"%012u\", unit: /}\n", i, 500000000 + i);
}

static void large_config(struct buf *out, bool joined)
{
	large_accounts(out);
	buf_puts(out, "iam:\n  accounts:\n    id:\n      users:\n");
	for (unsigned i = 0; i < 300; i++)
		buf_printf(out, "        u%03u: {groups: []}\n", i);
	buf_puts(out, "jump:\n  account: id\n"
		      "  roles: {reader: {managed_policies: [aws/ReadOnlyAccess]}}\n  teams:\n");
	for (unsigned t = 0; t < 20; t++) {
		buf_printf(out, "    t%02u:\n      members: [", t);
		for (unsigned i = 0; i < 15; i++)
			buf_printf(out, "%su%03u", i ? ", " : "", t * 15 + i);
		if (joined && t == 3)
			buf_puts(out, ", u299");
		buf_puts(out, "]\n      access: [{role: reader, accounts: [a000");
		for (unsigned i = 1; i < 100; i++)
			buf_printf(out, ", a%03u", i);
		buf_puts(out, "]}]\n");
	}
}

static void test_large(void **state)
{
	auto_buf before = BUF_INIT(4u << 20), after = BUF_INIT(4u << 20);
	auto_buf nothing = BUF_INIT(1u << 20), out = BUF_INIT(4u << 20);
	size_t rows = 0;
	double seconds;

	(void)state;
	large_accounts(&nothing);
	large_config(&before, false);
	large_config(&after, true);
	seconds = compare(buf_str(&before), buf_str(&after), NULL, &out);
	for (const char *s = buf_str(&out); (s = strchr(s, '\n')) != NULL; s++)
		rows++;
	print_message("%zu rows, %.1f ms\n", rows, seconds * 1000);
	assert_int_equal(rows, 100);
	assert_true(seconds < 1);
	buf_clear(&out);
	seconds = compare(buf_str(&nothing), buf_str(&before), NULL, &out);
	print_message("from nothing: %.1f ms\n", seconds * 1000);
	assert_true(seconds < 3);
}

/* Of who gains or loses something, and of nobody else. */
static void test_kept(void **state)
{
	static const char before[] =
	    IAM("id: {users: {u: {managed_policies: [p, q]}, v: {" READ
		"}}, policies: {p: {document: " S3 "}, q: {document: " S3 "}}}");
	static const char after[] =
	    IAM("id: {users: {u: {managed_policies: [p]}, v: {" READ
		"}}, policies: {p: {document: " S3 "}, q: {document: " S3 "}}}");
	auto_buf out = BUF_INIT(1u << 20);

	(void)state;
	compare_told(before, after, NULL, &out, true, access_compare_kept);
	assert_string_equal(buf_str(&out), "gain iam_user/id/u id: iam_policy/id/p, write\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),       cmocka_unit_test(test_strengths),
	    cmocka_unit_test(test_kept),        cmocka_unit_test(test_unread_account),
	    cmocka_unit_test(test_new_account), cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
