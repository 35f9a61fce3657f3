/* The console password of a user: reading, and calls. The password itself is made when the call is
 * sent (op->secret_in), and stands nowhere. */
#include "aws/iam/account.h"

#include <string.h>

#define CONSOLE       "console"
#define LOGIN_PROFILE "login_profile" /* among USER_CREDENTIALS */

static void login_known(struct crawl *crawl, const struct read *read, bool has)
{
	struct resource *user = read->about;

	user->v[USER_LOGIN] = value_str(crawl->arena, has ? CONSOLE : "");
}

static void login_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	if (reply_obj(page, "LoginProfile") == NULL)
		crawl_bad_reply(crawl, read, "has no login profile");
	else
		login_known(crawl, read, true);
}

static bool login_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	if (strcmp(code, "NoSuchEntity") != 0)
		return false;
	login_known(crawl, read, false);
	return true;
}

void login_read(struct crawl *crawl, uint32_t scope, const struct text *account,
		struct resource *user)
{
	struct read read = {.op = OP_IAM_GetLoginProfile,
			    .scope = scope,
			    .account = account_entered(crawl, account),
			    .about = user,
			    .page = login_page,
			    .refused = login_refused};

	crawl_read(crawl, &read,
		   json_pack("{s:o}", "UserName", json_of_text(user->v[USER_NAME].u.text)));
}

/* A probe may be about the password as something that a user owns, too. */
static void probe_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	login_page(crawl, read, page);
	if (reply_obj(page, "LoginProfile") == NULL)
		return;
	side_add(crawl->side, read->about, USER_CREDENTIALS, text_str(crawl->arena, LOGIN_PROFILE),
		 NULL);
	side_know(crawl->side, read->about, USER_CREDENTIALS);
}

static bool probe_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	if (!login_refused(crawl, read, code))
		return false;
	side_know(crawl->side, read->about, USER_CREDENTIALS);
	return true;
}

void login_probe(struct probe *probe, const struct text *account)
{
	struct crawl *crawl = probe->crawl;
	const struct text *name = probe_member(probe, "UserName");
	struct read read = {.op = OP_IAM_GetLoginProfile,
			    .account = account_entered(crawl, account),
			    .page = probe_page,
			    .refused = probe_refused};

	if (name == NULL)
		return;
	read.about = iam_named(crawl, KIND_IAM_USER, account, name, NULL);
	read.scope = probe_scope(probe, "iam/%s/login", account->s);
	crawl_read(crawl, &read, json_pack("{s:o}", "UserName", json_of_text(name)));
}

static struct call *login_call(struct calls *calls, const struct row *row, bool create)
{
	struct call *call =
	    iam_call(calls, create ? OP_IAM_CreateLoginProfile : OP_IAM_DeleteLoginProfile, row);
	json_t *input = principal_input(&principal_user, row);

	/* Nobody but the person is to know the one that lasts. */
	if (create)
		json_object_set_new(input, "PasswordResetRequired", json_true());
	call_input(calls, call, input);
	call->gate = row->address;
	call->effect = create ? EFFECT_GAIN : EFFECT_LOSS;
	return call;
}

static bool value_is_console(const struct value *value)
{
	return value->state == VALUE_TEXT && text_is(value->u.text, CONSOLE);
}

void login_new_calls(struct calls *calls, const struct row *row)
{
	const struct value *login = &row->head->v[USER_LOGIN];

	if (value_is_console(login))
		call_fact(calls, login_call(calls, row, true), row->address, KIND_IAM_USER,
			  USER_LOGIN, NULL, value_str(calls->arena, ""), *login);
}

void login_calls(struct calls *calls, const struct change *change)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == USER_LOGIN && diff_is_written(diff) &&
		    value_is_console(&diff->head) != value_is_console(&diff->live))
			call_fact_diff(
			    calls, login_call(calls, change->row, value_is_console(&diff->head)),
			    change, diff);
	}
}
