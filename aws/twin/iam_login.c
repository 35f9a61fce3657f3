/* Console passwords of the twin's users. None is kept. */
#include "aws/twin/iam_priv.h"

json_t *iam_login_new(struct twin *t, json_t *user, bool reset)
{
	char now[TIME_RFC3339];
	json_t *login;

	iam_time(t, now);
	login = json_pack("{s:s, s:b}", "CreateDate", now, "PasswordResetRequired", reset);
	json_object_set_new(user, "login", login);
	return login;
}

static json_t *login_shown(const json_t *user)
{
	json_t *shown =
	    row_pick(json_object_get(user, "login"), "CreateDate PasswordResetRequired");

	twin_set_str(shown, "UserName", row_str(user, "UserName"));
	return json_pack("{s:o}", "LoginProfile", shown);
}

/* The user of the input, with a login profile; NULL: refused. */
static json_t *login_find(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c);

	if (user == NULL || json_object_get(user, "login") != NULL)
		return user;
	return twin_refuse(c, "NoSuchEntity", "Login Profile for User %s cannot be found.",
			   row_str(user, "UserName"));
}

static json_t *login_create(struct twin *t, struct twin_call *c)
{
	json_t *user = iam_find_user(t, c);

	if (user == NULL || !iam_password_valid(t, c))
		return NULL;
	if (json_object_get(user, "login") != NULL)
		return twin_refuse(c, "EntityAlreadyExists",
				   "Login Profile for user %s already exists.",
				   row_str(user, "UserName"));
	twin_made(t, iam_login_new(t, user, input_true(c->input, "PasswordResetRequired")));
	return login_shown(user);
}

/* What is being made is not modified yet. */
static bool login_settled(struct twin *t, struct twin_call *c, json_t *user)
{
	if (!twin_hidden(t, json_object_get(user, "login")))
		return true;
	twin_refuse(c, "EntityTemporarilyUnmodifiable",
		    "Login Profile for User %s cannot be modified while login profile is being "
		    "created.",
		    row_str(user, "UserName"));
	return false;
}

static json_t *login_get(struct twin *t, struct twin_call *c)
{
	json_t *user = login_find(t, c);

	return user == NULL ? NULL : login_shown(user);
}

static json_t *login_update(struct twin *t, struct twin_call *c)
{
	json_t *user = login_find(t, c);

	if (user == NULL || !login_settled(t, c, user) || !iam_password_valid(t, c))
		return NULL;
	if (json_object_get(c->input, "PasswordResetRequired") != NULL)
		json_object_set_new(json_object_get(user, "login"), "PasswordResetRequired",
				    json_boolean(input_true(c->input, "PasswordResetRequired")));
	return json_object();
}

static json_t *login_delete(struct twin *t, struct twin_call *c)
{
	json_t *user = login_find(t, c);

	if (user == NULL || !login_settled(t, c, user))
		return NULL;
	json_object_del(user, "login");
	return json_object();
}

static const struct twin_op login_ops[] = {
    IAM_WRITE("CreateLoginProfile", login_create, NULL),
    IAM_READ("GetLoginProfile", login_get, NULL),
    IAM_WRITE("UpdateLoginProfile", login_update, "UserName"),
    IAM_WRITE("DeleteLoginProfile", login_delete, NULL),
};
const struct twin_service twin_iam_login_ops = {SERVICE_IAM, login_ops,
						sizeof login_ops / sizeof login_ops[0]};
