/* The doctor on the run's own role or user: what it may do, and whom its trust policy lets in. */
#include "reconciler/doctor.h"

#include "reconciler/run_accounts.h"
#include "state/canon.h"

#include <string.h>

#define BATCH        90 /* actions of one request: IAM pages its results at 100 */
#define NAMES_MAX    12
#define DOCUMENT_MAX (1u << 16)

/* What an apply of this configuration may call with the run's own credentials. */
struct needed {
	bool service[SERVICE_COUNT];
	bool enters; /* other accounts, by their roles */
};

/* Accounts whose IAM is declared: the run's own, and others. */
static void needed_iam(struct doctor *d, struct needed *needed)
{
	struct run *run = d->run;
	struct compile_world world = configuration_world(run, run->live);
	const struct side *declared = configuration_offline(run, &run->head);
	const struct text **name;
	size_t n = config_iam_accounts(run->head.config, &world, &name);

	for (size_t i = 0; declared && i < n; i++) {
		const struct resource *account =
		    side_find(declared, address_make(d->arena, "account", name[i]->s, NULL));
		const struct resource *live =
		    account && run->live ? bind_live_account(run->live, account) : NULL;
		const struct text *id = live ? live->id : account ? account->id : NULL;

		if (id && text_eq(id, run->world.caller_account))
			needed->service[SERVICE_IAM] = true;
		else
			needed->enters = true;
	}
}

static struct needed needed_by(struct doctor *d)
{
	const struct settings *s = d->has_head ? &d->run->head.config->settings : NULL;
	struct needed needed = {0};

	needed.service[SERVICE_ORGANIZATIONS] = !s || !s->organization_none;
	needed.service[SERVICE_ACCOUNT] = needed.service[SERVICE_ORGANIZATIONS];
	needed.service[SERVICE_SSO_ADMIN] = !s || s->identity_region;
	needed.service[SERVICE_IDENTITY_STORE] = needed.service[SERVICE_SSO_ADMIN];
	if (s)
		needed_iam(d, &needed);
	return needed;
}

static size_t needed_actions(struct doctor *d, const char **action)
{
	struct needed needed = needed_by(d);
	char name[128];
	size_t n = 0;

	for (unsigned i = 0; i < OP_COUNT; i++)
		if ((ops[i].mutates && needed.service[ops[i].service]) ||
		    (i == OP_STS_AssumeRole && needed.enters))
			action[n++] = arena_strdup(d->arena, op_action(&ops[i], name, sizeof name));
	return n;
}

struct verdicts {
	size_t allowed, denied;
	struct buf names; /* of those denied, the first ones */
};

static void verdicts_add(struct verdicts *v, const json_t *body)
{
	const json_t *list;
	size_t n = reply_list(body, "EvaluationResults", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *result = json_array_get(list, i);
		const char *decision = reply_str(result, "EvalDecision");
		const char *action = reply_str(result, "EvalActionName");

		if (!decision || !action)
			continue;
		if (strcmp(decision, "allowed") == 0)
			v->allowed++;
		else if (v->denied++ < NAMES_MAX)
			buf_printf(&v->names, "%s%s", v->names.len ? ", " : "", action);
	}
}

/* -1: IAM did not say. */
static int simulate(struct doctor *d, const char *arn, const char **action, size_t n,
		    struct verdicts *v, struct error *err)
{
	for (size_t i = 0; i < n; i += BATCH) {
		json_t *names = json_array();
		json_auto_t *body = NULL;

		for (size_t k = i; k < n && k < i + BATCH; k++)
			json_array_append_new(names, json_string(action[k]));
		if (client_call(
			d->run->client, OP_IAM_SimulatePrincipalPolicy,
			json_pack("{s:s, s:o}", "PolicySourceArn", arn, "ActionNames", names),
			&body, NULL, err) != 0)
			return -1;
		verdicts_add(v, body);
	}
	return 0;
}

static void verdicts_say(struct doctor *d, const struct verdicts *v)
{
	const char *names = arena_printf(d->arena, "%s%s", buf_str(&v->names),
					 v->denied > NAMES_MAX ? ", ..." : "");

	d->writes = !v->allowed ? WRITES_NONE : v->denied ? WRITES_SOME : WRITES_ALL;
	if (d->writes == WRITES_ALL)
		doctor_say(d, DOCTOR_OK, "permissions", NULL,
			   "all %zu calls that an apply of this configuration may make",
			   v->allowed);
	else if (d->writes == WRITES_NONE)
		doctor_say(
		    d, DOCTOR_OK, "permissions", NULL,
		    "none of the %zu calls that an apply may make: right for plans and drift",
		    v->denied);
	else
		doctor_say(d, DOCTOR_WARN, "permissions",
			   "an apply that comes to one of them fails halfway: `charter permissions "
			   "all` prints what every apply needs",
			   "%zu of the %zu calls that an apply may make are not allowed: %s",
			   v->denied, v->allowed + v->denied, names);
}

static void permissions_check(struct doctor *d, const char *arn)
{
	const char **action = arena_array(d->arena, OP_COUNT, sizeof *action);
	size_t n = needed_actions(d, action);
	struct verdicts v = {.names = BUF_INIT(1 << 14)};
	auto_error err = {0};

	if (simulate(d, arn, action, n, &v, &err) != 0)
		doctor_say(d, DOCTOR_SKIP, "permissions",
			   "allow iam:SimulatePrincipalPolicy to have them checked",
			   "those of writing are not checked: %s", err.message);
	else if (v.allowed + v.denied)
		verdicts_say(d, &v);
	buf_free(&v.names);
}

/* Trust. */

static const char *variable(const struct doctor *d, const char *name)
{
	const char *value = d->run->env->getenv(name);

	return value && *value ? value : NULL;
}

/* As IAM's replies hold it, percent-encoded. */
static const struct text *trust_canonical(struct doctor *d, const char *document, struct error *err)
{
	auto_buf decoded = BUF_INIT(DOCUMENT_MAX);
	int at, column;

	if (!unescape_percent(&decoded, document, strlen(document))) {
		error_set(err, "it is not percent-encoded");
		return NULL;
	}
	return canon_policy_text(d->arena, buf_str(&decoded), decoded.len, POLICY_IAM,
				 d->run->world.partition->s, &at, &column, err);
}

static void trust_check(struct doctor *d, const char *name, const char *document)
{
	auto_error err = {0};
	const char *branch = variable(d, "CI_DEFAULT_BRANCH");
	struct doctor_trust t = {
	    .role = name,
	    .writes = d->writes == WRITES_SOME || d->writes == WRITES_ALL,
	    .repository = d->ci.repository,
	    .repository_id = variable(d, "GITHUB_REPOSITORY_ID"),
	    .owner_id = variable(d, "GITHUB_REPOSITORY_OWNER_ID"),
	    .branch = branch ? branch : "main",
	    .trust = trust_canonical(d, document, &err),
	};

	if (t.trust)
		doctor_trust(d, &t);
	else
		doctor_say(d, DOCTOR_SKIP, "trust", NULL, "the trust policy of %s: %s", name,
			   err.message);
}

/* "NAME" of "arn:aws:sts::ID:assumed-role/NAME/SESSION"; NULL: no session of a role. */
static const char *session_role(struct doctor *d)
{
	static const char mark[] = ":assumed-role/";
	const char *at = strstr(d->run->world.caller_arn->s, mark);

	if (!at)
		return NULL;
	at += strlen(mark);
	return arena_memdup0(d->arena, at, strcspn(at, "/"));
}

static void role_check(struct doctor *d, const char *name)
{
	json_auto_t *body = NULL;
	auto_error err = {0};
	const char *arn, *trust;

	if (client_call(d->run->client, OP_IAM_GetRole, json_pack("{s:s}", "RoleName", name), &body,
			NULL, &err) != 0) {
		doctor_say(d, DOCTOR_SKIP, "role", "allow iam:GetRole to have it checked",
			   "%s is not checked: %s", name, err.message);
		return;
	}
	arn = reply_str(body, "Role.Arn");
	trust = reply_str(body, "Role.AssumeRolePolicyDocument");
	if (arn)
		permissions_check(d, arn);
	if (trust && !str_starts(name, "AWSReservedSSO_"))
		trust_check(d, name, trust);
}

void doctor_role(struct doctor *d)
{
	const struct text *arn = d->run->world.caller_arn;
	const char *role = arn ? session_role(d) : NULL;

	if (role)
		role_check(d, role);
	else if (arn && strstr(arn->s, ":user/"))
		permissions_check(d, arn->s);
}
