/* The section `jump`, and what is refused of trust and of policies in the jump account. */
#include "tests/unit/config_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNTS                                                                                   \
	"charter: 1\n"                                                                             \
	"organization: {id: o-exampleorgid, management_account: \"111111111111\"}\n"               \
	"units: {Prod: {}, Dev: {}}\n"                                                             \
	"accounts:\n"                                                                              \
	"  identity: {id: \"222222222222\", unit: /}\n"                                            \
	"  crm-dev: {id: \"333333333333\", unit: Dev}\n"                                           \
	"  crm-prod: {id: \"444444444444\", unit: Prod}\n"                                         \
	"  new: {email: new@example.com, unit: Prod}\n"

#define JUMP                                                                                       \
	"jump:\n"                                                                                  \
	"  account: identity\n"                                                                    \
	"  roles:\n"                                                                               \
	"    developer: {managed_policies: [aws/PowerUserAccess], max_session_duration: 4h}\n"     \
	"    reader: {managed_policies: [aws/ReadOnlyAccess], tags: {by: charter}}\n"

#define USERS "iam: {accounts: {identity: {users: {alice: {tags: {a: b}}, bob: {groups: []}}}}}\n"

#define ASSUME(arns)                                                                               \
	"{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Resource\":" arns   \
	"}],\"Version\":\"2012-10-17\"}"

static void run_jump(struct run *run, const char *charter, const char *jump)
{
	const struct test_file files[] = {{"charter.yaml", charter}, {"jump.yaml", jump}, {0}};

	run_files(run, files, false, NULL);
}

static void assert_value(struct run *run, const char *address, uint16_t attr, const char *want)
{
	const char *got = run_value(run, address, attr);

	if (strcmp(got, want) != 0)
		fail_msg("%s: `%s`, not `%s`\n%s", address, got, want, buf_str(&run->out));
}

static void test_teams(void **state)
{
	struct run run;

	(void)state;
	run_jump(&run, ACCOUNTS USERS,
		 JUMP "  teams:\n"
		      "    crm:\n"
		      "      members: [alice, bob]\n"
		      "      access:\n"
		      "        - {role: developer, accounts: [crm-dev]}\n"
		      "        - {role: reader, units: [Prod]}\n"
		      "        - {role: reader, accounts: [crm-prod]}\n");
	assert_string_equal(buf_str(&run.out), "");
	assert_value(&run, "iam_group/identity/crm", GROUP_INLINE,
		     "[charter-team-crm=" ASSUME("[\"arn:aws:iam::${account/new.id}:role/"
						 "crm-reader\","
						 "\"arn:aws:iam::333333333333:role/crm-developer\","
						 "\"arn:aws:iam::444444444444:role/"
						 "crm-reader\"]") "]");
	assert_value(&run, "iam_group/identity/crm", GROUP_MANAGED, "[]");
	assert_value(&run, "iam_user/identity/alice", USER_TAGS, "[a=b charter-team-crm=true]");
	assert_value(&run, "iam_user/identity/alice", USER_GROUPS, "[iam_group/identity/crm] only");
	assert_value(&run, "iam_user/identity/bob", USER_GROUPS, "[iam_group/identity/crm]");
	assert_value(&run, "iam_role/crm-dev/crm-developer", ROLE_DURATION, "14400");
	assert_value(&run, "iam_role/crm-prod/crm-reader", ROLE_TAGS, "[by=charter]");
	assert_value(&run, "iam_role/crm-dev/crm-reader", ROLE_TAGS, "(no resource)");
	assert_value(&run, "iam_role/new/crm-reader", ROLE_TRUST,
		     "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Condition\":{\"Bool\":{"
		     "\"aws:MultiFactorAuthPresent\":\"true\"},\"StringEquals\":{"
		     "\"aws:PrincipalTag/charter-team-crm\":\"true\"}},\"Effect\":\"Allow\","
		     "\"Principal\":{\"AWS\":\"arn:aws:iam::222222222222:root\"}}],"
		     "\"Version\":\"2012-10-17\"}");
	assert_int_equal(
	    side_find(run.side, text_str(run.arena, "iam_role/crm-dev/crm-developer"))->where.line,
	    10);
	run_end(&run);
}

/* Teams may stand in several files; MFA may be given up. */
static void test_files(void **state)
{
	const struct test_file files[] = {
	    {"charter.yaml", ACCOUNTS USERS},
	    {"jump.yaml", JUMP "  require_mfa: false\n"},
	    {"crm.yaml", "jump: {teams: {crm: {access: [{role: reader, accounts: [crm-dev]}]}}}\n"},
	    {"ops.yaml", "jump: {teams: {ops: {access: [{role: reader, accounts: [crm-dev]}]}}}\n"},
	    {0}};
	struct run run;

	(void)state;
	run_files(&run, files, false, NULL);
	assert_string_equal(buf_str(&run.out), "");
	assert_null(strstr(run_value(&run, "iam_role/crm-dev/ops-reader", ROLE_TRUST), "Multi"));
	assert_value(&run, "iam_group/identity/crm", GROUP_INLINE,
		     "[charter-team-crm=" ASSUME("\"arn:aws:iam::333333333333:role/"
						 "crm-reader\"") "]");
	run_end(&run);
}

/* What no inline policy can hold stands in managed ones, and what those cannot is refused. */
static void large_run(struct run *run, unsigned accounts)
{
	auto_buf charter = BUF_INIT(1u << 20), jump = BUF_INIT(1u << 20);

	buf_puts(&charter, ACCOUNTS);
	buf_puts(&jump, JUMP "  teams: {crm: {access: [{role: reader, accounts: [");
	for (unsigned i = 0; i < accounts; i++) {
		buf_printf(&charter, "  a%04u: {id: \"%012u\", unit: Dev}\n", i, 500000000 + i);
		buf_printf(&jump, "%sa%04u", i ? ", " : "", i);
	}
	buf_puts(&jump, "]}]}}\n");
	run_jump(run, buf_str(&charter), buf_str(&jump));
}

static void test_large(void **state)
{
	struct run run;

	(void)state;
	large_run(&run, 100);
	assert_string_equal(buf_str(&run.out), "");
	assert_value(&run, "iam_group/identity/crm", GROUP_MANAGED, "[]");
	run_end(&run);
	large_run(&run, 250);
	assert_string_equal(buf_str(&run.out), "");
	assert_value(&run, "iam_group/identity/crm", GROUP_INLINE, "[]");
	assert_value(&run, "iam_group/identity/crm", GROUP_MANAGED,
		     "[iam_policy/identity/charter-team-crm-1 "
		     "iam_policy/identity/charter-team-crm-2]");
	run_end(&run);
	large_run(&run, 1400);
	assert_non_null(strstr(buf_str(&run.out), "team `crm` has 1400 roles, "));
	run_end(&run);
}

/* One mistake each, and what is said of it. */
static const struct {
	const char *charter, *jump, *want;
} mistakes[] = {
    {ACCOUNTS, "jump: {}\n", ""},
    {ACCOUNTS, "jump: {roles: {r: {}}}\n", "error: `jump` has no `account`"},
    {ACCOUNTS, "jump: {account: identit}\n",
     "error: account `identit` is not declared; did you mean `identity`?"},
    {ACCOUNTS, "jump: {account: identity, team: {}}\n",
     "error: unknown key `team`; did you mean `teams`?"},
    {ACCOUNTS, "jump: {account: identity, require_mfa: maybe}\n",
     "error: `require_mfa` must be true or false"},
    {ACCOUNTS, "jump: {account: identity, roles: {r: {trust: x.json}}}\n",
     "error: unknown key `trust`"},
    {ACCOUNTS USERS,
     JUMP "  teams: {crm: {members: [alcie], access: [{role: reader, accounts: [new]}]}}\n",
     "IAM user `alcie` is not declared in account `identity`; did you mean `alice`?"},
    {ACCOUNTS, JUMP "  teams: {crm: {access: [{role: raeder, accounts: [new]}]}}\n",
     "error: `roles` of `jump` has no `raeder`; did you mean `reader`?"},
    {ACCOUNTS, JUMP "  teams: {crm: {access: [{role: reader, account: [new]}]}}\n",
     "error: unknown key `account`; did you mean `accounts`?"},
    {ACCOUNTS, JUMP "  teams: {crm: {access: [{role: reader, accounts: [nwe]}]}}\n",
     "error: account `nwe` is not declared; did you mean `new`?"},
    {ACCOUNTS, JUMP "  teams: {crm: {acess: []}}\n",
     "error: unknown key `acess`; did you mean `access`?"},
    {ACCOUNTS, JUMP "  teams: {crm: {access: [{role: reader, accounts: []}]}}\n",
     "warning: this access of team `crm` selects no account"},
    {ACCOUNTS USERS, JUMP "  teams: {crm: {members: [alice]}}\n",
     "warning: team `crm` has no `access`"},
    {ACCOUNTS, JUMP "  teams: {\"a,b\": {access: []}}\n", "error: team `a,b` "},
    {ACCOUNTS,
     JUMP "  teams: {a123456789012345678901234567890123456789012345678901234567890: "
	  "{access: [{role: reader, accounts: [new]}]}}\n",
     "of 68 characters; AWS allows 64"},
    {ACCOUNTS "iam: {accounts: {identity: {users: {u: {tags: {charter-team-x: \"true\"}}}}}}\n",
     JUMP, "`charter-team-x`: tags charter-team-* say who may assume a team's roles"},
    {ACCOUNTS "pools: {p: {accounts: [crm-dev, identity], credit: 5 USD}}\n"
	      "tasks: {t: {pool: p, tags: {Charter-team-x: \"true\"}}}\n",
     JUMP, "`Charter-team-x`: tags charter-team-* say who may assume a team's roles"},
    {ACCOUNTS "iam: {accounts: {identity: {users: {u: {external: true}}}}}\n",
     JUMP "  teams: {crm: {members: [u], access: [{role: reader, accounts: [new]}]}}\n",
     "IAM user `u` is external"},
    {ACCOUNTS "iam: {accounts: {crm-dev: {roles: {crm-reader: {trust: {Version: \"2012-10-17\", "
	      "Statement: [{Effect: Allow, Action: \"sts:AssumeRole\", Principal: {AWS: "
	      "\"222222222222\"}}]}}}}}}\n",
     JUMP "  teams: {crm: {access: [{role: reader, accounts: [crm-dev]}]}}\n",
     "error: IAM role `crm-reader` is declared otherwise for account `crm-dev` at "
     "charter.yaml:9"},
    {ACCOUNTS "iam: {accounts: {identity: {groups: {crm: {managed_policies: []}}}}}\n",
     JUMP "  teams: {crm: {access: [{role: reader, accounts: [crm-dev]}]}}\n",
     "error: IAM group `crm` is declared otherwise for account `identity` at charter.yaml:9"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct run run;

		run_jump(&run, mistakes[i].charter, mistakes[i].jump);
		if (*mistakes[i].want == '\0' ? run.out.len > 0
					      : strstr(buf_str(&run.out), mistakes[i].want) == NULL)
			fail_msg("%zu: `%s` is not in\n%s", i, mistakes[i].want, buf_str(&run.out));
		/* No warning of what follows from the mistake. */
		if (run.diagnostics.errors != 0 && run.diagnostics.warnings != 0)
			fail_msg("%zu: %s", i, buf_str(&run.out));
		run_end(&run);
	}
}

/* Findings. */

#define TAGGER(effect, rest)                                                                       \
	"{Version: \"2012-10-17\", Statement: [{Effect: " effect ", " rest "}]}"
#define IDENTITY(body) ACCOUNTS "iam: {accounts: {identity: {" body "}}}\n"
#define TAGS_ALL       TAGGER("Allow", "Action: \"iam:Tag*\", Resource: \"*\"")
#define TAGS_SELF                                                                                  \
	TAGGER("Allow", "Action: [\"iam:TagUser\"], Resource: "                                    \
			"\"arn:aws:iam::222222222222:user/${aws:username}\"")
#define TAGS_OTHER                                                                                 \
	TAGGER("Allow", "Action: \"iam:TagUser\", Resource: \"*\", Condition: "                    \
			"{ForAllValues:StringEquals: {\"aws:TagKeys\": [cost]}, "                  \
			"Null: {\"aws:TagKeys\": \"false\"}}")
#define TAGS_DENIED                                                                                \
	"{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"*\", Resource: \"*\"}, "  \
	"{Effect: Deny, Action: [\"iam:TagUser\", \"iam:UntagUser\"], Resource: \"*\", "           \
	"Condition: {ForAnyValue:StringLike: {\"aws:TagKeys\": \"charter-team-*\"}}}]}"
#define TRUST(principal, condition)                                                                \
	"{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: "                           \
	"\"sts:AssumeRole\", Principal: " principal condition "}]}"
#define SETS "allows iam:TagUser or iam:UntagUser"

static const struct {
	const char *charter, *jump;
	const char *want; /* NULL: nothing is said */
} findings[] = {
    {IDENTITY("users: {u: {inline_policies: {t: " TAGS_ALL "}}}"), JUMP, SETS},
    {IDENTITY("users: {u: {inline_policies: {t: " TAGS_SELF "}}}"), JUMP, SETS},
    {IDENTITY("users: {u: {inline_policies: {t: " TAGS_OTHER "}}}"), JUMP, NULL},
    {IDENTITY("users: {u: {inline_policies: {t: " TAGS_DENIED "}}}"), JUMP, NULL},
    {IDENTITY("users: {u: {inline_policies: {t: " TAGS_ALL "}}}"), "policies: {}\n", NULL},
    {IDENTITY("users: {u: {acknowledge: [sets-team-tags], inline_policies: {t: " TAGS_ALL "}}}"),
     JUMP, NULL},
    {IDENTITY("users: {u: {acknowledge: [sets-team-tags]}}"), JUMP,
     "warning: `sets-team-tags` is acknowledged, and does not occur"},
    {IDENTITY("users: {u: {}}, groups: {g: {inline_policies: {t: " TAGS_ALL "}}}"), JUMP,
     "IAM group `g` " SETS},
    {IDENTITY("users: {u: {managed_policies: [p]}}, policies: {p: {document: " TAGS_ALL "}}"), JUMP,
     "IAM policy `p` " SETS},
    {IDENTITY("users: {u: {}}, policies: {p: {document: " TAGS_ALL "}}"), JUMP, NULL},
    {IDENTITY("roles: {r: {trust: " TRUST("\"*\"", "") "}}"), JUMP,
     "IAM role `r` is refused: Principal \"*\" lets anyone in"},
    {IDENTITY("roles: {r: {acknowledge: [trusts-everyone], trust: " TRUST("\"*\"", "") "}}"), JUMP,
     NULL},
    {IDENTITY("roles: {r: {acknowledge: [trusts-everybody], trust: " TRUST("\"*\"", "") "}}"), JUMP,
     "`trusts-everybody` is no finding of an IAM role; did you mean `trusts-everyone`?"},
    {IDENTITY("roles: {r: {acknowledge: [trusts-everyone], trust: " TRUST("{AWS: \"222222222222\"}",
									  "") "}}"),
     JUMP, "warning: `trusts-everyone` is acknowledged, and does not occur"},
};

static void test_findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(findings) / sizeof(*findings); i++) {
		struct run run;

		run_jump(&run, findings[i].charter, findings[i].jump);
		if (findings[i].want == NULL ? run.out.len > 0
					     : strstr(buf_str(&run.out), findings[i].want) == NULL)
			fail_msg("%zu: `%s` is not\n%s", i,
				 findings[i].want == NULL ? "nothing" : findings[i].want,
				 buf_str(&run.out));
		run_end(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_teams),    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_large),    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
