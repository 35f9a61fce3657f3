/* First console passwords: one that the person's key opens, in a file that nothing overwrites. */
#include "base/arena.h"
#include "reconciler/login.h"
#include "reconciler/openpgp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <rnp/rnp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADDRESS "iam_user/my%2Faccount/alice"

/* A key pair of its own, made by librnp. */
struct person {
	rnp_ffi_t ffi;
	char *public_key, *secret_key;
};

static char *key_export(rnp_key_handle_t key, uint32_t which)
{
	rnp_output_t output;
	uint8_t *data;
	size_t len;
	char *text;

	assert_int_equal(rnp_output_to_memory(&output, 0), 0);
	assert_int_equal(
	    rnp_key_export(key, output, RNP_KEY_EXPORT_ARMORED | RNP_KEY_EXPORT_SUBKEYS | which),
	    0);
	assert_int_equal(rnp_output_memory_get_buf(output, &data, &len, false), 0);
	text = xasprintf("%.*s", (int)len, (const char *)data);
	rnp_output_destroy(output);
	return text;
}

static void person_make(struct person *p)
{
	rnp_key_handle_t key = NULL;

	assert_int_equal(rnp_ffi_create(&p->ffi, "GPG", "GPG"), 0);
	assert_int_equal(rnp_generate_key_25519(p->ffi, "alice", NULL, &key), 0);
	p->public_key = key_export(key, RNP_KEY_EXPORT_PUBLIC);
	p->secret_key = key_export(key, RNP_KEY_EXPORT_SECRET);
	rnp_key_handle_destroy(key);
}

static void person_free(struct person *p)
{
	rnp_ffi_destroy(p->ffi);
	free(p->public_key);
	free(p->secret_key);
}

/* What the file says to its owner; the caller frees it. */
static char *person_reads(const struct person *p, const char *file)
{
	rnp_input_t input;
	rnp_output_t output;
	uint8_t *data;
	size_t len;
	char *text;

	assert_int_equal(rnp_input_from_path(&input, file), 0);
	assert_int_equal(rnp_output_to_memory(&output, 0), 0);
	assert_int_equal(rnp_decrypt(p->ffi, input, output), 0);
	assert_int_equal(rnp_output_memory_get_buf(output, &data, &len, false), 0);
	text = xasprintf("%.*s", (int)len, (const char *)data);
	rnp_output_destroy(output);
	rnp_input_destroy(input);
	return text;
}

/* A plan with one login, and a directory for it. */
struct trial {
	struct person person;
	struct arena *arena;
	struct side *live, *head;
	struct bound *bound;
	struct sides sides;
	struct change change;
	struct call call;
	struct plan_input in;
	struct plan plan;
	struct random_seeded random;
	struct env env;
	char top[32], *dir, *file;
	struct login *login;
	unsigned kept;
};

static void trial_rows(struct trial *t, struct resource *user, struct resource *settings)
{
	struct diagnostics quiet = {.arena = t->arena};

	(void)user;
	(void)settings;
	side_finish(t->live, NULL);
	side_finish(t->head, NULL);
	t->sides = (struct sides){.live = t->live, .head = t->head};
	t->bound = bind_sides(t->arena, &t->sides, &quiet);
	assert_non_null(t->bound);
	assert_int_equal(quiet.errors, 0);
	diagnostics_free(&quiet);
}

static struct resource *declare(struct trial *t, uint16_t kind, const char *address,
				const char *name)
{
	struct resource *r = side_resource(t->head, kind, text_str(t->arena, address), NULL);

	r->v[0] = value_str(t->arena, name);
	r->v[1] = value_str(t->arena, "account/my%2Faccount");
	return r;
}

static void trial_begin(struct trial *t)
{
	struct resource *account, *user, *settings;

	*t = (struct trial){.arena = arena_new()};
	person_make(&t->person);
	random_seed(&t->random, 7);
	t->env.random = &t->random.base;
	strcpy(t->top, "/tmp/charter-login-XXXXXX");
	assert_non_null(mkdtemp(t->top));
	t->dir = xasprintf("%s/logins", t->top);
	t->file = xasprintf("%s/my%%2Faccount-alice.asc", t->dir);
	t->live = side_new(t->arena);
	t->head = side_new(t->arena);
	account =
	    side_resource(t->live, KIND_ACCOUNT, address_raw(t->arena, "account", "222222222222"),
			  text_str(t->arena, "222222222222"));
	account->v[ACCOUNT_NAME] = value_str(t->arena, "my/account");
	account->v[ACCOUNT_UNIT] = value_str(t->arena, "root");
	user = declare(t, KIND_IAM_USER, ADDRESS, "alice");
	user->aux = text_str(t->arena, t->person.public_key);
	settings = declare(t, KIND_IAM_ACCOUNT, "iam_account/my%2Faccount/settings", "settings");
	side_add(t->head, settings, IAMACCOUNT_PASSWORD, text_str(t->arena, "minimum_length"),
		 text_str(t->arena, "40"));
	side_know(t->head, settings, IAMACCOUNT_PASSWORD);
	trial_rows(t, user, settings);
	t->change = (struct change){.row = bound_find(t->bound, text_str(t->arena, ADDRESS))};
	assert_non_null(t->change.row);
	t->call = (struct call){.op = &ops[OP_IAM_CreateLoginProfile], .n = 1};
	t->in = (struct plan_input){.bound = t->bound, .sides = &t->sides};
	t->plan = (struct plan){
	    .in = &t->in, .change = &t->change, .changes = 1, .call = &t->call, .calls = 1};
	t->login = login_new(&t->env, &t->plan, t->dir);
}

static void trial_end(struct trial *t)
{
	auto_free char *command = xasprintf("rm -r %s", t->top);

	login_free(t->login);
	assert_int_equal(system(command), 0);
	bound_free(t->bound);
	side_free(t->live);
	side_free(t->head);
	arena_free(t->arena);
	person_free(&t->person);
	free(t->dir);
	free(t->file);
}

static void assert_strong(const char *password, size_t least)
{
	static const char *const classes[] = {"23456789", "abcdefghijkmnpqrstuvwxyz",
					      "ABCDEFGHJKLMNPQRSTUVWXYZ", "-"};

	assert_in_range(strlen(password), least, 128);
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		assert_non_null(strpbrk(password, classes[i]));
	assert_null(strpbrk(password, "0O1lI \n"));
}

/* By git, in whose work tree the directory may stand. */
static void assert_ignored(const char *dir)
{
	auto_free char *file = xasprintf("%s/.gitignore", dir);
	char line[8] = "";
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "*\n");
	fclose(f);
}

static void test_delivery(void **state)
{
	struct trial t;
	struct stat st;
	auto_error err = {0};
	char *password, *again, *message, *want;

	(void)state;
	trial_begin(&t);
	assert_int_equal(login_check(t.login, &err), 0);
	assert_ignored(t.dir);
	assert_int_equal(login_secret(t.login, &t.call, "Password", &password, &err), 0);
	assert_strong(password, 40);
	assert_int_equal(stat(t.file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	message = person_reads(&t.person, t.file);
	want = xasprintf("Account: my/account (222222222222)\nUser: alice\nPassword: %s\n"
			 "Sign in: https://222222222222.signin.aws.amazon.com/console\n"
			 "It has to be changed at the first sign-in.\n",
			 password);
	assert_string_equal(message, want);
	/* A request that is sent again carries the same. */
	assert_int_equal(login_secret(t.login, &t.call, "Password", &again, &err), 0);
	assert_string_equal(again, password);
	free(password);
	free(again);
	free(message);
	free(want);
	trial_end(&t);
}

static void count_kept(void *ctx, const char *file, const struct text *user)
{
	struct trial *t = ctx;

	assert_true(str_starts(file, t->dir));
	assert_string_equal(user->s, ADDRESS);
	t->kept++;
}

static unsigned files_in(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* The file goes only where the call certainly had no effect. */
static void test_end(void **state)
{
	static const struct {
		uint8_t call_state;
		const char *code;
		bool kept;
	} cases[] = {{CALL_DONE, NULL, true},
		     {CALL_FAILED, "AccessDenied", false},
		     {CALL_FAILED, "EntityAlreadyExists", true},
		     {CALL_SKIPPED, NULL, false},
		     {CALL_UNKNOWN, NULL, true},
		     {CALL_STALE, NULL, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct call_result result = {.state = cases[i].call_state, .code = cases[i].code};
		struct execution execution = {.result = &result};
		auto_error err = {0};
		struct trial t;
		char *password;

		trial_begin(&t);
		assert_int_equal(login_check(t.login, &err), 0);
		assert_int_equal(login_secret(t.login, &t.call, "Password", &password, &err), 0);
		login_end(t.login, &execution, count_kept, &t);
		assert_int_equal(t.kept, cases[i].kept);
		assert_int_equal(files_in(t.dir), cases[i].kept);
		free(password);
		trial_end(&t);
	}
}

/* What a killed run left may be the password that AWS has. */
static void test_left_behind(void **state)
{
	auto_free char *second = NULL;
	auto_error err = {0};
	struct trial t;
	char *password, *message;

	(void)state;
	trial_begin(&t);
	assert_int_equal(login_check(t.login, &err), 0);
	assert_int_equal(symlink("elsewhere", t.file), 0);
	assert_int_equal(login_secret(t.login, &t.call, "Password", &password, &err), 0);
	second = xasprintf("%s/my%%2Faccount-alice.2.asc", t.dir);
	message = person_reads(&t.person, second);
	assert_non_null(strstr(message, password));
	assert_int_equal(files_in(t.dir), 2);
	free(message);
	free(password);
	trial_end(&t);
}

static void assert_key_refused(struct trial *t, const char *key, const char *why)
{
	struct resource *user = (struct resource *)t->change.row->head;
	auto_error err = {0};

	user->aux = key == NULL ? NULL : text_str(t->arena, key);
	assert_int_equal(login_check(t->login, &err), -1);
	if (strstr(err.message, why) == NULL)
		fail_msg("%s", err.message);
	assert_int_equal(access(t->dir, F_OK), -1);
}

/* Everything that can be wrong is found before anything is sent. */
static void test_refused(void **state)
{
	auto_free char *two = NULL;
	auto_error err = {0};
	struct person other;
	struct trial t;

	(void)state;
	trial_begin(&t);
	person_make(&other);
	two = xasprintf("%s%s", t.person.public_key, other.public_key);
	assert_key_refused(&t, NULL, "names no key");
	assert_key_refused(&t, "hello", "is no OpenPGP public key");
	assert_key_refused(&t, "", "is no OpenPGP public key");
	assert_key_refused(&t, t.person.secret_key, "holds a secret key");
	((struct resource *)t.change.row->head)->aux = text_str(t.arena, t.person.public_key);
	login_free(t.login);
	t.login = login_new(&t.env, &t.plan, NULL);
	assert_int_equal(login_check(t.login, &err), -1);
	assert_non_null(strstr(err.message, "--logins DIR"));
	error_clear(&err);
	login_free(t.login);
	t.login = login_new(&t.env, &t.plan, "/dev/null");
	assert_int_equal(login_check(t.login, &err), -1);
	assert_non_null(strstr(err.message, "is no directory"));
	person_free(&other);
	trial_end(&t);
}

static void test_none(void **state)
{
	auto_error err = {0};
	struct trial t;

	(void)state;
	trial_begin(&t);
	t.call.op = &ops[OP_IAM_CreateUser];
	login_free(t.login);
	t.login = login_new(&t.env, &t.plan, NULL);
	assert_int_equal(login_check(t.login, &err), 0);
	trial_end(&t);
}

static void test_trial_secret(void **state)
{
	struct random_seeded random;
	struct env env = {.random = &random.base};
	struct error err = {0};
	char *one, *other;

	(void)state;
	random_seed(&random, 1);
	assert_int_equal(login_secret_trial(&env, NULL, "Password", &one, &err), 0);
	assert_int_equal(login_secret_trial(&env, NULL, "Password", &other, &err), 0);
	assert_strong(one, 128);
	assert_string_not_equal(one, other);
	free(one);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_delivery),    cmocka_unit_test(test_end),
	    cmocka_unit_test(test_left_behind), cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_none),        cmocka_unit_test(test_trial_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
