/* First console passwords. */
#include "reconciler/login.h"

#include "base/fd.h"
#include "reconciler/openpgp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_LEAST 24
#define PASSWORD_MOST  128 /* IAM's own limit */
#define PASSWORD_GROUP 6   /* characters between hyphens, which are the symbols */
#define MESSAGE_MAX    (64u << 10)
#define FILES_MOST     100 /* left by earlier runs for one user */

/* No 0 O, 1 I l: it is typed by hand. */
static const char letters[] = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
#define LETTERS (sizeof(letters) - 1)

/* One password that was made. */
struct secret {
	const struct call *call;
	char *password, *file;
};

struct login {
	const struct env *env;
	const struct plan *plan;
	const char *dir;
	VEC(struct secret) made;
};

struct login *login_new(const struct env *env, const struct plan *plan, const char *dir)
{
	struct login *login = xcalloc(1, sizeof(*login));

	login->env = env;
	login->plan = plan;
	login->dir = dir;
	return login;
}

void login_free(struct login *login)
{
	if (login == NULL)
		return;
	for (size_t i = 0; i < login->made.n; i++) {
		explicit_bzero(login->made.at[i].password, strlen(login->made.at[i].password));
		free(login->made.at[i].password);
		free(login->made.at[i].file);
	}
	free(login->made.at);
	free(login);
}

static bool call_is_login(const struct call *call)
{
	return call->op == &ops[OP_IAM_CreateLoginProfile] && call->change != CALL_RECORD;
}

static const struct row *login_row(const struct login *login, const struct call *call)
{
	return login->plan->change[call->change].row;
}

static const struct text *login_key(const struct row *row)
{
	return row->head == NULL ? NULL : row->head->aux;
}

static int key_check(const struct row *row, struct error *err)
{
	auto_buf trial = BUF_INIT(MESSAGE_MAX);
	const struct text *key = login_key(row);

	if (key == NULL)
		return error_set(err, "%s: `login` names no key to encrypt its password to",
				 row->address->s);
	if (openpgp_encrypt(key->s, key->len, "-", 1, &trial, err) != 0)
		return error_prefix(err, "%s: the file that `deliver_to` names", row->address->s);
	return 0;
}

/* In a checkout, what was delivered is nothing to commit, and no change that keeps the next apply
 * from being recorded. Without the file all else works. */
static void dir_ignore(const char *dir)
{
	auto_free char *file = xasprintf("%s/.gitignore", dir);
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	if (write(fd, "*\n", 2) != 2)
		unlink(file);
	close(fd);
}

static int dir_make(const struct login *login, struct error *err)
{
	struct stat st;

	if (mkdir(login->dir, 0700) == 0)
		dir_ignore(login->dir);
	else if (errno != EEXIST)
		return error_set(err, "--logins %s: %s", login->dir, strerror(errno));
	if (stat(login->dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return error_set(err, "--logins %s: is no directory", login->dir);
	if (access(login->dir, W_OK | X_OK) != 0)
		return error_set(err, "--logins %s: %s", login->dir, strerror(errno));
	return 0;
}

int login_check(struct login *login, struct error *err)
{
	bool any = false;

	for (size_t i = 0; i < login->plan->calls; i++) {
		const struct call *call = &login->plan->call[i];

		if (!call_is_login(call))
			continue;
		if (key_check(login_row(login, call), err) != 0)
			return -1;
		any = true;
	}
	if (any && login->dir == NULL)
		return error_set(err, "the plan makes console passwords: say with --logins DIR "
				      "where they are to be written, encrypted");
	return any ? dir_make(login, err) : 0;
}

/* Every byte below the largest multiple of their number stands for a letter, so that all are as
 * likely. */
static char letter_draw(struct random *random)
{
	for (;;) {
		uint64_t bits = random->next(random);

		for (int i = 0; i < 8; i++, bits >>= 8) {
			unsigned byte = bits & 0xff;

			if (byte < 256 / LETTERS * LETTERS)
				return letters[byte % LETTERS];
		}
	}
}

static bool has_between(const char *s, char first, char last)
{
	for (; *s != '\0'; s++) {
		if (*s >= first && *s <= last)
			return true;
	}
	return false;
}

/* Of every class that a password policy may ask for. */
static char *password_make(struct random *random, size_t least)
{
	char *s = xcalloc(PASSWORD_MOST + 1, 1);
	size_t drawn, len;

	do {
		drawn = len = 0;
		while (drawn < PASSWORD_LEAST || len < least) {
			if (drawn > 0 && len + 1 < PASSWORD_MOST && drawn % PASSWORD_GROUP == 0)
				s[len++] = '-';
			s[len++] = letter_draw(random);
			drawn++;
		}
		s[len] = '\0';
	} while (!has_between(s, '2', '9') || !has_between(s, 'a', 'z') ||
		 !has_between(s, 'A', 'Z'));
	return s;
}

static size_t minimum_of(const struct resource *settings)
{
	const struct value *v = settings == NULL ? NULL : &settings->v[IAMACCOUNT_PASSWORD];
	size_t n = 0;

	for (uint32_t i = 0; v != NULL && v->state == VALUE_SET && i < v->u.set->n; i++) {
		if (text_is(v->u.set->item[i].key, "minimum_length"))
			n = strtoul(v->u.set->item[i].value->s, NULL, 10);
	}
	return n > PASSWORD_MOST ? PASSWORD_MOST : n;
}

/* What the account asks for now, or will. */
static size_t password_least(const struct login *login, const struct row *user, struct arena *arena)
{
	const struct text *account = address_part(arena, user->address, 1);
	const struct row *settings =
	    account == NULL
		? NULL
		: bound_find(login->plan->in->bound,
			     address_make(arena, "iam_account", account->s, IAM_ACCOUNT_NAME));
	size_t live, head;

	if (settings == NULL)
		return 0;
	live = minimum_of(settings->live);
	head = minimum_of(settings->head);
	return live > head ? live : head;
}

/* docs.aws.amazon.com: sign-in of IAM users, by partition. */
static const char *sign_in_host(const struct text *partition)
{
	if (partition != NULL && text_is(partition, "aws-cn"))
		return "signin.amazonaws.cn";
	if (partition != NULL && text_is(partition, "aws-us-gov"))
		return "signin.amazonaws-us-gov.com";
	return "signin.aws.amazon.com";
}

static void message_make(const struct login *login, const struct row *user, struct arena *arena,
			 const char *password, struct buf *out)
{
	const struct plan_input *in = login->plan->in;
	const struct text *name = address_part(arena, user->address, 1);
	const struct row *account =
	    name == NULL ? NULL
			 : bound_find(in->bound, address_make(arena, "account", name->s, NULL));
	const struct text *id = account == NULL || account->live == NULL ? NULL : account->live->id;

	buf_printf(out, "Account: %s%s%s%s\nUser: %s\nPassword: %s\n", name == NULL ? "" : name->s,
		   id == NULL ? "" : " (", id == NULL ? "" : id->s, id == NULL ? "" : ")",
		   address_name(arena, user->address)->s, password);
	if (id != NULL)
		buf_printf(out, "Sign in: https://%s.%s/console\n", id->s,
			   sign_in_host(in->sides->live->world.partition));
	buf_puts(out, "It has to be changed at the first sign-in.\n");
}

static int write_synced(int fd, const char *p, size_t n)
{
	return fd_write(fd, p, n) == 0 ? fsync(fd) : -1;
}

/* Parts of an address hold no slash. A file that is there is never written to. */
static int file_create(const struct login *login, const struct row *user, char **file,
		       struct error *err)
{
	const char *account = strchr(user->address->s, '/') + 1;
	const char *name = strchr(account, '/') + 1;
	auto_free char *stem =
	    xasprintf("%s/%.*s-%s", login->dir, (int)(name - account - 1), account, name);
	int fd = -1;

	for (unsigned i = 1; fd < 0 && i <= FILES_MOST; i++) {
		free(*file);
		*file = i == 1 ? xasprintf("%s.asc", stem) : xasprintf("%s.%u.asc", stem, i);
		fd = open(*file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return error_set(err, "%s: %s", *file, strerror(errno));
	return fd;
}

static int file_write(const struct login *login, const struct row *user, const struct buf *data,
		      char **file, struct error *err)
{
	int fd = file_create(login, user, file, err), r = 0;

	if (fd < 0)
		return -1;
	if (write_synced(fd, buf_str(data), data->len) != 0)
		r = error_set(err, "%s: %s", *file, strerror(errno));
	if (close(fd) != 0 && r == 0)
		r = error_set(err, "%s: %s", *file, strerror(errno));
	if (r != 0)
		unlink(*file);
	else
		directory_sync(*file);
	return r;
}

static int secret_make(struct login *login, const struct call *call, struct secret *secret,
		       struct error *err)
{
	const struct row *user = login_row(login, call);
	const struct text *key = login_key(user);
	auto_buf message = BUF_INIT(MESSAGE_MAX), sealed = BUF_INIT(MESSAGE_MAX);
	struct arena *arena = arena_new();
	char *password = password_make(login->env->random, password_least(login, user, arena));
	char *file = NULL;
	int r;

	message.secret = true;
	message_make(login, user, arena, password, &message);
	arena_free(arena);
	if (key == NULL || login->dir == NULL)
		r = error_set(err, "%s: no key, or no --logins", user->address->s);
	else
		r = openpgp_encrypt(key->s, key->len, message.data, message.len, &sealed, err);
	if (r == 0)
		r = file_write(login, user, &sealed, &file, err);
	if (r == 0) {
		*secret = (struct secret){.call = call, .password = password, .file = file};
		return 0;
	}
	explicit_bzero(password, strlen(password));
	free(password);
	free(file);
	return error_prefix(err, "%s: its password", user->address->s);
}

int login_secret(void *ctx, const struct call *call, const char *member, char **value,
		 struct error *err)
{
	struct login *login = ctx;
	struct secret secret;

	if (!call_is_login(call))
		return error_set(err, "%s: nothing is known to make %s of", call->op->name, member);
	for (size_t i = 0; i < login->made.n; i++) {
		if (login->made.at[i].call == call) {
			*value = xstrdup(login->made.at[i].password);
			return 0;
		}
	}
	if (secret_make(login, call, &secret, err) != 0)
		return -1;
	vec_push(&login->made, secret);
	*value = xstrdup(secret.password);
	return 0;
}

int login_secret_trial(void *ctx, const struct call *call, const char *member, char **value,
		       struct error *err)
{
	const struct env *env = ctx;

	(void)call;
	(void)member;
	(void)err;
	*value = password_make(env->random, PASSWORD_MOST);
	return 0;
}

/* Refused, or never sent at last. That the user has a password already may be the answer to our own
 * lost request. */
static bool result_is_nothing(const struct call_result *result)
{
	if (result->state == CALL_SKIPPED)
		return true;
	return result->state == CALL_FAILED &&
	       (result->code == NULL || strcmp(result->code, "EntityAlreadyExists") != 0);
}

void login_end(struct login *login, const struct execution *execution,
	       void (*kept)(void *ctx, const char *file, const struct text *user), void *ctx)
{
	for (size_t i = 0; i < login->made.n; i++) {
		struct secret *secret = &login->made.at[i];

		if (execution->result != NULL &&
		    result_is_nothing(&execution->result[secret->call->n - 1]))
			unlink(secret->file);
		else if (kept != NULL)
			kept(ctx, secret->file, login_row(login, secret->call)->address);
	}
}
