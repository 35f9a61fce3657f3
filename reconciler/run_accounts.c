/* The accounts of a run: how each is entered, and the reading of those that the configuration
 * speaks of, once it is known what was applied last. */
#include "reconciler/run_accounts.h"

#include "aws/cost.h"
#include "reconciler/command.h"
#include "state/access_rule.h"
#include "state/spend.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_MAX     2048 /* AssumeRole: characters of a session policy */
#define SPEND_FILE_MAX (1u << 20)

/* The configuration that says how accounts are entered: what was applied last, so that no pull
 * request can send the run elsewhere; before that, what it would be merged into; else head. */
static struct configuration *access_configuration(struct run *run)
{
	return run->base.config ? &run->base : run_trusted(run);
}

/* An entry of the map from account ids to names, for `access:`. */
static void name_put(struct run *run, const struct resource *account, const struct text *name)
{
	const struct resource *live = bind_live_account(run->live, account);
	const struct text *id = live ? live->id : account->id;

	if (id)
		map_put(run->account_names, id->s, (void *)name->s);
}

static void names_learn(struct run *run, const struct side *side)
{
	for (size_t i = 0; side && i < side->all.n; i++)
		if (side->all.at[i]->kind == KIND_ACCOUNT)
			name_put(run, side->all.at[i], side->all.at[i]->v[ACCOUNT_NAME].u.text);
}

/* The policy of a session. Reading is a few verbs; what an apply changes is said call by call. */

static void action_add(struct buf *out, const char *action)
{
	buf_printf(out, "%s\"%s\"", out->len ? "," : "", action);
}

static void actions_add(struct buf *out, const char *const *actions)
{
	for (; *actions; actions++)
		action_add(out, *actions);
}

static bool call_is_in(const struct call *call, const char *account)
{
	if (!call->account)
		return false;
	/* What stands for the id of an account that is yet to be made: any new one. */
	return strcmp(call->account->s, account) == 0 || str_starts(call->account->s, "${");
}

/* "iam:AttachRolePolicy", or the verb alone: "iam:Attach*". */
static void write_add(struct buf *out, const struct op *op, bool verbs)
{
	char action[128];
	char *end;

	op_action(op, action, sizeof action);
	end = strchr(action, ':');
	if (verbs && end) {
		end += 2;
		snprintf(end + strcspn(end, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 2, "*");
	}
	/* Each verb once: its first operation says it. */
	if (!verbs || !strstr(buf_str(out), action))
		action_add(out, action);
}

/* What Identity Center does in the management account on behalf of who assigns there (IAM Identity
 * Center User Guide, "Additional permissions required": with a permission set in that account). */
static const char *const reserved_roles[] = {"iam:*RolePermissionsBoundary",
					     "iam:*RolePolicy",
					     "iam:CreateRole",
					     "iam:DeleteRole",
					     "iam:UpdateRole",
					     "iam:UpdateRoleDescription",
					     NULL};

static void writes_add(struct run *run, const char *account, bool verbs, struct buf *out)
{
	bool said[OP_COUNT] = {0}, reserved = false;

	for (size_t i = 0; i < run->plan.calls; i++)
		if (call_is_in(&run->plan.call[i], account))
			said[run->plan.call[i].op - ops] = true;
	for (unsigned i = 0; i < OP_COUNT; i++) {
		if (said[i] && ops[i].mutates)
			write_add(out, &ops[i], verbs);
		reserved |= said[i] && ops[i].service == SERVICE_SSO_ADMIN;
	}
	if (reserved)
		actions_add(out, reserved_roles);
}

static const char *session_policy_of(struct run *run, const char *account, bool verbs)
{
	static const char *const reads[] = {"ce:GetCostAndUsage", "cloudtrail:LookupEvents",
					    "iam:Generate*",      "iam:Get*",
					    "iam:List*",          NULL};
	/* Of Identity Center, which nobody asks any other account about. */
	static const char *const center[] = {"identitystore:Describe*",
					     "identitystore:Get*",
					     "identitystore:List*",
					     "sso:Describe*",
					     "sso:Get*",
					     "sso:List*",
					     NULL};
	const struct text *management = run->world.management_account;
	auto_buf actions = BUF_INIT(1 << 16);

	actions_add(&actions, reads);
	if (management && text_is(management, account))
		actions_add(&actions, center);
	if (run->applies)
		writes_add(run, account, verbs, &actions);
	return arena_printf(run->arena,
			    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			    "\"Action\":[%s],\"Resource\":\"*\"}]}",
			    buf_str(&actions));
}

static const char *session_policy(struct run *run, const char *account)
{
	const char *policy = session_policy_of(run, account, false);

	return strlen(policy) <= POLICY_MAX ? policy : session_policy_of(run, account, true);
}

static const char *text_or(const struct text *t, const char *otherwise)
{
	return t ? t->s : otherwise;
}

/* Of one that the configuration does not declare; it was listed, or is being made. */
static const char *name_unknown(const struct run *run, const char *account)
{
	return access_rule_name(NULL,
				side_by_id(run->live, KIND_ACCOUNT, text_str(run->arena, account)));
}

static void access_fill(struct run *run, const char *account, struct account_access *a)
{
	const struct settings *s = &access_configuration(run)->config->settings;
	const char *known = map_get(run->account_names, account);
	const char *name = known ? known : name_unknown(run, account);
	const struct access_rule *rule = access_rule(s, name);
	const struct text *external_id = s->access_external_id;

	if (access_rule_skips(rule, run->now_us)) {
		a->why = arena_printf(run->arena, "left out by `access`: %s",
				      text_or(rule->reason, "skip"));
		return;
	}
	if (rule && rule->none) {
		a->why = "`access` says that the run's own credentials belong to it, and they do "
			 "not";
		return;
	}
	if (rule && rule->external_id)
		external_id = rule->external_id;
	a->role_arn = access_rule_arn(run->arena, s, run->world.partition, name, account);
	if (!access_role_is_in(a->role_arn, account)) {
		a->why = arena_printf(run->arena,
				      "`access` says to enter it by %s, a role of another account",
				      a->role_arn);
		a->role_arn = NULL;
		return;
	}
	a->external_id = text_or(external_id, NULL);
	a->session_name = text_or(s->access_session_name, "charter");
	a->source_identity = text_or(s->access_source_identity, NULL);
	a->policy = session_policy(run, account);
}

/* A trial has the keys of every account of its twin. */
static void access_trial(struct run *run, const char *account, struct account_access *a)
{
	struct credentials *keys = arena_alloc(run->arena, sizeof *keys);

	*keys = (struct credentials){
	    .access_key_id = arena_printf(run->arena, "%s%s", run->trial_keys, account),
	    .secret_access_key = arena_strdup(run->arena, run->trial_secret),
	    .source = arena_strdup(run->arena, "twin")};
	a->credentials = keys;
}

static void run_enter(void *ctx, const char *account, struct account_access *a)
{
	struct run *run = ctx;

	*a = (struct account_access){0};
	if (run->trial_keys)
		access_trial(run, account, a);
	else
		access_fill(run, account, a);
}

void run_access(struct run *run, const struct side *declared)
{
	map_free(run->account_names);
	run->account_names = map_new();
	names_learn(run, declared);
	client_set_access(run->client, run_enter, run);
}

void run_applies(struct run *run)
{
	run->applies = true;
	client_leave(run->client, NULL);
}

/* Which accounts. */

static bool account_is_active(const struct resource *live)
{
	return live->v[ACCOUNT_STATE].state != VALUE_TEXT ||
	       text_is(live->v[ACCOUNT_STATE].u.text, "ACTIVE");
}

const char *run_leaves_out(struct run *run, const struct resource *live, const char *name)
{
	const struct access_rule *rule =
	    access_rule(&access_configuration(run)->config->settings, name);

	if (!account_is_active(live))
		return arena_printf(run->arena, "the account is %s",
				    live->v[ACCOUNT_STATE].u.text->s);
	return access_rule_skips(rule, run->now_us) ? text_or(rule->reason, "skip") : NULL;
}

/* What is declared in an account that is not entered on purpose is passed over, and said. */
static void account_pass_over(struct run *run, const char *name, const char *reason, int64_t until)
{
	const struct text *address = address_make(run->arena, "account", name, NULL);
	struct ignore_rule rule = {
	    .resource = text_printf(run->arena, "iam_*/%s/*", address->s + strlen("account/")),
	    .reason = text_str(run->arena, reason),
	    .until_us = until,
	    .where = run->head.config->settings.organization_where};

	vec_push(&run->head.config->settings.ignore, rule);
}

/* The live account of this name in this configuration; NULL: it has no IAM that could be read, or
 * is read already, perhaps under another name. */
static struct resource *account_to_read(struct run *run, const struct side *declared,
					const struct text *name, struct map *seen)
{
	const struct resource *account =
	    side_find(declared, address_make(run->arena, "account", name->s, NULL));
	struct resource *live =
	    account ? (struct resource *)bind_live_account(run->live, account) : NULL;
	const struct access_rule *rule;
	const char *why;

	if (!live || !live->id || map_put(seen, live->id->s, live))
		return NULL;
	why = run_leaves_out(run, live, name->s);
	if (!why)
		return live;
	rule = access_rule(&access_configuration(run)->config->settings, name->s);
	if (account_is_active(live))
		run_note(run, "account %s is left out: %s", name->s, why);
	account_pass_over(run, name->s, why, account_is_active(live) ? rule->until_us : INT64_MAX);
	return NULL;
}

static void iam_queue(struct run *run, struct crawl *crawl, const struct configuration *c,
		      const struct side *declared, struct map *seen)
{
	const struct text *own = run->world.caller_account, **name;
	struct compile_world world = configuration_world(run, run->live);
	size_t n = c->config ? config_iam_accounts(c->config, &world, &name) : 0;

	for (size_t i = 0; i < n; i++) {
		struct resource *live = account_to_read(run, declared, name[i], seen);

		if (live && !text_eq(live->id, own))
			iam_read_account(crawl, live->id);
	}
}

static void spend_queue(struct run *run, struct crawl *crawl, const struct configuration *c,
			const struct side *declared, struct map *seen)
{
	const struct text **name;
	size_t n = c->config ? config_pool_accounts(c->config, &name) : 0;

	for (size_t i = 0; i < n && !run->options->spend; i++) {
		const struct resource *account =
		    side_find(declared, address_make(run->arena, "account", name[i]->s, NULL));
		struct resource *live =
		    account ? (struct resource *)bind_live_account(run->live, account) : NULL;

		if (live && live->id && account_is_active(live) &&
		    !map_put(seen, live->id->s, live))
			spend_read(crawl, live, run->now_us);
	}
}

/* `NAME AMOUNT` a line, for trials: what Cost Explorer would have said. */
static int spend_line(struct run *run, const struct side *declared, const char *line,
		      struct error *err)
{
	const char *space = strrchr(line, ' ');
	struct resource *live = NULL;
	int64_t millionths;

	if (space && space > line) {
		auto_free char *name = xasprintf("%.*s", (int)(space - line), line);
		const struct resource *account =
		    side_find(declared, address_make(run->arena, "account", name, NULL));

		if (account)
			live = (struct resource *)bind_live_account(run->live, account);
	}
	if (!live || spend_parse(space + 1, &millionths) != 0)
		return error_set(err,
				 "--spend %s: `%s`: neither the name of an account that exists "
				 "and an amount such as 12.50",
				 run->options->spend, line);
	live->aux = NULL;
	spend_add(run->arena, live, millionths);
	return 0;
}

static int spend_from_file(struct run *run, const struct side *declared, struct error *err)
{
	auto_buf data = BUF_INIT(SPEND_FILE_MAX);
	char *rest, *save = NULL;

	if (file_read(run->options->spend, &data, err) != 0)
		return -1;
	rest = arena_strdup(run->arena, buf_str(&data));
	for (char *line = strtok_r(rest, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save))
		if (*line != '#' && spend_line(run, declared, line, err) != 0)
			return -1;
	return 0;
}

/* Whether a configuration speaks of the IAM or the spend of any account. */
static bool speaks_of_accounts(struct run *run, const struct configuration *c)
{
	struct compile_world world = configuration_world(run, run->live);
	const struct text **names;

	return c->config && (config_iam_accounts(c->config, &world, &names) > 0 ||
			     config_pool_accounts(c->config, &names) > 0);
}

static int accounts_read(struct run *run, struct error *err)
{
	struct configuration *all[] = {&run->head, &run->base, &run->target, NULL, NULL,
				       NULL,       NULL,       NULL,         NULL};
	size_t n = 3, speaking = 0;
	auto_map *seen = map_new(), *spent = map_new();
	struct crawl *crawl;
	int r;

	for (size_t i = 0; i < run->unfinished.n && n < sizeof all / sizeof *all; i++)
		all[n++] = &run->unfinished.at[i];
	for (size_t i = 0; i < n; i++)
		if (speaks_of_accounts(run, all[i]))
			all[speaking++] = all[i];
	/* Of many accounts and no IAM nothing need be compiled. */
	if (!speaking && !run_speaks_of_identity(run))
		return 0;
	run_access(run, configuration_online(run, access_configuration(run)));
	/* That of the record was entered as head says. */
	if (run->record_account)
		client_leave(run->client, run->record_account->s);
	crawl = crawl_new(run->client, run->live);
	for (size_t i = 0; i < speaking; i++) {
		const struct side *declared = configuration_online(run, all[i]);

		iam_queue(run, crawl, all[i], declared, seen);
		spend_queue(run, crawl, all[i], declared, spent);
	}
	r = run_identity(run, crawl, err);
	crawl_run(crawl, run->loop);
	crawl_free(crawl);
	return r != 0 ? r : run_read_ended(run, err);
}

int run_accounts(struct run *run, struct error *err)
{
	if (run->client && accounts_read(run, err) != 0)
		return -1;
	if (run->options->spend &&
	    spend_from_file(run, configuration_online(run, &run->head), err) != 0)
		return -1;
	return 0;
}

int run_deepen(struct run *run, struct error *err)
{
	struct crawl *crawl;

	if (!run->client)
		return 0;
	crawl = crawl_new(run->client, run->live);
	wires_deepen(crawl, run->bound);
	customer_policies_read(crawl, run->bound);
	crawl_run(crawl, run->loop);
	crawl_free(crawl);
	return run_read_ended(run, err);
}

void run_found_accounts(struct run *run)
{
	const struct side *head = configuration_offline(run, &run->head);
	const bool none = run->head.config->settings.organization_none;

	for (size_t i = 0; head && i < head->all.n; i++) {
		const struct resource *r = head->all.at[i];
		struct resource *live;

		if (r->kind != KIND_ACCOUNT || !r->id ||
		    (!none && !text_eq(r->id, run->world.caller_account)))
			continue;
		live = side_resource(run->live, KIND_ACCOUNT,
				     address_raw(run->arena, "account", r->id->s), r->id);
		live->v[ACCOUNT_NAME] = r->v[ACCOUNT_NAME];
		live->v[ACCOUNT_EMAIL] = r->v[ACCOUNT_EMAIL];
		live->v[ACCOUNT_UNIT] = value_str(run->arena, "root");
		live->v[ACCOUNT_STATE] = value_str(run->arena, "ACTIVE");
		/* Where nobody keeps them, tags only choose accounts. */
		if (none)
			live->v[ACCOUNT_TAGS] = r->v[ACCOUNT_TAGS];
		side_know(run->live, live, ACCOUNT_POLICIES);
		side_know(run->live, live, ACCOUNT_TAGS);
	}
}
