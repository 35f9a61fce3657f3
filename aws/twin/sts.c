/* STS: who the caller is, and roles assumed. */
#include "aws/twin/iam_priv.h"
#include "aws/twin/sts_priv.h"

#include "aws/client.h"
#include "base/digest.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROLE_HOUR          3600 /* seconds: a role's maximum unless set, and that of chained roles */
#define SESSION_SHORTEST   900
#define SESSION_LONGEST    43200
#define UNIQUE_ID          17 /* letters and digits after AIDA, AROA */
#define SESSION_NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-"

/* arn:PARTITION:iam::ACCOUNT:role/PATH/NAME */
static bool role_arn_read(const char *arn, struct role_arn *r)
{
	const char *name = strrchr(arn, '/');
	char digits[16];
	int end = 0;

	if (sscanf(arn, "arn:%15[a-z-]:iam::%12[0-9]:role/%n", r->partition, digits, &end) != 2 ||
	    end == 0 || strlen(digits) != 12 || name == NULL || strlen(name + 1) == 0 ||
	    strlen(name + 1) >= sizeof r->name)
		return false;
	snprintf(r->account, sizeof r->account, "%s", digits);
	snprintf(r->name, sizeof r->name, "%s", name + 1);
	return true;
}

char *sts_session_role(const char *arn, const char **session)
{
	static const char mark[] = ":assumed-role/";
	const char *name = strstr(arn, mark), *slash;

	if (name == NULL)
		return NULL;
	name += strlen(mark);
	slash = strchr(name, '/');
	if (slash == NULL)
		return NULL;
	*session = slash + 1;
	return xasprintf("%.*s", (int)(slash - name), name);
}

/* An id for a principal that has no row: the same for the same ARN. */
static char *id_of_arn(const char *prefix, const char *arn)
{
	unsigned char hash[SHA256_BYTES];
	char id[UNIQUE_ID + 1];
	size_t i;

	sha256(arn, strlen(arn), hash);
	for (i = 0; i < UNIQUE_ID; i++)
		id[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[hash[i] % 32];
	id[UNIQUE_ID] = '\0';
	return xasprintf("%s%s", prefix, id);
}

char *sts_caller_id(struct twin *t, const char *account, const char *arn)
{
	const char *session = NULL, *name = strrchr(arn, '/'), *id;
	auto_free char *role = sts_session_role(arn, &session);
	auto_free char *other = NULL;

	if (role != NULL) {
		id = row_str(iam_row(t, account, "roles", role), "RoleId");
		if (*id == '\0')
			id = other = id_of_arn("AROA", role);
		return xasprintf("%s:%s", id, session);
	}
	if (str_ends(arn, ":root") || name == NULL)
		return xstrdup(account);
	id = row_str(iam_row(t, account, "users", name + 1), "UserId");
	return *id != '\0' ? xstrdup(id) : id_of_arn("AIDA", arn);
}

static json_t *get_caller_identity(struct twin *t, struct twin_call *c)
{
	auto_free char *id = sts_caller_id(t, c->account, c->arn);

	return json_pack("{s:s, s:s, s:s}", "UserId", id, "Account", c->account, "Arn", c->arn);
}

static json_t *refuse_invalid(struct twin_call *c, const char *member, const char *why)
{
	const json_t *value = json_object_get(c->input, member);

	return twin_refuse(c, "ValidationError",
			   "1 validation error detected: Value '%s' at '%s' failed to satisfy "
			   "constraint: %s",
			   json_is_string(value) ? json_string_value(value) : "", member, why);
}

/* The input's duration, within the bounds of the role and of the caller; -1: refused. */
static int session_seconds(struct twin_call *c, const json_t *role)
{
	int64_t seconds = reply_int(c->input, "DurationSeconds");
	int64_t most = reply_int(role, "MaxSessionDuration");

	if (json_object_get(c->input, "DurationSeconds") == NULL)
		return ROLE_HOUR;
	if (seconds < SESSION_SHORTEST || seconds > SESSION_LONGEST) {
		refuse_invalid(c, "DurationSeconds",
			       seconds < SESSION_SHORTEST
				   ? "Member must have value greater than or equal to 900"
				   : "Member must have value less than or equal to 43200");
		return -1;
	}
	if (seconds > ROLE_HOUR && strstr(c->arn, ":assumed-role/") != NULL) {
		twin_refuse(c, "ValidationError",
			    "The requested DurationSeconds exceeds the 1 hour session limit for "
			    "roles assumed by role chaining");
		return -1;
	}
	if (seconds > (most > 0 ? most : ROLE_HOUR)) {
		twin_refuse(c, "ValidationError",
			    "The requested DurationSeconds exceeds the MaxSessionDuration set for "
			    "this role.");
		return -1;
	}
	return (int)seconds;
}

static bool active_account(const struct twin *t, const char *account)
{
	const char *state = row_str(twin_row(t, "accounts", account), "State");

	return twin_account_there(t, account) && (*state == '\0' || strcmp(state, "ACTIVE") == 0);
}

json_t *sts_role(struct twin *t, struct twin_call *c, const struct role_arn *r)
{
	json_t *role =
	    active_account(t, r->account) ? iam_row(t, r->account, "roles", r->name) : NULL;

	if (role == NULL || strcmp(row_str(role, "Arn"), row_str(c->input, "RoleArn")) != 0 ||
	    twin_lags(t, role, LAG_ASSUMED))
		return NULL;
	return role;
}

/* Who calls, as trust policies see them. `own`: the row of the calling user, or of the role whose
 * session calls; or NULL. */
static struct sts_caller caller_of(const struct twin *t, const struct twin_call *c,
				   const json_t *own)
{
	struct sts_caller caller = {
	    .action = "sts:AssumeRole",
	    .account = c->account,
	    .arn = c->arn,
	    .principal = own != NULL ? row_str(own, "Arn") : c->arn,
	    .tags = json_object_get(own, "tags"),
	    .user = json_string_value(json_object_get(own, "UserName")),
	    .external_id = json_string_value(json_object_get(c->input, "ExternalId")),
	    .session = json_string_value(json_object_get(c->input, "RoleSessionName")),
	    .source_identity = json_string_value(json_object_get(c->input, "SourceIdentity")),
	};

	if (twin_has_organization(t) && twin_row(t, "accounts", c->account) != NULL)
		caller.organization = row_str(twin_table(t, "organization"), "Id");
	return caller;
}

static const json_t *caller_row(struct twin *t, const struct twin_call *c)
{
	const char *session = NULL, *name = strrchr(c->arn, '/');
	auto_free char *role = sts_session_role(c->arn, &session);

	if (role != NULL)
		return iam_row(t, c->account, "roles", role);
	return strstr(c->arn, ":user/") != NULL && name != NULL
		   ? iam_row(t, c->account, "users", name + 1)
		   : NULL;
}

/* The role, if it trusts the caller with all that the input asks for; NULL: refused. */
static json_t *role_assumed(struct twin *t, struct twin_call *c, const struct role_arn *r)
{
	static const struct {
		const char *member, *action;
	} asked[] = {
	    {NULL, "sts:AssumeRole"},
	    {"SourceIdentity", "sts:SetSourceIdentity"},
	    {"Tags", "sts:TagSession"},
	};
	struct sts_caller caller = caller_of(t, c, caller_row(t, c));
	json_t *role = sts_role(t, c, r);
	size_t i;

	if (str_ends(c->arn, ":root"))
		return twin_refuse(c, "AccessDenied", "Roles may not be assumed by root accounts.");
	for (i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		if (asked[i].member != NULL && input_list(c->input, asked[i].member) == NULL)
			continue;
		caller.action = asked[i].action;
		if (role == NULL ||
		    !trust_allows(row_str(role, "AssumeRolePolicyDocument"), &caller))
			return twin_refuse(
			    c, "AccessDenied",
			    "User: %s is not authorized to perform: %s on resource: %s", c->arn,
			    asked[i].action, row_str(c->input, "RoleArn"));
	}
	return role;
}

/* Sessions that have ended go, now and then, so that a long run does not grow. */
static void keys_prune(struct twin *t)
{
	json_t *keys = twin_sub(t->state, "keys"), *row;
	int64_t now = twin_seconds(t), expires;
	const char *id;
	void *next;

	if (json_object_size(keys) % 256 != 255)
		return;
	json_object_foreach_safe(keys, next, id, row)
	{
		expires = json_integer_value(json_object_get(row, "expires"));
		if (expires > 0 && expires <= now)
			json_object_del(keys, id);
	}
}

/* A new key of the session: its row in state.keys, borrowed. */
static json_t *session_key(struct twin *t, const char *account, const char *arn, int seconds,
			   char id[TWIN_ID])
{
	char secret[SHA256_HEX], token[SHA256_HEX];
	auto_free char *first = NULL, *second = NULL, *all = NULL;
	json_t *row;

	keys_prune(t);
	twin_id(t, id, "ASIA", 16);
	first = xasprintf("%llu secret %s", (unsigned long long)t->options.seed, id);
	second = xasprintf("%llu token %s", (unsigned long long)t->options.seed, id);
	sha256_hex(first, strlen(first), secret);
	sha256_hex(second, strlen(second), token);
	secret[40] = '\0';
	all = xasprintf("FwoGZXIvYXdzE%s//////////", token);
	row = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "account", account, "arn", arn, "secret",
			secret, "token", all, "expires", (json_int_t)(twin_seconds(t) + seconds),
			"created", (json_int_t)twin_seconds(t));
	json_object_set_new(twin_sub(t->state, "keys"), id, row);
	return row;
}

static json_t *assume_reply(struct twin *t, struct twin_call *c, const struct role_arn *r,
			    const json_t *role, int seconds)
{
	const char *session = json_string_value(json_object_get(c->input, "RoleSessionName"));
	const json_t *source = json_object_get(c->input, "SourceIdentity");
	auto_free char *arn = NULL, *role_id = NULL;
	char id[TWIN_ID], until[TIME_RFC3339];
	json_t *key, *reply;

	arn = xasprintf("arn:%s:sts::%s:assumed-role/%s/%s", r->partition, r->account,
			row_str(role, "RoleName"), session);
	role_id = xasprintf("%s:%s", row_str(role, "RoleId"), session);
	key = session_key(t, r->account, arn, seconds, id);
	time_rfc3339(json_integer_value(json_object_get(key, "expires")) * 1000000, until);
	reply = json_pack("{s:{s:s, s:s, s:s, s:s}, s:{s:s, s:s}}", "Credentials", "AccessKeyId",
			  id, "SecretAccessKey", row_str(key, "secret"), "SessionToken",
			  row_str(key, "token"), "Expiration", until, "AssumedRoleUser",
			  "AssumedRoleId", role_id, "Arn", arn);
	if (json_is_string(source)) {
		json_object_set(reply, "SourceIdentity", (json_t *)source);
		json_object_set(key, "source", (json_t *)source);
	}
	return reply;
}

json_t *sts_assume(struct twin *t, struct twin_call *c, const struct role_arn *r,
		   const json_t *role)
{
	int seconds = session_seconds(c, role);

	return seconds < 0 ? NULL : assume_reply(t, c, r, role, seconds);
}

/* Members of the input by their lengths, absent ones aside. */
static bool lengths_valid(struct twin_call *c)
{
	static const struct {
		const char *member;
		size_t least, most;
	} texts[] = {
	    {"RoleSessionName", 2, 64}, {"ExternalId", 2, 1224},        {"SourceIdentity", 2, 64},
	    {"Policy", 1, 2048},        {"WebIdentityToken", 4, 20000},
	};
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (!check_text(c, texts[i].member, texts[i].least, texts[i].most, NULL))
			return false;
	}
	return true;
}

bool sts_input(struct twin_call *c, struct role_arn *r)
{
	static const char *const names[] = {"RoleSessionName", "SourceIdentity"};
	const char *arn = row_str(c->input, "RoleArn"), *policy = row_str(c->input, "Policy"), *s;
	size_t i;

	if (!role_arn_read(arn, r)) {
		twin_refuse(c, "ValidationError", "%s is invalid", arn);
		return false;
	}
	if (!lengths_valid(c))
		return false;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		s = row_str(c->input, names[i]);
		if (s[strspn(s, SESSION_NAME_CHARS)] == '\0')
			continue;
		refuse_invalid(c, names[i],
			       "Member must satisfy regular expression pattern: [\\w+=,.@-]*");
		return false;
	}
	return *policy == '\0' || iam_document_valid(c, policy);
}

static json_t *assume_role(struct twin *t, struct twin_call *c)
{
	struct role_arn r;
	json_t *role = sts_input(c, &r) ? role_assumed(t, c, &r) : NULL;

	return role == NULL ? NULL : sts_assume(t, c, &r, role);
}

static const struct twin_op ops_sts[] = {
    {.name = "GetCallerIdentity", .handler = get_caller_identity, .rate = RATE_STS},
    {.name = "AssumeRole",
     .handler = assume_role,
     .needs = "RoleArn RoleSessionName",
     .rate = RATE_STS},
    {.name = "AssumeRoleWithWebIdentity",
     .handler = sts_assume_with_web_identity,
     .needs = "RoleArn RoleSessionName WebIdentityToken",
     .open = true,
     .rate = RATE_STS},
};
const struct twin_service twin_sts_ops = {SERVICE_STS, ops_sts, sizeof ops_sts / sizeof *ops_sts};
