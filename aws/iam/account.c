/* Alias and password policy: reading, and calls. There is one of each in every account, so nothing
 * is made or ended: attributes alone. */
#include "aws/iam/account.h"

#include <stdlib.h>
#include <string.h>

/* Members of IAM's password policy, in the order of password_keys. */
static const char *const password_members[] = {"MinimumPasswordLength",
					       "RequireSymbols",
					       "RequireNumbers",
					       "RequireUppercaseCharacters",
					       "RequireLowercaseCharacters",
					       "AllowUsersToChangePassword",
					       "MaxPasswordAge",
					       "PasswordReusePrevention",
					       "HardExpiry"};

const struct text *account_entered(const struct crawl *crawl, const struct text *account)
{
	return text_eq(account, crawl->side->world.caller_account) ? NULL : account;
}

/* What a policy does not say is shown as AWS takes it, so that false equals not said. */
static void password_add(struct crawl *crawl, struct resource *settings, const json_t *policy)
{
	for (size_t i = 0; password_keys[i].name != NULL; i++) {
		const struct password_key *key = &password_keys[i];
		const char *value = key->unset;
		int64_t n = -1;

		if (key->max == 0)
			value = reply_bool(policy, password_members[i]) ? "true" : "false";
		else
			n = reply_int(policy, password_members[i]);
		if (n > 0)
			value = arena_printf(crawl->arena, "%lld", (long long)n);
		if (value != NULL)
			side_add(crawl->side, settings, IAMACCOUNT_PASSWORD,
				 text_str(crawl->arena, key->name), text_str(crawl->arena, value));
	}
}

static void password_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *policy = reply_obj(page, "PasswordPolicy");

	if (policy == NULL) {
		crawl_bad_reply(crawl, read, "has no password policy");
		return;
	}
	password_add(crawl, read->about, policy);
	side_know(crawl->side, read->about, IAMACCOUNT_PASSWORD);
}

static bool password_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	if (strcmp(code, "NoSuchEntity") != 0)
		return false;
	side_know(crawl->side, read->about, IAMACCOUNT_PASSWORD);
	return true;
}

static struct resource *settings_record(struct crawl *crawl, const struct text *account)
{
	return iam_named(crawl, KIND_IAM_ACCOUNT, account, text_str(crawl->arena, IAM_ACCOUNT_NAME),
			 account);
}

/* AWS lists one alias at most; pages may be empty all the same. */
static void alias_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const char *alias = NULL;
	const json_t *list;

	if (crawl_list(crawl, read, page, "AccountAliases", "aliases", &list) > 0)
		alias = json_string_value(json_array_get(list, 0));
	if (alias != NULL)
		read->about->v[0] = value_str(crawl->arena, alias);
}

/* The settings are there once the aliases were read whole, and the password policy is asked for
 * only then: an account that cannot be entered has no settings, rather than unknown ones. */
static void alias_whole(struct crawl *crawl, const struct read *read)
{
	struct read next = {.op = OP_IAM_GetAccountPasswordPolicy,
			    .scope = read->scope,
			    .account = read->account,
			    .note = read->note,
			    .page = password_page,
			    .refused = password_refused};

	next.about = settings_record(crawl, read->note);
	next.about->v[IAMACCOUNT_ALIAS] = read->about->v[0];
	crawl_read(crawl, &next, NULL);
}

static void settings_read(struct crawl *crawl, uint32_t scope, const struct text *account)
{
	struct read read = {.op = OP_IAM_ListAccountAliases,
			    .scope = scope,
			    .account = account_entered(crawl, account),
			    .note = account,
			    .page = alias_page,
			    .whole = alias_whole};

	/* Holds the alias until then. */
	read.about = arena_alloc(crawl->arena, sizeof(*read.about) + sizeof(struct value));
	read.about->v[0] = value_str(crawl->arena, "");
	crawl_read(crawl, &read, NULL);
}

void iam_read_extra(struct crawl *crawl, uint32_t scope, const struct text *account)
{
	oidc_read(crawl, scope_open(crawl, scope, "iam/%s/oidc", account->s), account);
	settings_read(crawl, scope_open(crawl, scope, "iam/%s/settings", account->s), account);
}

void settings_probe(struct probe *probe, const struct text *account)
{
	settings_read(probe->crawl, probe_scope(probe, "iam/%s/settings", account->s), account);
}

/* A new alias takes the place of the old one. */
static void alias_call(struct calls *calls, const struct change *change, const struct diff *diff)
{
	bool put = diff->head.state == VALUE_TEXT && diff->head.u.text->len > 0;
	const struct text *alias = put ? diff->head.u.text : NULL;
	struct call *call;

	if (!put && diff->live.state == VALUE_TEXT && diff->live.u.text->len > 0)
		alias = diff->live.u.text;
	if (alias == NULL)
		return;
	call = account_call_new(calls, put ? OP_IAM_CreateAccountAlias : OP_IAM_DeleteAccountAlias,
				change->row);
	call_input(calls, call, json_pack("{s:o}", "AccountAlias", json_of_text(alias)));
	/* A reading says that there is none by an empty text. */
	call_fact(calls, call, change->row->address, KIND_IAM_ACCOUNT, IAMACCOUNT_ALIAS, NULL,
		  diff->live.state == VALUE_TEXT ? diff->live : value_str(calls->arena, ""),
		  diff->head);
}

static const struct diff *password_diff(const struct change *change, const char *key)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == IAMACCOUNT_PASSWORD && diff->key != NULL &&
		    diff_is_written(diff) && text_is(diff->key, key))
			return diff;
	}
	return NULL;
}

/* The value that is to stand there: the planned one, else the live one; NULL: AWS's own. */
static const struct text *password_wanted(const struct change *change,
					  const struct password_key *key)
{
	const struct diff *diff = password_diff(change, key->name);
	const struct resource *live = change->row->live;
	const struct set *set;

	if (diff != NULL)
		return diff->head.state == VALUE_TEXT ? diff->head.u.text : NULL;
	if (live == NULL || live->v[IAMACCOUNT_PASSWORD].state != VALUE_SET)
		return NULL;
	set = live->v[IAMACCOUNT_PASSWORD].u.set;
	for (uint32_t i = 0; i < set->n; i++) {
		if (text_is(set->item[i].key, key->name))
			return set->item[i].value;
	}
	return NULL;
}

static json_t *password_json(const struct password_key *key, const struct text *value)
{
	return key->max > 0 ? json_integer(strtol(value->s, NULL, 10))
			    : json_boolean(text_is(value, "true"));
}

static bool password_is_declared(const struct row *row)
{
	const struct value *value = row->head == NULL ? NULL : &row->head->v[IAMACCOUNT_PASSWORD];

	return value != NULL && value->state == VALUE_SET && value->u.set->n > 0;
}

/* `stays`: the call leaves a policy. A key that somebody changed since it was read must not be
 * overwritten with what it was; where there was no policy, nothing is known of its other keys. */
static void password_fact(struct calls *calls, struct call *call, const struct change *change,
			  const struct password_key *key, bool stays)
{
	const struct diff *diff = password_diff(change, key->name);
	const struct resource *live = change->row->live;
	struct value before = VALUE_EMPTY, after = VALUE_EMPTY;
	const struct text *was;

	if (diff != NULL) {
		before = diff->live.state == VALUE_TEXT ? diff->live : VALUE_EMPTY;
		if (diff->head.state == VALUE_TEXT)
			after = diff->head;
		else if (stays && key->unset != NULL)
			after = value_str(calls->arena, key->unset);
	} else {
		if (live == NULL || live->v[IAMACCOUNT_PASSWORD].state != VALUE_SET ||
		    live->v[IAMACCOUNT_PASSWORD].u.set->n == 0)
			return;
		was = password_wanted(change, key);
		before = was != NULL ? value_text(was) : VALUE_EMPTY;
		after = stays ? before : VALUE_EMPTY;
	}
	call_fact(calls, call, change->row->address, KIND_IAM_ACCOUNT, IAMACCOUNT_PASSWORD,
		  text_str(calls->arena, key->name), before, after);
}

/* AWS replaces the whole policy: what this plan does not change is written as it was read. Where
 * nothing is left that anyone asked for, there is to be none. */
static void password_call(struct calls *calls, const struct change *change)
{
	json_t *input = json_object();
	bool other = password_is_declared(change->row);
	struct call *call;

	for (size_t i = 0; password_keys[i].name != NULL; i++) {
		const struct password_key *key = &password_keys[i];
		const struct text *value = password_wanted(change, key);

		if (value == NULL)
			continue;
		json_object_set_new(input, password_members[i], password_json(key, value));
		other = other || key->unset == NULL || !text_is(value, key->unset);
	}
	call = account_call_new(
	    calls, other ? OP_IAM_UpdateAccountPasswordPolicy : OP_IAM_DeleteAccountPasswordPolicy,
	    change->row);
	if (!other)
		json_object_clear(input);
	call_input(calls, call, input);
	for (size_t i = 0; password_keys[i].name != NULL; i++)
		password_fact(calls, call, change, &password_keys[i], other);
}

static void account_calls(struct calls *calls, const struct change *change)
{
	bool password = false;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (!diff_is_written(diff))
			continue;
		if (diff->attr == IAMACCOUNT_ALIAS)
			alias_call(calls, change, diff);
		else if (diff->attr == IAMACCOUNT_PASSWORD && diff->key != NULL)
			password = true;
	}
	if (password)
		password_call(calls, change);
}

static const struct trail_row iam_account_trail[] = {
    {IAMACCOUNT_ALIAS, "CreateAccountAlias DeleteAccountAlias", SERVICE_IAM, NULL},
    {IAMACCOUNT_PASSWORD, "UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy", SERVICE_IAM,
     NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_IAM, NULL},
};

const struct wire wire_iam_account = {
    .probe = iam_probe, .calls = account_calls, .trail = iam_account_trail};
