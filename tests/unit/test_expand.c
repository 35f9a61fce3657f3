/* Sections that stand for many declarations: baselines, pools and tasks; what IAM's own keys say.
 */
#include "tests/unit/config_run.h"

#include "base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TRUST                                                                                      \
	"{Statement: [{Effect: Allow, Principal: {AWS: '${account.id}'}, Action: "                 \
	"'sts:AssumeRole'}]}"

static const char organization[] =
    "units: {Dev: {}, Dev/Deep: {}, Devil: {}, Prod: {}}\n"
    "accounts:\n"
    "  main: {id: \"111111111111\", unit: /}\n"
    "  a: {email: a@example.com, unit: Dev, tags: {env: dev}}\n"
    "  b: {email: b@example.com, unit: Dev/Deep}\n"
    "  c: {email: c@example.com, unit: Devil, tags: {env: dev}}\n"
    "  d: {email: d@example.com, unit: Dev, tags: {env: dev}}\n"
    "  gone: {email: gone@example.com, unit: Dev, tags: {env: dev}}\n";

static bool active(void *ctx, const struct resource *account)
{
	(void)ctx;
	return !text_is(account->v[ACCOUNT_NAME].u.text, "gone");
}

/* What was spent: "NAME=HUNDREDTHS ..." */
static int64_t spend(void *ctx, const struct resource *account)
{
	const char *at = ctx, *name = account->v[ACCOUNT_NAME].u.text->s;

	while ((at = strstr(at, name)) != NULL) {
		at += strlen(name);
		if (*at == '=')
			return atoll(at + 1);
	}
	return 0;
}

static int64_t date(const char *text)
{
	int64_t us;

	assert_int_equal(time_parse(text, &us), 0);
	return us;
}

/* Runs the organization with one more file. */
static void run_with(struct run *run, const char *more, const struct compile_world *world,
		     bool lenient)
{
	struct test_file files[] = {
	    {"charter.yaml", "charter: 1\norganization: {management_account: \"111111111111\"}\n"},
	    {"org.yaml", organization},
	    {"x.yaml", more},
	    {"keys/a.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc\n"},
	    {"keys/b.asc", "nothing"},
	    {NULL, NULL}};

	run_files(run, files, lenient, world);
}

/* Addresses of a kind, with what has ended marked. */
static const char *addresses(struct run *run, uint16_t kind)
{
	auto_buf out = BUF_INIT(1u << 16);

	for (size_t i = 0; i < run->side->all.n; i++) {
		const struct resource *r = run->side->all.at[i];

		if (r->kind != kind)
			continue;
		buf_printf(
		    &out, "%s%s%s%s", out.len == 0 ? "" : " ", strchr(r->address->s, '/') + 1,
		    (r->flags & RES_ENDED) != 0 ? " ended" : "",
		    (r->flags & (RES_CREDIT | RES_ENDED)) == (RES_CREDIT | RES_ENDED) ? " credit"
										      : "");
	}
	return arena_strdup(run->arena, buf_str(&out));
}

struct selection_case {
	const char *selection, *groups;
};

static void test_selections(void **state)
{
	static const struct selection_case cases[] = {
	    {"units: [Dev]", "a/g b/g d/g"},
	    {"units: [Dev/Deep]", "b/g"},
	    {"units: [/]", "a/g b/g c/g d/g"},
	    {"units: [/], accounts: [main]", "a/g b/g c/g d/g main/g"},
	    {"units: [Dev], account_tags: {env: dev}", "a/g d/g"},
	    {"account_tags: {env: dev}", "a/g c/g d/g"},
	    {"units: [Dev], account_tags: {env: dev}, accounts: [b], except: [a]", "b/g d/g"},
	    {"accounts: [main, gone]", "main/g"},
	    {"units: [Dev, Prod, Devil], except: [a, b]", "c/g d/g"},
	};
	struct compile_world world = {.active = active};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *more =
		    xasprintf("iam: {baselines: {x: {%s, groups: {g: {}}}}}\n", cases[i].selection);

		run_with(&run, more, &world, false);
		if (run.out.len != 0 ||
		    strcmp(addresses(&run, KIND_IAM_GROUP), cases[i].groups) != 0)
			fail_msg("%s: %s\n%s", cases[i].selection, addresses(&run, KIND_IAM_GROUP),
				 buf_str(&run.out));
		run_end(&run);
		free(more);
	}
}

/* Equal declarations of several sections are one; settings of an account come together. */
static void test_merging(void **state)
{
	static const char more[] =
	    "iam:\n"
	    "  accounts:\n"
	    "    a: {groups: {g: {path: /x/, managed_policies: [p, aws/ReadOnlyAccess]}}, alias: "
	    "aaa}\n"
	    "    c: {}\n"
	    "  baselines:\n"
	    "    one:\n"
	    "      units: [Dev]\n"
	    "      groups: {g: {managed_policies: [aws/ReadOnlyAccess, p], path: '/x/'}}\n"
	    "      policies: {p: {document: {Statement: [{Effect: Allow, Action: '*', Resource: "
	    "'arn:aws:s3:::${account.name}'}]}}}\n"
	    "      roles: {r: {trust: " TRUST ", max_session_duration: 90m}}\n"
	    "    two:\n"
	    "      accounts: [a, b]\n"
	    "      groups: {G: {path: /x/, managed_policies: [p, aws/ReadOnlyAccess]}}\n"
	    "      password_policy: {minimum_length: 14, require_symbols: true}\n";
	struct compile_world world = {.active = active};
	struct run run;
	const struct text **names;
	size_t n;

	(void)state;
	run_with(&run, more, &world, false);
	assert_string_equal(buf_str(&run.out), "");
	assert_string_equal(addresses(&run, KIND_IAM_GROUP), "a/g b/g d/g");
	assert_string_equal(addresses(&run, KIND_IAM_ACCOUNT), "a/settings b/settings");
	assert_string_equal(run_value(&run, "iam_account/a/settings", IAMACCOUNT_ALIAS), "aaa");
	assert_string_equal(run_value(&run, "iam_account/b/settings", IAMACCOUNT_ALIAS), "(unset)");
	assert_string_equal(run_value(&run, "iam_account/a/settings", IAMACCOUNT_PASSWORD),
			    "[minimum_length=14 require_symbols=true]");
	assert_string_equal(run_value(&run, "iam_role/b/r", ROLE_DURATION), "5400");
	assert_non_null(strstr(run_value(&run, "iam_role/b/r", ROLE_TRUST), "${account/b.id}"));
	assert_non_null(strstr(run_value(&run, "iam_policy/d/p", IAMPOLICY_DOCUMENT), ":::d\""));
	n = config_iam_accounts(run.config, &world, &names);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(names[i]->s, ((const char *const[]){"a", "b", "c", "d"})[i]);
	run_end(&run);
}

struct error_case {
	const char *more, *message;
};

static const struct error_case errors[] = {
    {"iam: {baselines: {x: {units: [Prod], groups: {g: {}}}}}\n",
     "x.yaml:1:19: warning: baseline `x` selects no account"},
    {"iam: {baselines: {x: {units: [Pord], groups: {g: {}}}}}\n",
     "x.yaml:1:31: error: unit `Pord` is not declared; did you mean `Prod`?"},
    {"iam: {baselines: {x: {accounts: [aa], groups: {g: {}}}}}\n",
     "x.yaml:1:34: error: account `aa` is not declared; did you mean `a`?"},
    {"iam: {baselines: {x: {unit: [Dev]}}}\n", "error: unknown key `unit`; did you mean `units`?"},
    {"iam: {baselines: {x: {units: Dev}}}\n", "`units` must be a list: write [Dev]"},
    /* Said once, though it holds for three accounts. */
    {"iam: {baselines: {x: {units: [Dev], groups: {g: {pth: /x/}}}}}\n",
     "x.yaml:1:50: error: unknown key `pth`; did you mean `path`?"},
    {"iam: {baselines: {x: {units: [Dev], groups: {g: {path: x}}}}}\n",
     "x.yaml:1:56: error: `x` must begin and end with `/`: write `path: /x/`"},
    {"iam: {baselines: {x: {units: [Dev], users: {u: {groups: [h]}}}}}\n",
     "x.yaml:1:58: error: IAM group `h` is not declared in account `a`"},
    {"iam:\n  baselines:\n    x: {units: [Dev], roles: {r: {trust: " TRUST "}}}\n"
     "    y:\n      units: [/]\n      roles: {r: {trust: " TRUST ", path: /x/}}\n",
     "x.yaml:6:15: error: IAM role `r` is declared otherwise for account `a` at x.yaml:3"},
    {"iam:\n  accounts: {a: {groups: {g: {path: /y/}}}}\n"
     "  baselines: {x: {units: [Dev], groups: {g: {path: /x/}}}}\n",
     "x.yaml:3:42: error: IAM group `g` is declared otherwise for account `a` at x.yaml:2"},
    {"iam: {baselines: {x: {accounts: [a, b], alias: one}}}\n",
     "x.yaml:1:41: error: `b` and `a` have the same alias one; the first is at x.yaml:1"},
    {"iam: {accounts: {a: {roles: {r: {trust: {Statement: [{Effect: Allow, Action: "
     "'sts:AssumeRole', Resource: '*'}]}}}}}}\n",
     "a trust policy has no Resource: it is about its own role"},
    {"iam: {accounts: {a: {roles: {r: {trust: " TRUST ", max_session_duration: 13h}}}}}\n",
     "error: `max_session_duration` must be from 1h to 12h"},
    {"iam: {accounts: {a: {roles: {r: {trust: " TRUST ", max_session_duration: 1d}}}}}\n",
     "error: `max_session_duration` must be a duration such as 8h, 90m or PT8H"},
    {"iam: {accounts: {a: {users: {u: {login: {console: true, deliver_to: keys/b.asc}}}}}}\n",
     "error: `keys/b.asc` is no armored OpenPGP public key"},
    {"iam: {accounts: {a: {users: {u: {login: {console: true, deliver_to: keys/c.asc}}}}}}\n",
     "error: there is no file `keys/c.asc`; did you mean `keys/a.asc`?"},
    {"iam: {accounts: {a: {users: {u: {login: {console: true}}}}}}\n",
     "error: `login` has no `deliver_to`"},
    {"iam: {accounts: {a: {password_policy: {minimum_lenght: 14}}}}\n",
     "`minimum_lenght` is no key of a password policy"},
    {"pools: {p: {accounts: [a], credit: 500}}\n",
     "x.yaml:1:36: error: `credit` must be an amount such as 500 USD"},
    {"pools: {p: {accounts: [a], credit: 5 EUR}}\n",
     "warning: nothing is converted: Cost Explorer tells what is spent in USD"},
    {"pools: {p: {credit: 5 USD}}\n", "error: pool `p` has no `accounts`"},
    {"pools: {p: {accounts: [a], credit: 5 USD}}\ntasks: {t: {pool: q}}\n",
     "x.yaml:2:19: error: pool `q` is not declared; did you mean `p`?"},
    {"tasks: {t: {groups: []}}\n", "x.yaml:1:9: error: task `t` has no `pool`"},
    {"pools: {p: {accounts: [a], credit: 5 USD}}\ntasks: {t: {pool: p, expirs: 1}}\n",
     "x.yaml:2:22: error: unknown key `expirs`; did you mean `expires`?"},
    {"pools: {p: {accounts: [a], credit: 5 USD}}\ntasks: {t: {pool: p, groups: [h]}}\n",
     "error: IAM group `h` is not declared in account `a`"},
    {"pools: {p: {accounts: [a], credit: 5 USD}}\ntasks: {t: {pool: p}}\n"
     "iam: {accounts: {a: {users: {t: {}}}}}\n",
     "x.yaml:2:9: error: IAM user `t` is declared for account `a` at x.yaml:3, so it can't be a "
     "task's too"},
    {"pools: {p: {accounts: [a], credit: 5 USD}}\n"
     "tasks: {t: {pool: p, starts: 2026-12-02, expires: 2026-12-01}}\n",
     "x.yaml:2:51: error: task `t` would expire before it starts"},
    {"tasks: {t: {pool: p}}\npools: {p: {accounts: [a], credit: 5 USD}}\nunits: {X: {tasks: {}}}\n",
     "unknown key `tasks`"},
    {"guards: {suspended_unit: X}\n", "`guards` stands in charter.yaml only"},
};

static void test_errors(void **state)
{
	struct compile_world world = {.active = active};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		const char *said;

		run_with(&run, errors[i].more, &world, false);
		said = strstr(buf_str(&run.out), errors[i].message);
		if (said == NULL || strstr(said + 1, errors[i].message) != NULL ||
		    run.diagnostics.list.n != 1)
			fail_msg("%s\n%s\nwanted once: %s", errors[i].more, buf_str(&run.out),
				 errors[i].message);
		run_end(&run);
	}
}

#define POOL                                                                                       \
	"pools: {p: {accounts: [gone, a, b, c], credit: 500 USD}}\n"                               \
	"tasks:\n"                                                                                 \
	"  t: {pool: p, groups: [], tags: {k: v}, expires: 2026-12-01}\n"                          \
	"  later: {pool: p, starts: 2026-11-20T00:00:00Z}\n"

struct task_case {
	const char *now, *spend, *users, *said;
};

static void test_tasks(void **state)
{
	static const struct task_case cases[] = {
	    {"2026-11-01", "", "a/t", ""},
	    {"2026-11-19T23:59:59Z", "", "a/t", ""},
	    {"2026-11-20T00:00:00Z", "", "a/later a/t", ""},
	    {"2026-12-01T23:59:59Z", "", "a/later a/t", ""},
	    {"2026-12-02T00:00:00Z", "", "a/later a/t ended", ""},
	    {"2026-11-01", "a=49999", "a/t", ""},
	    {"2026-11-01", "a=50000", "a/t ended credit b/t", ""},
	    {"2026-11-01", "a=60000 b=50001", "a/t ended credit b/t ended credit c/t", ""},
	    {"2026-12-02", "a=50000", "a/later ended credit a/t ended b/later b/t ended", ""},
	    {"2026-11-01", "a=-1", "", "accounts: [gone"},
	    {"2026-11-01", "a=50000 b=-1", "",
	     "is not known, so the tasks of pool `p` are let be: `t`"},
	    {"2026-11-01", "a=1 b=-1", "a/t", ""},
	    /* What is over goes all the same. */
	    {"2026-12-02", "a=-1", "a/t ended", "are let be: `later`"},
	    {"2026-11-01", "a=50000 b=50000 c=50000",
	     "a/t ended credit b/t ended credit c/t ended credit",
	     "error: no account of pool `p` has credit left; without one are the tasks `t`"},
	    {"2026-12-02", "a=50000 b=50000 c=50000", NULL, "the tasks `later`"},
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compile_world world = {.active = active,
					      .spend = spend,
					      .ctx = (void *)(uintptr_t)cases[i].spend,
					      .now_us = date(cases[i].now)};
		bool said;

		run_with(&run, POOL, &world, false);
		said = cases[i].said[0] == '\0' ? run.out.len == 0
						: strstr(buf_str(&run.out), cases[i].said) != NULL;
		if (!said || (cases[i].users != NULL &&
			      strcmp(addresses(&run, KIND_IAM_USER), cases[i].users) != 0))
			fail_msg("%s %s: %s\n%s", cases[i].now, cases[i].spend,
				 addresses(&run, KIND_IAM_USER), buf_str(&run.out));
		run_end(&run);
		/* A base says nothing of it, and holds the same. */
		run_with(&run, POOL, &world, true);
		assert_string_equal(buf_str(&run.out), "");
		if (cases[i].users != NULL)
			assert_string_equal(addresses(&run, KIND_IAM_USER), cases[i].users);
		run_end(&run);
	}
}

/* A task's users hang together, and name the section. */
static void test_task_users(void **state)
{
	struct compile_world world = {.active = active,
				      .spend = spend,
				      .ctx = (void *)(uintptr_t) "a=50000",
				      .now_us = date("2026-11-01")};
	const struct resource *old, *new;
	const struct text **names;
	struct run run;

	(void)state;
	run_with(&run, POOL, &world, false);
	old = side_find(run.side, text_str(run.arena, "iam_user/a/t"));
	new = side_find(run.side, text_str(run.arena, "iam_user/b/t"));
	assert_string_equal(old->owner->s, "task/t");
	assert_string_equal(new->owner->s, "task/t");
	assert_int_equal(new->where.line, 3);
	assert_string_equal(run_value(&run, "iam_user/b/t", USER_TAGS), "[k=v]");
	assert_int_equal(config_pool_accounts(run.config, &names), 4);
	assert_int_equal(config_iam_accounts(run.config, &world, &names), 4);
	run_end(&run);
}

static void test_users(void **state)
{
	static const char more[] =
	    "iam: {accounts: {a: {users: {\n"
	    "  u: {expires: 2026-11-01, login: {console: true, deliver_to: keys/a.asc}},\n"
	    "  v: {expires: '2026-11-02T00:00:01Z', login: {}}}}}}\n";
	struct compile_world world = {.now_us = date("2026-11-02T00:00:00Z")};
	const struct resource *user;
	struct run run;

	(void)state;
	run_with(&run, more, &world, false);
	assert_string_equal(buf_str(&run.out), "");
	assert_string_equal(addresses(&run, KIND_IAM_USER), "a/u ended a/v");
	assert_string_equal(run_value(&run, "iam_user/a/u", USER_LOGIN), "console");
	assert_string_equal(run_value(&run, "iam_user/a/v", USER_LOGIN), "");
	user = side_find(run.side, text_str(run.arena, "iam_user/a/u"));
	assert_non_null(strstr(user->aux->s, "abc"));
	run_end(&run);
}

/* A thousand accounts with one baseline of a hundred mistakes say each once. */
static void test_many(void **state)
{
	auto_buf org = BUF_INIT(1u << 20), more = BUF_INIT(1u << 20);
	struct test_file files[] = {
	    {"charter.yaml", "charter: 1\n"}, {"o.yaml", NULL}, {"x.yaml", NULL}, {NULL, NULL}};
	struct run run;

	(void)state;
	buf_puts(&org, "accounts:\n");
	for (unsigned i = 0; i < 300; i++)
		buf_printf(&org, "  a%u: {email: a%u@example.com, unit: /}\n", i, i);
	buf_puts(&more, "iam: {baselines: {x: {units: [/], groups: {\n");
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&more, "  g%u: {managed_policies: [nope%u]},\n", i, i);
	buf_puts(&more, "}}}}\n");
	files[1].data = buf_str(&org);
	files[2].data = buf_str(&more);
	run_files(&run, files, false, NULL);
	assert_int_equal(run.diagnostics.errors, 100);
	assert_int_equal(run.side->all.n, 300 * 101);
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_selections), cmocka_unit_test(test_merging),
	    cmocka_unit_test(test_errors),     cmocka_unit_test(test_tasks),
	    cmocka_unit_test(test_task_users), cmocka_unit_test(test_users),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
