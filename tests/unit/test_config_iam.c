/* How accounts are reached, where the record is, what guards and kinds of IAM are told: settings
 * and sections of IAM. */
#include "tests/unit/config_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct test_file good[] = {
    {"charter.yaml",
     "charter: 1\n"
     "organization: none\n"
     "record: {account: identity, role: charter}\n"
     "access:\n"
     "  role: reach\n"
     "  external_id: abc\n"
     "  accounts:\n"
     "    identity: {role: none}\n"
     "    legacy: {role: 'arn:aws:iam::222222222222:role/x/charter', external_id: d.e}\n"
     "    frozen: {skip: true, reason: being migrated, until: 2027-01-31}\n"
     "guards:\n"
     "  administrators: {minimum: 2, principals: [iam_user/identity/a*, iam_role/identity/ops]}\n"
     "  suspended_unit: ~\n"
     "unmanaged: {iam: ignore}\n"},
    {"a.yaml", "accounts:\n"
	       "  identity: {id: \"111111111111\", email: i@example.com, tags: {k: v}}\n"
	       "  legacy: {id: \"222222222222\"}\n"
	       "  frozen: {id: \"333333333333\"}\n"},
    {"b.yaml", "iam:\n"
	       "  accounts:\n"
	       "    identity:\n"
	       "      roles:\n"
	       "        Ops: {trust: t/ops.yaml, max_session_duration: PT1H30M, path: /x/,\n"
	       "              managed_policies: [aws/ReadOnlyAccess], acknowledge: []}\n"
	       "        ops2: {external: true, previously: old}\n"
	       "      oidc_providers:\n"
	       "        token.actions.githubusercontent.com: {client_ids: [sts.amazonaws.com]}\n"
	       "      alias: example-identity\n"
	       "    legacy: {alias: {}}\n"},
    {"c.yaml", "iam: {accounts: {identity: {password_policy: {max_age_days: 90, "
	       "require_symbols: false}}}}\n"},
    {"t/ops.yaml", "Statement:\n"
		   "  - Effect: Allow\n"
		   "    Principal: {AWS: '${accounts.legacy.id}'}\n"
		   "    Action: sts:AssumeRole\n"},
    {NULL, NULL},
};

static void test_settings(void **state)
{
	const struct settings *settings;
	const struct text **names;
	struct run run;

	(void)state;
	run_files(&run, good, false, NULL);
	assert_string_equal(buf_str(&run.out), "");
	settings = &run.config->settings;
	assert_true(settings->organization_none);
	assert_string_equal(settings->record_account->s, "identity");
	assert_string_equal(settings->record_role->s, "charter");
	assert_string_equal(settings->access_role->s, "reach");
	assert_string_equal(settings->access_external_id->s, "abc");
	assert_string_equal(settings->credentials_account->s, "identity");
	assert_int_equal(settings->access.n, 3);
	assert_true(settings->access.at[0].none);
	assert_null(settings->access.at[0].role);
	assert_true(str_ends(settings->access.at[1].role->s, "/x/charter"));
	assert_string_equal(settings->access.at[1].external_id->s, "d.e");
	assert_true(settings->access.at[2].skip);
	assert_string_equal(settings->access.at[2].reason->s, "being migrated");
	assert_int_not_equal(settings->access.at[2].until_us, 0);
	assert_int_equal(settings->guards.administrators, 2);
	assert_int_equal(settings->guards.administrator.n, 2);
	assert_null(settings->guards.suspended_unit);
	for (int kind = KIND_IAM_POLICY; kind <= KIND_IAM_ACCOUNT; kind++)
		assert_true(settings->unmanaged_ignore[kind]);
	assert_false(settings->unmanaged_ignore[KIND_ACCOUNT]);
	assert_int_equal(config_iam_accounts(run.config, &(struct compile_world){0}, &names), 2);
	assert_string_equal(names[0]->s, "identity");
	assert_string_equal(names[1]->s, "legacy");
	run_end(&run);
}

static void test_values(void **state)
{
	static const struct value_case cases[] = {
	    {"iam_role/identity/Ops", ROLE_TRUST,
	     "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{"
	     "\"AWS\":\"arn:aws:iam::222222222222:root\"}}]}"},
	    {"iam_role/identity/Ops", ROLE_DURATION, "5400"},
	    {"iam_role/identity/Ops", ROLE_PATH, "/x/"},
	    {"iam_role/identity/Ops", ROLE_INLINE, "(unset)"},
	    {"iam_role/identity/ops2", ROLE_TRUST, "(unset)"},
	    {"iam_oidc_provider/identity/token.actions.githubusercontent.com", OIDC_CLIENTS,
	     "[sts.amazonaws.com]"},
	    {"iam_account/identity/settings", IAMACCOUNT_ALIAS, "example-identity"},
	    {"iam_account/identity/settings", IAMACCOUNT_PASSWORD,
	     "[max_age_days=90 require_symbols=false]"},
	    {"iam_account/legacy/settings", IAMACCOUNT_ALIAS, ""},
	    {"iam_account/legacy/settings", IAMACCOUNT_PASSWORD, "(unset)"},
	    {"account/legacy", ACCOUNT_UNIT, "(unset)"},
	};
	struct run run;

	(void)state;
	run_files(&run, good, false, NULL);
	run_values(&run, cases, sizeof(cases) / sizeof(*cases));
	run_end(&run);
}

/* Each is refused at this place for this reason alone. */
static void test_errors(void **state)
{
	static const struct {
		const char *main, *message, *other;
	} cases[] = {
	    {"access: {role: a b}\n", "2:16: error: `role` must be the name of a role, or an ARN",
	     NULL},
	    {"access: {role: 'arn:aws:iam::1:role/x'}\n", "`role` must be the name of a role",
	     NULL},
	    {"access: {external_id: x}\n", "`external_id` must have from 2 to 1224 characters",
	     NULL},
	    {"access: {acounts: {}}\n", "unknown key `acounts`; did you mean `accounts`?", NULL},
	    {"access: {accounts: {x: {skip: true, until: 2027-01-01}}}\n",
	     "2:21: error: account `x` is skipped without `reason`", NULL},
	    {"access: {accounts: {x: {skip: true, reason: r}}}\n", "skipped without `until`", NULL},
	    {"access: {accounts: {x: {skip: yes}}}\n", "`skip` must be true or false", NULL},
	    {"access: {accounts: {z: {role: r}}}\n", "2:21: error: account `z` is not declared",
	     NULL},
	    {"access: {accounts: {x: {role: none}, y: {role: none}}}\n",
	     "2:42: error: the credentials of the run belong to one account", NULL},
	    {"record: {account: x, role: r}\n",
	     "2:1: error: `record` has a meaning only with `organization: none`", NULL},
	    {"guards: {administrators: {minimum: 0}}\n",
	     "`minimum` must be a whole number from 1 to 1000000", NULL},
	    {"guards: {administrators: {principals: [user]}}\n", "`user` is no pattern", NULL},
	    {"guards: {administrators: {principal: []}}\n",
	     "unknown key `principal`; did you mean `principals`?", NULL},
	    {"guards: {suspended_unit: Suspnded}\n",
	     "2:26: error: unit `Suspnded` is not declared; did you mean `Suspended`?", NULL},
	    {"iam: {accounts: {x: {alias: abc}}}\n",
	     "p.yaml:1:22: error: `alias` of account `x` is declared twice; first at "
	     "charter.yaml:2",
	     "iam: {accounts: {x: {alias: def}}}\n"},
	    {"iam: {baselines: {b: {accounts: [x]}}}\n",
	     "p.yaml:1:19: error: baseline `b` is declared twice; first at charter.yaml:2",
	     "iam: {baselines: {b: {}}}\n"},
	    {"pools: {p: {accounts: [x], credit: 1.50 EUR}}\n",
	     "p.yaml:1:9: error: pool `p` is declared twice", "pools: {p: {}}\n"},
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *main = xasprintf("charter: 1\n%s", cases[i].main);
		const struct test_file files[] = {
		    {"charter.yaml", main},
		    {"o.yaml", "units: {Suspended: {}}\n"
			       "accounts: {x: {email: x@example.com, unit: /}, y: {email: "
			       "y@example.com, unit: /}}\n"},
		    {"p.yaml", cases[i].other == NULL ? "{}" : cases[i].other},
		    {NULL, NULL}};

		run_files(&run, files, false, NULL);
		if (strstr(buf_str(&run.out), cases[i].message) == NULL ||
		    run.diagnostics.errors != 1)
			fail_msg("%s\n%s\nwanted: %s", main, buf_str(&run.out), cases[i].message);
		run_end(&run);
		free(main);
	}
}

/* Without a record every apply would be the first: nothing would ever be removed. */
static void test_no_record(void **state)
{
	static const struct test_file files[] = {{"charter.yaml",
						  "charter: 1\norganization: none\n"
						  "accounts: {x: {id: \"222222222222\"}}\n"},
						 {NULL, NULL}};
	struct run run;

	(void)state;
	run_files(&run, files, false, NULL);
	assert_int_equal(run.diagnostics.errors, 1);
	assert_non_null(strstr(buf_str(&run.out),
			       "charter.yaml:2:1: error: `organization: none` needs `record: "));
	run_end(&run);
}

/* What was left out for a time is entered again after it, which is said. */
static void test_skip_ends(void **state)
{
	static const struct test_file files[] = {
	    {"charter.yaml", "charter: 1\naccess: {accounts: {x: {skip: true, reason: r, until: "
			     "2026-11-21}, y: {skip: true, reason: r, until: 2999-01-01}}}\n"
			     "accounts: {x: {email: x@example.com, unit: /}, y: {email: "
			     "y@example.com, unit: /}}\n"},
	    {NULL, NULL}};
	static const struct compile_world world = {.now_us = 1795309323000000}; /* 2026-11-22 */
	struct run run;

	(void)state;
	run_files(&run, files, false, &world);
	assert_int_equal(run.diagnostics.errors, 0);
	assert_int_equal(run.diagnostics.warnings, 1);
	assert_non_null(strstr(buf_str(&run.out), "charter.yaml:2:21: warning: account `x` is "
						  "entered again: its `skip` has ended"));
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),  cmocka_unit_test(test_values),
	    cmocka_unit_test(test_errors),    cmocka_unit_test(test_no_record),
	    cmocka_unit_test(test_skip_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
